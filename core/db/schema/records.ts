// Streams and their records: the ordered change log that readers follow. `records` is hash-partitioned by stream.
import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, primaryKey, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export const streams = pgTable(
  'streams',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    connectionId: uuid('connection_id').notNull(),
    model: text('model').notNull(),
    variant: text('variant').notNull().default('base'),
    /** The last change number given out; dense, taken under this row's lock. */
    lastSeq: bigint('last_seq', { mode: 'bigint' }).notNull().default(sql`0`),
    /** Raised when history starts anew (cache cleared): older cursors are told so. */
    epoch: integer('epoch').notNull().default(1),
    liveCount: bigint('live_count', { mode: 'number' }).notNull().default(0),
    /** The open delete-tracking pass, if any. */
    windowId: bigint('window_id', { mode: 'number' }),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('streams_key').on(table.connectionId, table.model, table.variant)],
);

export const recordActions = { added: 1, updated: 2, deleted: 3 } as const;

export const records = pgTable(
  'records',
  {
    streamId: bigint('stream_id', { mode: 'number' }).notNull(),
    externalId: text('external_id').notNull(),
    environmentId: environmentId(),
    seq: bigint('seq', { mode: 'bigint' }).notNull(),
    action: smallint('action').notNull(),
    contentHash: bytea('content_hash').notNull(),
    /** Encrypted canonical JSON; empty once pruned. NOT NULL is what refuses a changed row whose body was not sent. */
    body: bytea('body').notNull(),
    firstSeenAt: at('first_seen_at').notNull(),
    changedAt: at('changed_at').notNull(),
    deletedAt: at('deleted_at'),
    prunedAt: at('pruned_at'),
  },
  (table) => [
    primaryKey({ columns: [table.streamId, table.externalId] }),
    uniqueIndex('records_seq').on(table.streamId, table.seq),
  ],
);

/** Where a poison record waits with its reason; the rest of its page is saved. */
export const quarantinedRecords = pgTable(
  'quarantined_records',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    streamId: bigint('stream_id', { mode: 'number' }).notNull(),
    runId: uuid('run_id'),
    externalId: text('external_id'),
    reason: text('reason').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('quarantined_records_run').on(table.runId),
    index('quarantined_records_stream').on(table.streamId, table.externalId),
  ],
);

// Syncs (desired state that the workflow follows), their runs with counters, and the run journal.
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Requested } from '../../syncs/contract.ts';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export type Desired = 'active' | 'paused' | 'deleted';
export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'needs_confirmation';
export type RunTrigger = 'schedule' | 'api' | 'connection' | 'deploy' | 'webhook';
export type RunMode = 'incremental' | 'reset' | 'reset_and_clear';
export type Checkpoint = Record<string, string | number | boolean>;
export interface RunError {
  type: string;
  message: string;
  payload?: unknown;
  /** The author's line that it came from, like `crm/syncs/contacts.ts:12:7`. */
  place?: string;
}

export const syncs = pgTable(
  'syncs',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    connectionId: uuid('connection_id').notNull(),
    functionId: uuid('function_id').notNull(),
    name: text('name').notNull(),
    variant: text('variant').notNull().default('base'),
    desired: text('desired').$type<Desired>().notNull(),
    /** Somebody asked for a run since the last one began; the mode of that run. */
    requested: text('requested').$type<Requested>(),
    requestedMode: text('requested_mode').$type<RunMode>().notNull().default('incremental'),
    /** The override of this connection, as the user wrote it; null = the function's own. */
    frequency: text('frequency'),
    /** Effective period, ms; null = runs only when asked. */
    periodMs: bigint('period_ms', { mode: 'number' }),
    nextRunAt: at('next_run_at').notNull(),
    /** Number of the open run if there is one, else of the next. */
    runNo: integer('run_no').notNull().default(1),
    openRunId: uuid('open_run_id'),
    lastRunId: uuid('last_run_id'),
    /** The open run that somebody asked to cancel: tells its stop from a pause. */
    cancelRunId: uuid('cancel_run_id'),
    /** Taken by each attempt: a write that carries an older one fails. */
    fence: bigint('fence', { mode: 'number' }).notNull().default(0),
    checkpoint: jsonb('checkpoint').$type<Checkpoint>(),
    /** Start of the last successful run: `lastSyncDate`. */
    lastSuccessAt: at('last_success_at'),
    /** Grows with every command; `seen_revision` follows when the workflow has read the row. */
    revision: bigint('revision', { mode: 'number' }).notNull().default(1),
    seenRevision: bigint('seen_revision', { mode: 'number' }).notNull().default(0),
    /** When the reconciler last poked; its own bookkeeping. */
    pokedAt: at('poked_at'),
    createdAt: createdAt(),
    deletedAt: at('deleted_at'),
  },
  (table) => [
    uniqueIndex('syncs_key')
      .on(table.connectionId, table.functionId, table.variant)
      .where(sql`${table.deletedAt} IS NULL`),
    index('syncs_function').on(table.functionId),
    index('syncs_due').on(table.nextRunAt),
    index('syncs_unread').on(table.id).where(sql`${table.revision} > ${table.seenRevision}`),
  ],
);

export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    syncId: uuid('sync_id').notNull(),
    number: integer('number').notNull(),
    state: text('state').$type<RunState>().notNull(),
    trigger: text('trigger').$type<RunTrigger>().notNull(),
    mode: text('mode').$type<RunMode>().notNull(),
    /** Pinned at the start: a deploy during the run takes effect at the next. */
    versionId: uuid('version_id').notNull(),
    bundleHash: text('bundle_hash').notNull(),
    attempts: integer('attempts').notNull().default(0),
    requests: integer('requests').notNull().default(0),
    /** Journal entries of older segments lie before the last checkpoint and are never replayed. */
    journalSegment: integer('journal_segment').notNull().default(0),
    /** What the journal held had gone stale, so the run began again without it; once is enough. */
    startedAfresh: boolean('started_afresh').notNull().default(false),
    checkpointFrom: jsonb('checkpoint_from').$type<Checkpoint>(),
    checkpointTo: jsonb('checkpoint_to').$type<Checkpoint>(),
    pendingDeletes: jsonb('pending_deletes').$type<Record<string, number>>(),
    error: jsonb('error').$type<RunError>(),
    operationId: uuid('operation_id').notNull(),
    startedAt: at('started_at').notNull().defaultNow(),
    finishedAt: at('finished_at'),
  },
  (table) => [uniqueIndex('runs_number').on(table.syncId, table.number)],
);

/** What a run did to a model, counted in the transactions that did it. */
export const runCounts = pgTable(
  'run_counts',
  {
    runId: uuid('run_id').notNull(),
    model: text('model').notNull(),
    environmentId: environmentId(),
    pages: integer('pages').notNull().default(0),
    added: integer('added').notNull().default(0),
    updated: integer('updated').notNull().default(0),
    deleted: integer('deleted').notNull().default(0),
    unchanged: integer('unchanged').notNull().default(0),
    quarantined: integer('quarantined').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.runId, table.model] })],
);

/** Answers a run has had, for its next attempt. UNLOGGED: after a Postgres crash the run asks again, nothing more. */
export const journal = pgTable(
  'journal',
  {
    runId: uuid('run_id').notNull(),
    segment: integer('segment').notNull(),
    key: bytea('key').notNull(),
    occurrence: integer('occurrence').notNull(),
    environmentId: environmentId(),
    /** 1 = an answer (`body` is it), 2 = a committed save, 3 = an unsafe request was sent, its answer unknown. */
    kind: smallint('kind').notNull(),
    body: bytea('body'),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.segment, table.key, table.occurrence] })],
);

export const deleteWindows = pgTable(
  'delete_windows',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    streamId: bigint('stream_id', { mode: 'number' }).notNull(),
    syncId: uuid('sync_id').notNull(),
    bundleHash: text('bundle_hash').notNull(),
    openedAt: at('opened_at').notNull().defaultNow(),
    /** The run whose `trackDeletesEnd` closed the pass; its deletes commit when that run finishes. */
    endedByRunId: uuid('ended_by_run_id'),
    /** Why this pass may not delete; null while it may. */
    incomplete: text('incomplete'),
    /** Set when the guard let it through or a person confirmed: from then on deleting only goes on. */
    confirmed: boolean('confirmed').notNull().default(false),
    /** Change number up to which the pass may delete: the stream's last one when the pass ended. */
    maxSeq: bigint('max_seq', { mode: 'bigint' }),
    /** How many deletes the guard holds back; null while none are held. */
    heldCount: integer('held_count'),
    /** The pass saw nothing of what we hold: a second one must agree before anything is deleted. */
    sawNothing: boolean('saw_nothing').notNull().default(false),
  },
  (table) => [index('delete_windows_stream').on(table.streamId), index('delete_windows_run').on(table.endedByRunId)],
);

/** Ids a pass has been served: one row a page. Logged on purpose: an emptied table would make every row look unseen. */
export const seenPages = pgTable(
  'seen_pages',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    windowId: bigint('window_id', { mode: 'number' })
      .notNull()
      .references(() => deleteWindows.id, { onDelete: 'cascade' }),
    ids: text('ids').array().notNull(),
  },
  (table) => [index('seen_pages_window').on(table.windowId)],
);

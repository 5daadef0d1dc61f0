// Requests that carried an `Idempotency-Key`, with the answer that a repetition gets.
import { index, integer, pgTable, primaryKey, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export const idempotentRequests = pgTable(
  'idempotent_requests',
  {
    environmentId: environmentId(),
    apiKeyId: uuid('api_key_id').notNull(),
    /** Method and path. */
    route: text('route').notNull(),
    key: text('key').notNull(),
    /** Keyed hash of the whole request. */
    fingerprint: bytea('fingerprint').notNull(),
    /** How often it was begun: above 1 when a process died on the way. */
    attempts: integer('attempts').notNull().default(1),
    /** While it runs, its process moves this on; passed = that process is gone. */
    claimedUntil: at('claimed_until').notNull(),
    /** null while it runs. */
    status: smallint('status'),
    /** Headers and body, as JSON. */
    answer: bytea('answer'),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.environmentId, table.apiKeyId, table.route, table.key] }),
    index('idempotent_requests_old').on(table.createdAt),
  ],
);

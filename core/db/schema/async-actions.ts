// Asynchronous actions: accepted, run by a workflow of the same id, their result kept for five days.
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export type AsyncActionState = 'queued' | 'running' | 'succeeded' | 'failed';

/** Names as they were when it was accepted: they outlive what they name. */
export interface AsyncActionNames {
  integration: string;
  provider: string;
  connection: string;
}

export const asyncActions = pgTable(
  'async_actions',
  {
    /** On the wire, in the workflow's id and in the journal. */
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    connectionId: uuid('connection_id').notNull(),
    integrationId: uuid('integration_id').notNull(),
    functionId: uuid('function_id').notNull(),
    name: text('name').notNull(),
    names: jsonb('names').$type<AsyncActionNames>().notNull(),
    /** Which route took it, so that its status is told there. */
    via: text('via').$type<'action' | 'function'>().notNull(),
    /** Keyed hash of what was asked for: tells a repeated request from another one under the same key. */
    requestHash: bytea('request_hash').notNull(),
    /** JSON text; null when there was none, and once the action has ended. */
    input: bytea('input'),
    maxRetries: smallint('max_retries').notNull().default(0),
    state: text('state').$type<AsyncActionState>().notNull().default('queued'),
    /** Pinned by the first attempt: a deploy takes effect with the next action. */
    versionId: uuid('version_id'),
    /** Each execution takes the next one: only the newest may write the result. */
    attempt: integer('attempt').notNull().default(0),
    /** Tries of the function that failed; each has a segment of the journal. */
    tries: smallint('tries').notNull().default(0),
    operationId: uuid('operation_id').notNull(),
    /** JSON text. */
    output: bytea('output'),
    /** Code, message, status and payload, as JSON. */
    error: bytea('error'),
    createdAt: createdAt(),
    startedAt: at('started_at'),
    finishedAt: at('finished_at'),
    /** When the reconciler last started its workflow; its own bookkeeping. */
    pokedAt: at('poked_at'),
  },
  (table) => [
    index('async_actions_open').on(table.createdAt).where(sql`${table.finishedAt} IS NULL`),
    index('async_actions_finished').on(table.finishedAt).where(sql`${table.finishedAt} IS NOT NULL`),
  ],
);

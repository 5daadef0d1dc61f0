// Operations (a logged piece of work) and their messages. Messages are range-partitioned by time, so that old ones are dropped.
import { bigint, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at, environmentId } from './columns.ts';

export type OperationState = 'waiting' | 'running' | 'success' | 'failed' | 'timeout' | 'cancelled';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export const operations = pgTable(
  'operations',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    type: text('type').notNull(),
    action: text('action').notNull(),
    state: text('state').$type<OperationState>().notNull(),
    title: text('title').notNull(),
    integrationId: uuid('integration_id'),
    connectionId: uuid('connection_id'),
    syncId: uuid('sync_id'),
    runId: uuid('run_id'),
    /** Names as they were then: they outlive what they name. */
    context: jsonb('context').$type<Record<string, string>>().notNull().default({}),
    actor: jsonb('actor').$type<{ type: string; id: string; name: string }>(),
    request: jsonb('request').$type<Record<string, unknown>>(),
    response: jsonb('response').$type<Record<string, unknown>>(),
    error: jsonb('error').$type<{ type: string; message: string; payload?: unknown }>(),
    createdAt: at('created_at').notNull().defaultNow(),
    startedAt: at('started_at'),
    endedAt: at('ended_at'),
  },
  (table) => [
    index('operations_newest').on(table.environmentId, table.createdAt, table.id),
    index('operations_connection').on(table.connectionId, table.createdAt),
  ],
);

export const messages = pgTable(
  'messages',
  {
    id: bigint('id', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    operationId: uuid('operation_id').notNull(),
    type: text('type').notNull(),
    source: text('source').notNull(),
    level: text('level').$type<LogLevel>().notNull(),
    context: text('context').notNull(),
    message: text('message').notNull(),
    details: jsonb('details').$type<Record<string, unknown>>(),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.createdAt] }),
    index('messages_operation').on(table.operationId, table.id),
  ],
);

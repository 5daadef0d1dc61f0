// The outbox: what the app may be told, written in the transaction that caused it, one id for ever.
import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { at, environmentId } from './columns.ts';

export const events = pgTable(
  'events',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    type: text('type').notNull(),
    connectionId: uuid('connection_id'),
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    occurredAt: at('occurred_at').notNull().defaultNow(),
  },
  (table) => [index('events_newest').on(table.environmentId, table.occurredAt)],
);

// Checkpoints of functions that are no sync: every execution of one function on one connection shares one.
import { jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at, environmentId } from './columns.ts';
import type { Checkpoint } from './syncs.ts';

export const functionCheckpoints = pgTable(
  'function_checkpoints',
  {
    environmentId: environmentId(),
    connectionId: uuid('connection_id').notNull(),
    /** A sync's webhook handler has another one than its `exec`, which is the sync row's own. */
    kind: text('kind').$type<'action' | 'webhook' | 'on-event'>().notNull(),
    name: text('name').notNull(),
    variant: text('variant').notNull().default('base'),
    checkpoint: jsonb('checkpoint').$type<Checkpoint>().notNull(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.kind, table.name, table.variant] })],
);

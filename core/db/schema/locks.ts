// Locks that functions take by a key of their own. A lock belongs to an execution and ends with it, or at its time.
import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at, environmentId } from './columns.ts';

export const locks = pgTable(
  'locks',
  {
    environmentId: environmentId(),
    key: text('key').notNull(),
    /** The run, or the operation of an execution that is no run. */
    ownerId: uuid('owner_id').notNull(),
    expiresAt: at('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.environmentId, table.key] }), index('locks_owner').on(table.ownerId)],
);

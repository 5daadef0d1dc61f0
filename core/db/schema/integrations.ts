// Integrations: a provider configured in an environment, with the developer app's encrypted credentials.
import { sql } from 'drizzle-orm';
import { boolean, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export const integrations = pgTable(
  'integrations',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    uniqueKey: text('unique_key').notNull(),
    provider: text('provider').notNull(),
    displayName: text('display_name').notNull(),
    forwardWebhooks: boolean('forward_webhooks').notNull().default(true),
    credentials: bytea('credentials'),
    /** `integration_config` of the wire: where a generic provider's key goes, its base URL. */
    config: jsonb('config').$type<Record<string, string>>().notNull().default({}),
    custom: jsonb('custom').$type<Record<string, string>>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
    deletedAt: at('deleted_at'),
  },
  (table) => [
    uniqueIndex('integrations_key').on(table.environmentId, table.uniqueKey).where(sql`${table.deletedAt} IS NULL`),
  ],
);

// Connections: one end user's account at one integration. Credentials are a table of their own, so that the lock held
// across a token refresh never blocks a metadata or status write.
import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export interface ConnectionError {
  type: 'auth' | 'sync';
  log_id: string;
}

/**
 * What still has to happen: `pending`: the app's server has to confirm it, or the provider to complete it; `validating`: nobody was told of it yet, its validate-connection functions decide;
 * `created`: its post-connection-creation functions have not all run.
 */
export type ConnectionStage = 'pending' | 'validating' | 'created';

export const endUsers = pgTable(
  'end_users',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    endUserId: text('end_user_id').notNull(),
    email: text('email'),
    displayName: text('display_name'),
    tags: jsonb('tags').$type<Record<string, string>>(),
    organizationId: text('organization_id'),
    organizationDisplayName: text('organization_display_name'),
    createdAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('end_users_id').on(table.environmentId, table.endUserId),
    index('end_users_organization').on(table.environmentId, table.organizationId),
  ],
);

export const connections = pgTable(
  'connections',
  {
    id: uuid('id').primaryKey(),
    number: bigint('number', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    integrationId: uuid('integration_id').notNull(),
    /** The caller's own id; `connection_id` on the wire. */
    connectionId: text('connection_id').notNull(),
    endUserId: uuid('end_user_id'),
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    connectionConfig: jsonb('connection_config').$type<Record<string, unknown>>().notNull().default({}),
    tags: jsonb('tags').$type<Record<string, string>>().notNull().default({}),
    webhookUrlOverride: text('webhook_url_override'),
    errors: jsonb('errors').$type<ConnectionError[]>().notNull().default([]),
    /** null: settled. */
    stage: text('stage').$type<ConnectionStage>(),
    createdAt: createdAt(),
    updatedAt: at('updated_at').notNull().defaultNow(),
    lastFetchedAt: at('last_fetched_at'),
    deletedAt: at('deleted_at'),
  },
  (table) => [
    uniqueIndex('connections_key')
      .on(table.environmentId, table.integrationId, table.connectionId)
      .where(sql`${table.deletedAt} IS NULL`),
    index('connections_newest').on(table.environmentId, table.number),
    index('connections_by_id').on(table.environmentId, table.connectionId),
    index('connections_of_integration').on(table.environmentId, table.integrationId, table.number),
    index('connections_of_end_user').on(table.environmentId, table.endUserId, table.number),
    index('connections_deleted').on(table.deletedAt).where(sql`${table.deletedAt} IS NOT NULL`),
    index('connections_unsettled').on(table.createdAt).where(sql`${table.stage} IS NOT NULL`),
  ],
);

/**
 * `tags` of the live connections once more, kept by a trigger, for the lists that are filtered by them: under row-level
 * security Postgres takes an index only for operators that it knows to be leakproof, and `@>` of jsonb is not.
 */
export const connectionTags = pgTable(
  'connection_tags',
  {
    environmentId: environmentId(),
    key: text('key').notNull(),
    value: text('value').notNull(),
    /** `connections.number`: a page of a list is one range of this index. */
    number: bigint('number', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.environmentId, table.key, table.value, table.number] })],
);

export const credentials = pgTable(
  'credentials',
  {
    connectionId: uuid('connection_id').primaryKey(),
    environmentId: environmentId(),
    /** Compare-and-swap guard: each write of a new credential adds one. */
    version: bigint('version', { mode: 'number' }).notNull().default(1),
    type: text('type').notNull(),
    value: bytea('value').notNull(),
    expiresAt: at('expires_at'),
    /** From when on a refresh is wanted; null when the credential cannot be renewed. */
    refreshAt: at('refresh_at'),
    /** First `invalid_grant` on this version; a second one a minute later means re-authorisation. */
    refusedAt: at('refused_at'),
    needsReauthAt: at('needs_reauth_at'),
    /** No renewal is tried before this time; the last failure's back-off. */
    backoffUntil: at('backoff_until'),
    updatedAt: at('updated_at').notNull().defaultNow(),
  },
  (table) => [
    // For the sweep: what only the user can help is not in it.
    index('credentials_renewable')
      .on(table.environmentId, table.refreshAt)
      .where(sql`${table.refreshAt} IS NOT NULL AND ${table.needsReauthAt} IS NULL`),
  ],
);

/** Intent before a token request and the raw answer after it: what a crash in between needs to find. */
export const refreshAttempts = pgTable(
  'refresh_attempts',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    connectionId: uuid('connection_id').notNull(),
    version: bigint('version', { mode: 'number' }).notNull(),
    startedAt: at('started_at').notNull().defaultNow(),
    /** The token endpoint's raw answer, encrypted, written before it is parsed. */
    answer: bytea('answer'),
    outcome: text('outcome'),
  },
  (table) => [index('refresh_attempts_connection').on(table.connectionId)],
);

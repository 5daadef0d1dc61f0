// Environments (the tenants), their data keys, API keys and variables; and what the whole instance remembers.
import { sql } from 'drizzle-orm';
import { boolean, check, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export interface EnvironmentSettings {
  /** What a base-URL override may reach: `reference` proxy policy. */
  overridePolicy?: 'any-public' | 'listed' | 'off';
  /** What does not match a function's schema is logged, or refused. Default: logged. */
  validation?: 'log' | 'enforce';
  connect?: ConnectSettings;
}

export interface ConnectSettings {
  /** A session lasts 15 minutes, succeeds once and stays with the browser that used it first. Default: 30 minutes, any. */
  strict?: boolean;
  /** Of a session; with `strict` at most 15. */
  sessionMinutes?: number;
  /** Origins besides our own whose pages may hear from a flow's popup. Exact: scheme, host, port. */
  origins?: string[];
  /** The redirect URI that provider apps have registered, where it is not below our public URL. */
  callbackUrl?: string;
  ui?: {
    showWatermark?: boolean;
    defaultTheme?: 'light' | 'dark' | 'system';
    primaryLight?: string;
    primaryDark?: string;
  };
}

export const environments = pgTable(
  'environments',
  {
    id: uuid('id').primaryKey(),
    number: integer('number').notNull().generatedAlwaysAsIdentity(),
    name: text('name').notNull().unique(),
    isProduction: boolean('is_production').notNull().default(false),
    settings: jsonb('settings').$type<EnvironmentSettings>().notNull().default({}),
    webhookSigningKey: bytea('webhook_signing_key').notNull(),
    /** The one before, while receivers may still check with it. */
    previousSigningKey: bytea('previous_signing_key'),
    previousSigningKeyUntil: at('previous_signing_key_until'),
    /** What pages name that connect accounts without a session; no secret. */
    publicKey: uuid('public_key').unique(),
    publicKeyEnabled: boolean('public_key_enabled').notNull().default(false),
    /** Encrypted: the app's server signs with it what such a page may connect. */
    hmacKey: bytea('hmac_key'),
    createdAt: createdAt(),
  },
  (table) => [
    check(
      'environments_public_key',
      sql`NOT ${table.publicKeyEnabled} OR (${table.publicKey} IS NOT NULL AND ${table.hmacKey} IS NOT NULL)`,
    ),
  ],
);

/** Wrapped data-encryption keys; one per environment is active (`retired_at` null). */
export const dataKeys = pgTable(
  'data_keys',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    wrapped: bytea('wrapped').notNull(),
    kekId: text('kek_id').notNull(),
    createdAt: createdAt(),
    retiredAt: at('retired_at'),
  },
  (table) => [uniqueIndex('data_keys_active').on(table.environmentId).where(sql`${table.retiredAt} IS NULL`)],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    displayName: text('display_name').notNull(),
    /** What a person may see of it later: `sl_dev_AbCdEfGh…`. */
    prefix: text('prefix').notNull(),
    hmac: bytea('hmac').notNull(),
    scopes: text('scopes').array().notNull(),
    createdAt: createdAt(),
    expiresAt: at('expires_at'),
    lastUsedAt: at('last_used_at'),
  },
  (table) => [
    uniqueIndex('api_keys_hmac').on(table.hmac),
    uniqueIndex('api_keys_name').on(table.environmentId, table.displayName),
  ],
);

export const variables = pgTable(
  'variables',
  { environmentId: environmentId(), name: text('name').notNull(), value: bytea('value').notNull() },
  (table) => [primaryKey({ columns: [table.environmentId, table.name] })],
);

/** Facts of the instance, not of a tenant: which Temporal namespace we follow, the epoch of the cluster. */
export const instanceFacts = pgTable('instance_facts', {
  name: text('name').primaryKey(),
  value: jsonb('value').notNull(),
});

// Connect sessions (the right to make or renew one account's connection), the browser flows under way, and what came of them.
import { boolean, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { at, bytea, createdAt, environmentId } from './columns.ts';

export const connectSessions = pgTable(
  'connect_sessions',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    /** The token itself is with its holder only. */
    tokenHmac: bytea('token_hmac').notNull(),
    /** Row of `end_users`. */
    endUserId: uuid('end_user_id'),
    /** null: a connection that is renewed keeps its own. */
    tags: jsonb('tags').$type<Record<string, string>>(),
    /** Unique keys; null: all. */
    allowedIntegrations: jsonb('allowed_integrations').$type<string[]>(),
    /** Encrypted `integrations_config_defaults`: some fields of a form are secret. */
    defaults: bytea('defaults'),
    overrides: jsonb('overrides').$type<Record<string, { docs_connect?: string }>>(),
    webhookUrlOverride: text('webhook_url_override'),
    /** Row of the connection that is to be renewed; null: a new one is made. */
    connectionId: uuid('connection_id'),
    /** Of a public key's: the id that its one connection has or gets. */
    chosenId: text('chosen_id'),
    /** One success and one browser, as the environment wanted it when the session was made. */
    strict: boolean('strict').notNull().default(false),
    /** What it connects is pending until the app's server has confirmed it. */
    requireConfirmation: boolean('require_confirmation').notNull().default(false),
    /** Strict: of the browser that opened the first flow. */
    browserHash: bytea('browser_hash'),
    succeededAt: at('succeeded_at'),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
  },
  (table) => [
    uniqueIndex('connect_sessions_token').on(table.tokenHmac),
    index('connect_sessions_old').on(table.expiresAt),
  ],
);

/** A browser that is at the provider: taken by the callback, once, by one DELETE. */
export const oauthFlows = pgTable(
  'oauth_flows',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    stateHash: bytea('state_hash').notNull(),
    browserHash: bytea('browser_hash').notNull(),
    sessionId: uuid('session_id').notNull(),
    integrationId: uuid('integration_id').notNull(),
    /** Where its result is told; see `flow_results`. */
    clientHash: bytea('client_hash'),
    /** Encrypted: verifier, redirect URI, issuer, configuration, whatever the callback must not decide anew. */
    pinned: bytea('pinned').notNull(),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
  },
  (table) => [uniqueIndex('oauth_flows_state').on(table.stateHash), index('oauth_flows_old').on(table.expiresAt)],
);

export interface FlowOutcome {
  status: 'pending' | 'success' | 'error';
  provider_config_key?: string;
  connection_id?: string;
  is_pending?: boolean;
  error_type?: string;
  error_desc?: string;
}

/** One for each `ws_client_id` that was used; told to its socket in whatever process, and on request. */
export const flowResults = pgTable(
  'flow_results',
  {
    /** SHA-256 of the `ws_client_id`. */
    clientHash: bytea('client_hash').primaryKey(),
    environmentId: environmentId(),
    sessionId: uuid('session_id').notNull(),
    outcome: jsonb('outcome').$type<FlowOutcome>().notNull(),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
  },
  (table) => [index('flow_results_old').on(table.expiresAt)],
);

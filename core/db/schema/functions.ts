// Deployed functions: content-addressed bundles, every version kept, one current.
import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { at, createdAt, environmentId } from './columns.ts';

export type FunctionType = 'sync' | 'action' | 'on-event';

export type OnEventName = 'post-connection-creation' | 'pre-connection-deletion' | 'validate-connection';

/** `none` runs as an action, `schedule` and `http` as a sync, `event` as an on-event function. */
export type FunctionTrigger =
  | { kind: 'none' }
  | { kind: 'schedule'; frequency: string; autoStart?: boolean | undefined }
  | { kind: 'http'; subscriptions?: string[] | undefined }
  | { kind: 'event'; events: OnEventName[] };

/** What a deploy says about a function, beside its code. Wire names: `reference` deploy routes. */
export interface FunctionDefinition {
  description?: string;
  models: string[];
  input?: string;
  output?: string;
  jsonSchema: { definitions: Record<string, unknown> } | null;
  scopes: string[];
  endpoints: { method: string; path: string; group?: string }[];
  runs?: string;
  autoStart?: boolean;
  trackDeletes?: boolean;
  syncType?: 'full' | 'incremental';
  attributes?: Record<string, unknown>;
  webhookSubscriptions?: string[];
  features?: string[];
  event?: OnEventName;
  /** On-event functions of one event run in this order: that of the imports. */
  position?: number;
  /** Only of functions that were declared with createFunction. */
  trigger?: FunctionTrigger;
  sdkVersion?: string;
  source?: 'repo' | 'standalone' | 'catalog';
}

export const bundles = pgTable(
  'bundles',
  { environmentId: environmentId(), hash: text('hash').notNull(), js: text('js').notNull(), createdAt: createdAt() },
  (table) => [primaryKey({ columns: [table.environmentId, table.hash] })],
);

export const functions = pgTable(
  'functions',
  {
    id: uuid('id').primaryKey(),
    number: integer('number').notNull().generatedAlwaysAsIdentity(),
    environmentId: environmentId(),
    integrationId: uuid('integration_id').notNull(),
    type: text('type').$type<FunctionType>().notNull(),
    name: text('name').notNull(),
    enabled: boolean('enabled').notNull().default(true),
    currentVersionId: uuid('current_version_id').notNull(),
    createdAt: createdAt(),
    deletedAt: at('deleted_at'),
  },
  (table) => [
    uniqueIndex('functions_name')
      .on(table.environmentId, table.integrationId, table.type, table.name)
      .where(sql`${table.deletedAt} IS NULL`),
  ],
);

export const functionVersions = pgTable(
  'function_versions',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    functionId: uuid('function_id').notNull(),
    /** Counts up per function; the label is the author's `version` and decides nothing. */
    number: integer('number').notNull(),
    label: text('label'),
    bundleHash: text('bundle_hash').notNull(),
    source: text('source').notNull(),
    definition: jsonb('definition').$type<FunctionDefinition>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('function_versions_function').on(table.functionId, table.number)],
);

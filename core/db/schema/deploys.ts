// Every deploy that changed something, so that a rollback knows what to bring back.
import { integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { createdAt, environmentId } from './columns.ts';
import type { FunctionType } from './functions.ts';

export interface VersionRef {
  id: string;
  number: number;
}

/** What a deploy did to one function; names as they were then. */
export interface DeployChange {
  functionId: string;
  providerConfigKey: string;
  type: FunctionType;
  name: string;
  /** null: there was no such function. */
  from: VersionRef | null;
  /** null: it was removed. */
  to: VersionRef | null;
}

export interface DeployActor {
  type: string;
  id: string;
  name: string;
}

export const deploys = pgTable(
  'deploys',
  {
    id: uuid('id').primaryKey(),
    environmentId: environmentId(),
    /** Counts up per environment. */
    number: integer('number').notNull(),
    kind: text('kind').$type<'deploy' | 'rollback'>().notNull(),
    /** A rollback of everything: the deploy whose state it brought back; 0 = before the first. */
    restored: integer('restored'),
    actor: jsonb('actor').$type<DeployActor>(),
    changes: jsonb('changes').$type<DeployChange[]>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex('deploys_number').on(table.environmentId, table.number)],
);

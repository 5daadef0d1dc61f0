// Deployed functions with their current version, and how the outside sees them.
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import type { VersionRef } from '../db/schema/deploys.ts';
import { type FunctionType, functions, functionVersions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';

export interface DeployedFunction {
  function: typeof functions.$inferSelect;
  version: typeof functionVersions.$inferSelect;
  integration: { id: string; uniqueKey: string; provider: string };
}

/** As a deploy's history names it. */
export const namesOf = ({ function: row, integration }: DeployedFunction) => ({
  functionId: row.id,
  providerConfigKey: integration.uniqueKey,
  type: row.type,
  name: row.name,
});

export const refOf = ({ id, number }: { id: string; number: number }): VersionRef => ({ id, number });

/** Live ones of the environment, by integration, type and name. */
export async function deployedFunctions(tx: Transaction, uniqueKey?: string): Promise<DeployedFunction[]> {
  return tx
    .select({
      function: functions,
      version: functionVersions,
      integration: { id: integrations.id, uniqueKey: integrations.uniqueKey, provider: integrations.provider },
    })
    .from(functions)
    .innerJoin(functionVersions, eq(functionVersions.id, functions.currentVersionId))
    .innerJoin(integrations, eq(integrations.id, functions.integrationId))
    .where(
      and(
        isNull(functions.deletedAt),
        isNull(integrations.deletedAt),
        uniqueKey === undefined ? undefined : eq(integrations.uniqueKey, uniqueKey),
      ),
    )
    .orderBy(asc(integrations.uniqueKey), asc(functions.type), asc(functions.name));
}

export const listFunctions = (environment: EnvironmentDb, uniqueKey?: string) =>
  environment.transaction((tx) => deployedFunctions(tx, uniqueKey));

export interface FunctionName {
  uniqueKey: string;
  name: string;
  type?: FunctionType | undefined;
}

/** @throws SynclineError `not_found`, `ambiguous_function` */
export async function findFunction(
  tx: Transaction,
  { uniqueKey, name, type }: FunctionName,
): Promise<DeployedFunction> {
  const named = (await deployedFunctions(tx, uniqueKey)).filter(
    ({ function: row }) => row.name === name && (type === undefined || row.type === type),
  );
  if (named.length > 1) {
    throw new SynclineError('ambiguous_function', `There are several functions '${name}'; say which with \`type\`.`, {
      status: 409,
      payload: { matches: named.map(({ function: row }) => ({ type: row.type, name: row.name })) },
    });
  }
  if (!named[0])
    throw new SynclineError('not_found', `There is no function '${name}' on '${uniqueKey}'.`, { status: 404 });
  return named[0];
}

export interface FunctionView {
  id: number;
  name: string;
  type: FunctionType;
  description?: string;
  scopes: string[];
  input?: string;
  returns: string[];
  json_schema: { definitions: Record<string, unknown> } | null;
  enabled: boolean;
  last_deployed: string;
  source: string;
  runs?: string | null;
  auto_start?: boolean;
  track_deletes?: boolean;
  event?: string;
}

export function toFunctionView({ function: row, version }: DeployedFunction): FunctionView {
  const { definition } = version;
  return {
    id: row.number,
    name: row.name,
    type: row.type,
    ...(definition.description !== undefined && { description: definition.description }),
    scopes: definition.scopes,
    ...(definition.input !== undefined && { input: definition.input }),
    returns: definition.models,
    json_schema: definition.jsonSchema,
    enabled: row.enabled,
    last_deployed: version.createdAt.toISOString(),
    source: definition.source ?? 'repo',
    ...(row.type === 'sync' && {
      runs: definition.runs ?? null,
      auto_start: definition.autoStart ?? true,
      track_deletes: definition.trackDeletes ?? false,
    }),
    ...(definition.event !== undefined && { event: definition.event }),
  };
}

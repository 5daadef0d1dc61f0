// The on-event functions of an integration for one event, in the order in which they run.
import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { functions, functionVersions, type OnEventName } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';

export interface OnEventFunction {
  functionId: string;
  name: string;
  /** The current one. */
  versionId: string;
}

/** That of the imports. Those of an integration that is being removed still see its connections off. */
export async function listOnEventFunctions(
  tx: Transaction,
  { integrationId, event }: { integrationId: string; event: OnEventName },
): Promise<OnEventFunction[]> {
  const wentWithIntegration = sql`${functions.deletedAt} = ${integrations.deletedAt}`;
  const isThere = isNull(functions.deletedAt);
  return tx
    .select({ functionId: functions.id, name: functions.name, versionId: functionVersions.id })
    .from(functions)
    .innerJoin(functionVersions, eq(functionVersions.id, functions.currentVersionId))
    .innerJoin(integrations, eq(integrations.id, functions.integrationId))
    .where(
      and(
        eq(functions.integrationId, integrationId),
        eq(functions.type, 'on-event'),
        eq(functions.enabled, true),
        event === 'pre-connection-deletion' ? or(isThere, wentWithIntegration) : isThere,
        sql`${functionVersions.definition}->>'event' = ${event}`,
      ),
    )
    .orderBy(sql`(${functionVersions.definition}->>'position')::int NULLS LAST`, asc(functions.name));
}

/** undefined: it was disabled, or is gone. */
export async function findOnEventFunction(
  environment: EnvironmentDb,
  functionId: string,
): Promise<OnEventFunction | undefined> {
  const [row] = await environment.transaction((tx) =>
    tx
      .select()
      .from(functions)
      .where(and(eq(functions.id, functionId), eq(functions.enabled, true))),
  );
  return row && { functionId, name: row.name, versionId: row.currentVersionId };
}

// Which syncs of a connection have a webhook function for an event.
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { functions, functionVersions } from '../db/schema/functions.ts';
import { syncs } from '../db/schema/syncs.ts';

export interface WebhookFunction {
  syncId: string;
  /** Of the sync. */
  name: string;
  /** The current one. */
  versionId: string;
  lastSuccessAt: Date | null;
}

/**
 * Each at most once, however many of its subscriptions match; the base variant. A paused sync still hears of webhooks, a
 * disabled function does not.
 * @param eventType null: the webhook says none; only `*` matches
 */
export async function matchWebhookFunctions(
  environment: EnvironmentDb,
  { connectionId, integrationId, eventType }: { connectionId: string; integrationId: string; eventType: string | null },
): Promise<WebhookFunction[]> {
  const wanted = eventType === null ? sql`ARRAY['*']` : sql`ARRAY['*', ${eventType}::text]`;
  return environment.transaction((tx) =>
    tx
      .select({
        syncId: syncs.id,
        name: syncs.name,
        versionId: functionVersions.id,
        lastSuccessAt: syncs.lastSuccessAt,
      })
      .from(syncs)
      .innerJoin(functions, eq(functions.id, syncs.functionId))
      .innerJoin(functionVersions, eq(functionVersions.id, functions.currentVersionId))
      .where(
        and(
          eq(syncs.connectionId, connectionId),
          eq(syncs.variant, 'base'),
          isNull(syncs.deletedAt),
          eq(functions.integrationId, integrationId),
          eq(functions.enabled, true),
          isNull(functions.deletedAt),
          sql`${functionVersions.definition}->'webhookSubscriptions' ?| ${wanted}`,
        ),
      )
      .orderBy(asc(syncs.name)),
  );
}

// A webhook function has succeeded: one `sync` event for each model, with what was counted in the transactions that saved.
import { eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { events } from '../db/schema/events.ts';
import { functionVersions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import { runCounts, syncs } from '../db/schema/syncs.ts';

export interface WebhookRun {
  syncId: string;
  versionId: string;
  runId: string;
  startedAt: Date;
}

export async function finishWebhook(
  environment: EnvironmentDb,
  { syncId, versionId, runId, startedAt }: WebhookRun,
): Promise<void> {
  await environment.transaction(async (tx) => {
    const counts = await tx.delete(runCounts).where(eq(runCounts.runId, runId)).returning();
    const [names] = await tx
      .select({
        connectionId: connections.id,
        connection: connections.connectionId,
        integration: integrations.uniqueKey,
        name: syncs.name,
        variant: syncs.variant,
        definition: functionVersions.definition,
      })
      .from(syncs)
      .innerJoin(connections, eq(connections.id, syncs.connectionId))
      .innerJoin(integrations, eq(integrations.id, connections.integrationId))
      .innerJoin(functionVersions, eq(functionVersions.id, versionId))
      .where(eq(syncs.id, syncId));
    if (!names || names.definition.models.length === 0) return;
    const at = startedAt.toISOString();
    await tx.insert(events).values(
      names.definition.models.map((model) => {
        const { added = 0, updated = 0, deleted = 0 } = counts.find((row) => row.model === model) ?? {};
        return {
          id: uuidv7(),
          environmentId: environment.environmentId,
          type: 'sync',
          connectionId: names.connectionId,
          payload: {
            from: 'nango', // receivers test it
            type: 'sync',
            connectionId: names.connection,
            providerConfigKey: names.integration,
            syncName: names.name,
            syncVariant: names.variant,
            syncType: 'WEBHOOK',
            success: true,
            model,
            modifiedAfter: at,
            queryTimeStamp: at,
            responseResults: { added, updated, deleted },
          },
        };
      }),
    );
  });
}

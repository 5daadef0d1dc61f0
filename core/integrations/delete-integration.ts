// Removes an integration with all it has. It is invisible at once; the connections' workflows purge what they own.
import { and, eq, isNull } from 'drizzle-orm';
import { markConnectionDeleted } from '../connections/delete-connection.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { functions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import type { Poke } from '../syncs/poke.ts';
import { findIntegration, integrationNotFound } from './read-integration.ts';

/** @throws SynclineError `not_found` */
export async function deleteIntegration(environment: EnvironmentDb, poke: Poke, uniqueKey: string): Promise<void> {
  const { environmentId } = environment;
  const gone = await environment.transaction(async (tx) => {
    const integration = await findIntegration(tx, uniqueKey);
    if (!integration) throw integrationNotFound(uniqueKey);
    const deletedAt = new Date();
    await tx.update(integrations).set({ deletedAt }).where(eq(integrations.id, integration.id));
    await tx
      .update(functions)
      .set({ deletedAt })
      .where(and(eq(functions.integrationId, integration.id), isNull(functions.deletedAt)));
    const owned = await tx
      .select()
      .from(connections)
      .where(and(eq(connections.integrationId, integration.id), isNull(connections.deletedAt)));
    const syncIds: string[] = [];
    for (const connection of owned) syncIds.push(...(await markConnectionDeleted(tx, { connection, integration })));
    return { syncIds, connectionIds: owned.map(({ id }) => id) };
  });
  await Promise.all([
    ...gone.syncIds.map((id) => poke.sync(environmentId, id, { stopRun: true })),
    ...gone.connectionIds.map((id) => poke.connection(environmentId, id, 'deleted')),
  ]);
}

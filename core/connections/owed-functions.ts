// Which on-event functions a connection's creation or removal still owes, and that it owes none any more.
import { and, eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import type { OnEventName } from '../db/schema/functions.ts';
import { listOnEventFunctions } from '../functions/on-event-functions.ts';

/** @returns ids of functions, in order. One that was never told of owes none; a creation without any is settled at once. */
export async function owedFunctions(
  environment: EnvironmentDb,
  connectionId: string,
  event: Exclude<OnEventName, 'validate-connection'>,
): Promise<string[]> {
  const owed = await environment.transaction(async (tx) => {
    const [connection] = await tx.select().from(connections).where(eq(connections.id, connectionId));
    if (!connection || !owes(connection, event)) return undefined;
    return listOnEventFunctions(tx, { integrationId: connection.integrationId, event });
  });
  if (!owed) return [];
  if (owed.length === 0 && event === 'post-connection-creation') await settle(environment, connectionId);
  return owed.map(({ functionId }) => functionId);
}

function owes(
  { stage, deletedAt }: Pick<typeof connections.$inferSelect, 'stage' | 'deletedAt'>,
  event: string,
): boolean {
  return event === 'post-connection-creation'
    ? stage === 'created' && deletedAt === null
    : stage !== 'validating' && stage !== 'pending' && deletedAt !== null;
}

/** The functions of its creation have all run. */
export async function settle(environment: EnvironmentDb, connectionId: string): Promise<void> {
  const isCreated = and(eq(connections.id, connectionId), eq(connections.stage, 'created'));
  await environment.transaction((tx) => tx.update(connections).set({ stage: null }).where(isCreated));
}

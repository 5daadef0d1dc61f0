// Removes a connection: gone for every reader at once, then its workflow cleans up what belongs to it.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections, credentials } from '../db/schema/connections.ts';
import { SynclineError } from '../errors.ts';
import { markSyncsDeleted } from '../syncs/create-syncs.ts';
import type { Poke } from '../syncs/poke.ts';
import { writeAuthEvent } from './auth-event.ts';
import type { ConnectionRow } from './connection-view.ts';
import { type ConnectionKey, findConnection } from './read-connection.ts';

interface Marked {
  connection: ConnectionRow;
  integration: { uniqueKey: string; provider: string };
}

/** @returns ids of its syncs, to be poked with `stopRun` after the commit */
export async function markConnectionDeleted(tx: Transaction, { connection, integration }: Marked): Promise<string[]> {
  await tx.update(connections).set({ deletedAt: new Date() }).where(eq(connections.id, connection.id));
  const syncIds = await markSyncsDeleted(tx, { connectionId: connection.id });
  const [credential] = await tx
    .select({ type: credentials.type })
    .from(credentials)
    .where(eq(credentials.connectionId, connection.id));
  await writeAuthEvent(tx, { operation: 'deletion', connection, integration, authMode: credential?.type ?? 'unknown' });
  return syncIds;
}

/** @throws SynclineError `unknown_connection` (400), also for an unknown integration */
export async function deleteConnection(environment: EnvironmentDb, poke: Poke, key: ConnectionKey): Promise<void> {
  const { environmentId } = environment;
  const gone = await environment.transaction(async (tx) => {
    const found = await findConnection(tx, key).catch((error: unknown) => {
      throw error instanceof SynclineError ? unknownToDelete() : error;
    });
    return { id: found.connection.id, syncIds: await markConnectionDeleted(tx, found) };
  });
  await Promise.all([
    ...gone.syncIds.map((id) => poke.sync(environmentId, id, { stopRun: true })),
    poke.connection(environmentId, gone.id, 'deleted'),
  ]);
}

/** The wire has no message here. */
const unknownToDelete = () =>
  new SynclineError('unknown_connection', '', {
    status: 400,
    hint: 'It may be deleted already; GET /connections lists what there is.',
  });

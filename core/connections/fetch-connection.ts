// Reads a connection for a caller who wants its credential, and notes that somebody did.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { type ConnectionKey, findConnection, type LoadedConnection, openConnection } from './read-connection.ts';

const noteEveryMs = 60_000;

/**
 * As `loadConnection`; `lastFetchedAt` is written at most once a minute, so that reading does not become writing.
 * @throws SynclineError `unknown_provider_config`, `unknown_connection`
 */
export async function fetchConnection(environment: EnvironmentDb, key: ConnectionKey): Promise<LoadedConnection> {
  const found = await environment.transaction(async (tx) => {
    const read = await findConnection(tx, key);
    const now = new Date();
    if (now.getTime() - (read.connection.lastFetchedAt?.getTime() ?? 0) < noteEveryMs) return read;
    await tx.update(connections).set({ lastFetchedAt: now }).where(eq(connections.id, read.connection.id));
    return { ...read, connection: { ...read.connection, lastFetchedAt: now } };
  });
  return openConnection(environment, found);
}

// The stream of a (connection, model, variant): made by its first writer.
import { and, eq, isNull } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { streams } from '../db/schema/records.ts';
import { SynclineError } from '../errors.ts';

export interface Stream {
  id: number;
  model: string;
}

/** @throws SynclineError unknown_connection when it was deleted */
export async function openStream(
  environment: EnvironmentDb,
  { connectionId, model, variant }: { connectionId: string; model: string; variant: string },
): Promise<Stream> {
  return environment.transaction(async (tx) => {
    const key = and(eq(streams.connectionId, connectionId), eq(streams.model, model), eq(streams.variant, variant));
    const [found] = await tx.select({ id: streams.id }).from(streams).where(key);
    if (found) return { id: found.id, model };
    // The lock keeps a deletion from finishing in between and leaving this stream behind.
    const [owner] = await tx
      .select({ id: connections.id })
      .from(connections)
      .where(and(eq(connections.id, connectionId), isNull(connections.deletedAt)))
      .for('share');
    if (!owner) throw new SynclineError('unknown_connection', 'The connection was deleted meanwhile.', { status: 400 });
    await tx
      .insert(streams)
      .values({ environmentId: environment.environmentId, connectionId, model, variant })
      .onConflictDoNothing();
    const [made] = await tx.select({ id: streams.id }).from(streams).where(key);
    return { id: made!.id, model };
  });
}

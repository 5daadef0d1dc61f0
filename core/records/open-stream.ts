// The stream of a (connection, model, variant): made by its first writer.
import { and, eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { streams } from '../db/schema/records.ts';

export interface Stream {
  id: number;
  model: string;
}

export async function openStream(
  environment: EnvironmentDb,
  { connectionId, model, variant }: { connectionId: string; model: string; variant: string },
): Promise<Stream> {
  return environment.transaction(async (tx) => {
    const key = and(eq(streams.connectionId, connectionId), eq(streams.model, model), eq(streams.variant, variant));
    const [found] = await tx.select({ id: streams.id }).from(streams).where(key);
    if (found) return { id: found.id, model };
    await tx.insert(streams).values({ environmentId: environment.environmentId, connectionId, model, variant }).onConflictDoNothing();
    const [made] = await tx.select({ id: streams.id }).from(streams).where(key);
    return { id: made!.id, model };
  });
}

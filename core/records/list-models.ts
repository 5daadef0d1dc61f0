// The models that a connection has streams of, with their counts.
import { and, asc, eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { streams } from '../db/schema/records.ts';

export interface ModelCount {
  model: string;
  variant: string;
  /** Records that are not deleted. */
  liveCount: number;
  streamId: number;
}

/** `connectionId` is our uuid. */
export async function listModels(
  env: EnvironmentDb,
  { connectionId, variant }: { connectionId: string; variant?: string },
): Promise<ModelCount[]> {
  return await env.transaction((tx) =>
    tx
      .select({ model: streams.model, variant: streams.variant, liveCount: streams.liveCount, streamId: streams.id })
      .from(streams)
      .where(
        and(eq(streams.connectionId, connectionId), ...(variant === undefined ? [] : [eq(streams.variant, variant)])),
      )
      .orderBy(asc(streams.model), asc(streams.variant)),
  );
}

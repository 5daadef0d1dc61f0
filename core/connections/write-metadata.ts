// The app's own data on connections: replaced or merged, on one or many, all or none.
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { unknownConnection } from './read-connection.ts';

export interface MetadataWrite {
  providerConfigKey: string;
  connectionIds: readonly string[];
  metadata: Record<string, unknown>;
  /** `merge`: the first level; null is stored as null. */
  mode: 'replace' | 'merge';
}

/**
 * One UPDATE, so that two merges of different keys both survive.
 * @param before in the same transaction, before anything is written
 * @returns the metadata after it, in the order of the rows
 * @throws SynclineError `unknown_connection`; then nothing has changed
 */
export async function writeMetadata(
  environment: EnvironmentDb,
  { providerConfigKey, connectionIds, metadata, mode }: MetadataWrite,
  before: (tx: Transaction) => Promise<void> = async () => {},
): Promise<Record<string, unknown>[]> {
  const ids = [...new Set(connectionIds)];
  return environment.transaction(async (tx) => {
    await before(tx);
    const owner = tx
      .select({ id: integrations.id })
      .from(integrations)
      .where(and(eq(integrations.uniqueKey, providerConfigKey), isNull(integrations.deletedAt)));
    const given = sql`${JSON.stringify(metadata)}::jsonb`;
    const rows = await tx
      .update(connections)
      .set({ metadata: mode === 'replace' ? given : sql`${connections.metadata} || ${given}`, updatedAt: new Date() })
      .where(
        and(
          inArray(connections.integrationId, owner),
          inArray(connections.connectionId, ids),
          isNull(connections.deletedAt),
        ),
      )
      .returning({ connectionId: connections.connectionId, metadata: connections.metadata });
    const missing = ids.find((id) => !rows.some(({ connectionId }) => connectionId === id));
    if (missing !== undefined) throw unknownConnection({ providerConfigKey, connectionId: missing });
    return rows.map((row) => row.metadata);
  });
}

// The rows that a connection belongs to, read in the transaction that writes it.
import { and, eq, isNull, type SQL } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { endUsers } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import type { IntegrationRow } from '../integrations/read-integration.ts';
import type { ConnectionRow } from './connection-view.ts';
import type { EndUserRow } from './end-user.ts';

/** Shared lock: a deploy locks the same row for itself, so neither misses the other's new rows when it makes syncs. */
export async function lockIntegration(tx: Transaction, isIt: SQL): Promise<IntegrationRow | undefined> {
  const [integration] = await tx
    .select()
    .from(integrations)
    .where(and(isIt, isNull(integrations.deletedAt)))
    .for('share');
  return integration;
}

export async function endUserOf(
  tx: Transaction,
  { endUserId }: Pick<ConnectionRow, 'endUserId'>,
): Promise<EndUserRow | null> {
  if (endUserId === null) return null;
  const [row] = await tx.select().from(endUsers).where(eq(endUsers.id, endUserId));
  return row ?? null;
}

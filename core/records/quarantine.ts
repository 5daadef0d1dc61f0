// Poison records: noted with their reason in a transaction of their own, before the rest of their page is saved.

import type { EncodedPage } from '@syncline/functions/records';
import { eq, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { quarantinedRecords } from '../db/schema/records.ts';
import { runCounts } from '../db/schema/syncs.ts';
import { markWindowsIncomplete } from '../syncs/delete-windows.ts';
import type { Stream } from './open-stream.ts';
import { maxRejectRatio, maxRejects, tooManyRejects } from './reject-limits.ts';

export async function quarantine(
  environment: EnvironmentDb,
  { stream, runId, records }: { stream: Stream; runId: string | null; records: EncodedPage['quarantined'] },
): Promise<void> {
  const { environmentId } = environment;
  await environment.transaction(async (tx) => {
    await tx
      .insert(quarantinedRecords)
      .values(records.map(({ id, reason }) => ({ environmentId, streamId: stream.id, runId, externalId: id, reason })));
    if (runId !== null)
      await tx
        .insert(runCounts)
        .values({ runId, model: stream.model, environmentId, quarantined: records.length })
        .onConflictDoUpdate({
          target: [runCounts.runId, runCounts.model],
          set: { quarantined: sql`${runCounts.quarantined} + ${records.length}` },
        });
    // Which record was served is unknown, so what else was served is, too: this pass proves no absence.
    if (records.some(({ id }) => id === null))
      await markWindowsIncomplete(tx, stream.id, 'a record without a readable id was served');
  });
}

/** Of all attempts of the run: a kill must not change what share was rejected. @throws SynclineError too_many_rejects */
export async function refuseManyRejects(environment: EnvironmentDb, runId: string): Promise<void> {
  const { saved, rejected } = await environment.transaction(async (tx) => {
    const { added, updated, unchanged, quarantined } = runCounts;
    const [sums] = await tx
      .select({
        saved: sql<number>`coalesce(sum(${added} + ${updated} + ${unchanged}), 0)::float8`,
        rejected: sql<number>`coalesce(sum(${quarantined}), 0)::float8`,
      })
      .from(runCounts)
      .where(eq(runCounts.runId, runId));
    return sums!;
  });
  if (rejected > maxRejects || rejected > maxRejectRatio * (saved + rejected)) throw tooManyRejects(rejected);
}

// A run whose journal led to a request that the provider refuses, an expired page token for instance, begins once more without it.
import { and, eq, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { journal, runs } from '../db/schema/syncs.ts';
import type { RunWriter } from '../records/commit-page.ts';

/**
 * From its last checkpoint, under a new segment of the journal.
 * @returns false when the run has done so before: what the provider says now is the script's business
 * @throws what `assert_fence` raises (SL001) when another attempt has taken over
 */
export function startAfresh(environment: EnvironmentDb, { syncId, fence, runId }: RunWriter): Promise<boolean> {
  return environment.transaction(async (tx) => {
    await tx.execute(sql`SELECT assert_fence(${syncId}, ${fence})`);
    const changed = await tx
      .update(runs)
      .set({ startedAfresh: true, journalSegment: sql`${runs.journalSegment} + 1` })
      .where(and(eq(runs.id, runId), eq(runs.startedAfresh, false)))
      .returning({ id: runs.id });
    if (changed.length > 0) await tx.delete(journal).where(eq(journal.runId, runId));
    return changed.length > 0;
  });
}

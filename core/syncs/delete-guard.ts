// A person's answer to deletes that the guard held back.
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { streams } from '../db/schema/records.ts';
import { deleteWindows, runs } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';
import { closeWindow, deleteRest } from './commit-deletes.ts';

/**
 * @returns how many records were deleted, by model
 * @throws SynclineError not_found, nothing_to_confirm, run_superseded
 */
export async function confirmDeletes(
  environment: EnvironmentDb,
  { syncId, runId, decision }: { syncId: string; runId: string; decision: 'delete' | 'keep' },
): Promise<Record<string, number>> {
  const { run, held } = await environment.transaction(async (tx) => {
    const [found] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, runId), eq(runs.syncId, syncId)));
    if (!found) throw new SynclineError('not_found', 'This sync has no such run.', { status: 404 });
    const windows = await tx
      .select({ window: deleteWindows, stream: streams })
      .from(deleteWindows)
      .innerJoin(streams, eq(streams.id, deleteWindows.streamId))
      .where(and(eq(deleteWindows.endedByRunId, runId), isNotNull(deleteWindows.heldCount)));
    return { run: found, held: windows };
  });
  if (held.length === 0) {
    const [code, message] =
      run.state === 'needs_confirmation'
        ? ['run_superseded', 'A newer complete run has decided about these deletes.']
        : ['nothing_to_confirm', 'No deletes of this run wait for confirmation.'];
    throw new SynclineError(code!, message!, { status: 409, hint: 'Look at the latest run: GET /syncs/{id}/runs.' });
  }
  const deleted: Record<string, number> = {};
  for (const { window, stream } of held) {
    deleted[stream.model] =
      decision === 'keep' ? 0 : await deleteRest(environment, { window, stream, runId, beat: () => {} });
    await closeWindow(environment, window);
  }
  await environment.transaction((tx) =>
    tx.update(runs).set({ state: 'succeeded', pendingDeletes: sql`NULL` }).where(eq(runs.id, runId)),
  );
  return deleted;
}

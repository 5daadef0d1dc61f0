// Why a run failed, in full. Temporal's history carries only the code and a short text, so the payload is left with the run
// by the slice and picked up by the finish.
import { and, eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { type RunError, runs } from '../db/schema/syncs.ts';

export async function leaveRunError(environment: EnvironmentDb, runId: string, error: RunError): Promise<void> {
  await environment.transaction((tx) => tx.update(runs).set({ error }).where(eq(runs.id, runId)));
}

/** The slice's own account when it is of the same failure, else what the workflow saw. */
export async function takeRunError(
  environment: EnvironmentDb,
  { syncId, runNo, code, message }: { syncId: string; runNo: number; code: string; message: string },
): Promise<RunError> {
  const [run] = await environment.transaction((tx) =>
    tx
      .select({ error: runs.error })
      .from(runs)
      .where(and(eq(runs.syncId, syncId), eq(runs.number, runNo))),
  );
  return run?.error && run.error.type === code ? run.error : { type: code, message };
}

// An attempt of a run begins: it takes the next fence, so that whatever an older attempt still sends is refused, and opens
// the run if this is its first. A request or reset that was waiting is consumed here.
import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { bundles, type FunctionDefinition, functions, functionVersions } from '../db/schema/functions.ts';
import { records, streams } from '../db/schema/records.ts';
import { type Checkpoint, deleteWindows, type RunMode, runs, syncs } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';
import { runSuperseded } from '../records/commit-page.ts';

export interface Attempt {
  runId: string;
  syncId: string;
  runNo: number;
  connectionId: string;
  name: string;
  variant: string;
  mode: RunMode;
  /** 1 for the first attempt of the run. */
  attempt: number;
  fence: number;
  checkpoint: Checkpoint | null;
  lastSuccessAt: Date | null;
  /** Of the run, not of this attempt. */
  startedAt: Date;
  /** The checkpoint that the run began with. */
  beganFrom: Checkpoint | null;
  journalSegment: number;
  operationId: string;
  bundleHash: string;
  js: string;
  definition: FunctionDefinition;
}

/**
 * Reset: the run starts without checkpoint, `lastSyncDate` and delete window; records stay, so that changes are still told
 * from additions. Reset and clear: the records of the sync's models go first, and old cursors are told so by the epoch.
 */
async function applyReset(
  tx: Transaction,
  sync: typeof syncs.$inferSelect,
  models: string[],
  mode: RunMode,
): Promise<void> {
  for (const model of models) {
    const [stream] = await tx
      .select({ id: streams.id })
      .from(streams)
      .where(
        and(eq(streams.connectionId, sync.connectionId), eq(streams.model, model), eq(streams.variant, sync.variant)),
      )
      .for('update');
    if (!stream) continue;
    await tx.update(streams).set({ windowId: null }).where(eq(streams.id, stream.id));
    await tx.delete(deleteWindows).where(eq(deleteWindows.streamId, stream.id));
    if (mode !== 'reset_and_clear') continue;
    await tx.delete(records).where(eq(records.streamId, stream.id));
    await tx
      .update(streams)
      .set({ epoch: sql`${streams.epoch} + 1`, liveCount: 0 })
      .where(eq(streams.id, stream.id));
  }
}

/** @throws SynclineError run_superseded, disabled_resource */
export async function beginAttempt(
  environment: EnvironmentDb,
  { syncId, runNo }: { syncId: string; runNo: number },
): Promise<Attempt> {
  return environment.transaction(async (tx) => {
    const [sync] = await tx.select().from(syncs).where(eq(syncs.id, syncId)).for('update');
    if (!sync || sync.desired === 'deleted' || sync.runNo !== runNo) throw runSuperseded();
    const [fn] = await tx.select().from(functions).where(eq(functions.id, sync.functionId));
    if (!fn) throw runSuperseded();
    // A reset or a cancel ends the open run first: `finishRun` does, and the reset begins with the run after it.
    if (sync.openRunId && (sync.requestedMode !== 'incremental' || sync.cancelRunId === sync.openRunId))
      throw runSuperseded();

    let [run] = sync.openRunId ? await tx.select().from(runs).where(eq(runs.id, sync.openRunId)) : [];
    const pinned = run?.versionId ?? fn.currentVersionId;
    const [version] = await tx.select().from(functionVersions).where(eq(functionVersions.id, pinned));
    const [bundle] = await tx.select().from(bundles).where(eq(bundles.hash, version!.bundleHash));

    let { checkpoint, lastSuccessAt } = sync;
    if (!run) {
      if (!fn.enabled || fn.deletedAt)
        throw new SynclineError('disabled_resource', `Sync '${sync.name}' is disabled.`, { status: 404 });
      const mode = sync.requestedMode;
      if (mode !== 'incremental') {
        await applyReset(tx, sync, version!.definition.models, mode);
        checkpoint = null;
        lastSuccessAt = null;
      }
      const trigger = sync.requested ? 'api' : sync.lastRunId ? 'schedule' : 'connection';
      [run] = await tx
        .insert(runs)
        .values({
          id: uuidv7(),
          environmentId: environment.environmentId,
          syncId,
          number: runNo,
          state: 'running',
          trigger,
          mode,
          versionId: pinned,
          bundleHash: version!.bundleHash,
          checkpointFrom: checkpoint,
          operationId: uuidv7(),
        })
        .returning();
    }
    const parked = run!.state === 'queued';
    await tx
      .update(runs)
      .set({ state: 'running', attempts: run!.attempts + 1 })
      .where(eq(runs.id, run!.id));
    // A trigger while a run is parked by a pause means that run; during a running one it means one more.
    const taken = sync.openRunId === null || (parked && sync.desired === 'paused');
    await tx
      .update(syncs)
      .set({
        openRunId: run!.id,
        fence: sync.fence + 1,
        checkpoint,
        lastSuccessAt,
        ...(taken && { requested: null, requestedMode: 'incremental' }),
      })
      .where(eq(syncs.id, syncId));
    return {
      runId: run!.id,
      syncId,
      runNo,
      connectionId: sync.connectionId,
      name: sync.name,
      variant: sync.variant,
      mode: run!.mode,
      attempt: run!.attempts + 1,
      fence: sync.fence + 1,
      checkpoint,
      lastSuccessAt,
      startedAt: run!.startedAt,
      beganFrom: run!.checkpointFrom,
      journalSegment: run!.journalSegment,
      operationId: run!.operationId,
      bundleHash: version!.bundleHash,
      js: bundle!.js,
      definition: version!.definition,
    };
  });
}

// One durable loop per (connection, sync, variant): wait for a slot or a poke, run in slices, report, repeat.
// Desired state and slots are Postgres' business; the workflow keeps only what it needs to wait.
import { ApplicationFailure } from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { DesiredState, FunctionActivities, PlatformActivities, SlicesOutcome } from '../activities/contract.ts';
import { poke, queues, searchAttributes } from './names.ts';

/** `pokes`: the last 50 poke ids, carried over. `runsPerHistory`: runs before continue-as-new. */
export interface SyncInput {
  environmentId: string;
  syncId: string;
  pokes?: string[];
  runsPerHistory?: number;
}

// Retried for ever: with Postgres down the loop waits, it does not die.
const { readSync, refreshToken } = proxyActivities<PlatformActivities>({
  taskQueue: queues.platform,
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});
const { finishRun, teardownSync } = proxyActivities<PlatformActivities>({
  taskQueue: queues.platform,
  startToCloseTimeout: '30m', // delete detection and purges walk a million records, in batches, and heartbeat
  heartbeatTimeout: '30s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});
const { runSlice } = proxyActivities<FunctionActivities>({
  taskQueue: queues.functions,
  startToCloseTimeout: '30m', // twice the slice budget
  heartbeatTimeout: '6s', // how long a killed worker goes unnoticed; its run goes on elsewhere within 10 s
  cancellationType: 'WAIT_CANCELLATION_COMPLETED', // left out, 1.24 behaves as TRY_CANCEL
  // For crashes; a thrown failure brings its own delay. Short at the top too: a run that is killed over and over still
  // goes on within 10 s of each kill, the missed heartbeats included.
  retry: { initialInterval: '100ms', maximumInterval: '2s' },
});

export async function sync({ environmentId, syncId, pokes = [], runsPerHistory = 10 }: SyncInput): Promise<void> {
  let poked = true; // read the row at the start of every history, so that no poke is lost between two
  let run: CancellationScope | undefined;
  setHandler(poke, ({ id, stopRun }) => {
    if (pokes.includes(id)) return;
    pokes = [...pokes.slice(-49), id];
    poked = true;
    if (stopRun) run?.cancel();
  });

  const ref = { environmentId, syncId };
  let row!: DesiredState;
  for (let runs = 0; ; ) {
    if (poked) {
      poked = false;
      row = await readSync(ref);
    }
    if (row.desired === 'deleted') return await teardownSync(ref);
    show(row.desired);
    if (!row.requested && (row.desired === 'paused' || row.nextRunAt === null)) {
      await condition(() => poked); // no timer: a paused sync costs nothing
      continue;
    }
    const waitMs = row.requested ? 0 : (row.nextRunAt ?? 0) - Date.now();
    if (waitMs > 0 && (await condition(() => poked, waitMs, { summary: `next run ${row.runNo}` }))) continue;

    const { runNo } = row;
    run = new CancellationScope();
    const outcome = await outcomeOf(run.run(() => runInSlices(syncId, row)));
    run = undefined;
    const report = await finishRun({ ...ref, runNo, outcome });
    row = report.next; // same runNo again if the run was paused, not ended
    show(row.desired, report.status);
    setCurrentDetails(`run ${runNo}: ${report.status}, ${report.text}`);

    if (++runs >= runsPerHistory || workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof sync>({ environmentId, syncId, pokes, runsPerHistory });
    }
  }
}

async function runInSlices(syncId: string, row: DesiredState): Promise<void> {
  const { environmentId, connectionId, runNo, refreshAt, requested } = row;
  if (refreshAt !== null && refreshAt <= Date.now()) await refreshToken({ environmentId, connectionId });
  const priority = {
    priorityKey: requested === 'user' ? 1 : requested === 'backfill' ? 5 : 3,
    fairnessKey: environmentId,
  };
  for (let slice = 0; ; slice++) {
    const options = { summary: `run ${runNo} slice ${slice}`, priority };
    const { done, sleepMs } = await runSlice.executeWithOptions(options, [{ environmentId, syncId, runNo, slice }]);
    if (done) return;
    if (sleepMs) await sleep(sleepMs, { summary: 'rate limited' });
  }
}

/** A failed or stopped run is a result, not the end of the loop; only cancelling the workflow itself passes through. */
async function outcomeOf(work: Promise<void>): Promise<SlicesOutcome> {
  try {
    await work;
    return { ok: true };
  } catch (error) {
    const stopped = isCancellation(error);
    if (stopped && CancellationScope.current().consideredCancelled) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error; // ActivityFailure wraps the reason
    const code = cause instanceof ApplicationFailure ? cause.type : undefined;
    return {
      ok: false,
      stopped,
      ...(code && { code }),
      message: cause instanceof Error ? cause.message : String(cause),
    };
  }
}

/** Each upsert is a visibility write, so only transitions are sent. */
function show(state: string, status?: string): void {
  const shown = workflowInfo().typedSearchAttributes;
  const { syncState, lastRunStatus } = searchAttributes;
  const wanted = [{ key: syncState, value: state }, ...(status ? [{ key: lastRunStatus, value: status }] : [])];
  const changed = wanted.filter(({ key, value }) => shown.get(key) !== value);
  if (changed.length > 0) upsertSearchAttributes(changed);
}

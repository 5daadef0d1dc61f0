// One slice of a run on this worker. Heartbeats come from a timer of the host, so that a busy script cannot starve them.
import { activityInfo, CancelledFailure, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { RunAction } from '../core/runtime/run-action.ts';
import type { RuntimeParts } from '../core/runtime/run-sync-slice.ts';
import { runSyncSlice } from '../core/runtime/run-sync-slice.ts';
import type { FunctionActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createRunSlice = (parts: RuntimeParts & { runAction: RunAction }): FunctionActivities['runSlice'] =>
  async function runSlice({ environmentId, syncId, runNo, slice }) {
    const signal = cancellationSignal();
    let shown: object = { attempt: activityInfo().attempt, slice };
    const beat = setInterval(() => heartbeat(shown), 1_500);
    heartbeat(shown);
    try {
      const result = await runSyncSlice(parts, {
        environmentId,
        syncId,
        runNo,
        signal,
        progress: (done) => (shown = { ...done, slice }),
      });
      // A slice that ended although it was told to stop counts as done; a stopped one tells the workflow so.
      if (!result.done && reasonOf(signal) === 'CANCELLED') throw signal.reason;
      return result;
    } catch (cause) {
      if (cause instanceof CancelledFailure) throw cause;
      throw toFailure(cause);
    } finally {
      clearInterval(beat);
    }
  };

/** `CANCELLED`: the workflow stopped the run. `WORKER_SHUTDOWN`: another worker goes on, at no cost of an attempt. */
function reasonOf(signal: AbortSignal): string | undefined {
  return signal.aborted && signal.reason instanceof CancelledFailure ? signal.reason.message : undefined;
}

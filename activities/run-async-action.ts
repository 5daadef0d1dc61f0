// One execution of an asynchronous action on this worker. Heartbeats come from a timer of the host, never from the script.
import { activityInfo, CancelledFailure, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { RunAction } from '../core/runtime/run-action.ts';
import { runAsyncAction as run } from '../core/runtime/run-async-action.ts';
import type { RuntimeParts } from '../core/runtime/run-sync-slice.ts';
import type { FunctionActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createRunAsyncAction = (
  parts: RuntimeParts & { runAction: RunAction },
): FunctionActivities['runAsyncAction'] =>
  async function runAsyncAction({ environmentId, actionId }) {
    const signal = cancellationSignal();
    const shown = { attempt: activityInfo().attempt };
    const beat = setInterval(() => heartbeat(shown), 1_500);
    heartbeat(shown);
    try {
      const result = await run(parts, { environmentId, actionId, signal });
      // One that ended although it was told to stop counts as done.
      const { reason } = signal;
      if (!result.done && reason instanceof CancelledFailure && reason.message === 'CANCELLED') throw reason;
      return result;
    } catch (cause) {
      if (cause instanceof CancelledFailure) throw cause;
      throw toFailure(cause);
    } finally {
      clearInterval(beat);
    }
  };

// One on-event function on this worker, a step of the `connection` workflow. Heartbeats come from a timer of the host.
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { findOnEventFunction } from '../core/functions/on-event-functions.ts';
import type { RunAction } from '../core/runtime/run-action.ts';
import { runOnEvent as run } from '../core/runtime/run-on-event.ts';
import type { RuntimeParts } from '../core/runtime/run-sync-slice.ts';
import type { FunctionActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createRunOnEvent = (parts: RuntimeParts & { runAction: RunAction }): FunctionActivities['runOnEvent'] =>
  async function runOnEvent({ environmentId, connectionId, event, functionId }) {
    const beat = setInterval(heartbeat, 1_500);
    heartbeat();
    try {
      const environment = await parts.database.forEnvironment(environmentId);
      const found = await findOnEventFunction(environment, functionId);
      if (!found) return; // removed or disabled since
      await run(parts, { environment, connectionId, event, function: found, signal: cancellationSignal() });
    } catch (cause) {
      throw toFailure(cause);
    } finally {
      clearInterval(beat);
    }
  };

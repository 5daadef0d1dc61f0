// The end of a run: what the slices' outcome means is the domain's to say; this closes the log and beats meanwhile.
import { heartbeat } from '@temporalio/activity';
import type { Database } from '../core/db/database.ts';
import type { LogWriter } from '../core/logs/log-writer.ts';
import { withPlace } from '../core/runtime/script-errors.ts';
import { finishRun as finish } from '../core/syncs/finish-run.ts';
import { takeRunError } from '../core/syncs/run-errors.ts';
import type { PlatformActivities } from './contract.ts';
import { toFailure } from './to-failure.ts';

export const createFinishRun = ({
  database,
  logs,
}: {
  database: Database;
  logs: LogWriter;
}): PlatformActivities['finishRun'] =>
  async function finishRun({ environmentId, syncId, runNo, outcome }) {
    try {
      const environment = await database.forEnvironment(environmentId);
      const { ok, code, message } = outcome;
      // A stale fence is no failure: somebody reset or replaced the run.
      const stopped = outcome.stopped || code === 'run_superseded';
      const error =
        ok || stopped
          ? undefined
          : await takeRunError(environment, { syncId, runNo, code: code ?? 'server_error', message: message ?? '' });
      const report = await finish(environment, {
        syncId,
        runNo,
        outcome: { ok, stopped, ...(error && { error, ...notBefore(error) }) },
        beat: () => heartbeat(),
      });
      const { status, text, next, ended } = report;
      if (ended) {
        const { operationId, state, notes } = ended;
        for (const line of notes)
          logs.message({
            environmentId,
            operationId,
            source: 'internal',
            level: 'warn',
            context: 'script',
            message: line,
          });
        if (error)
          logs.message({
            environmentId,
            operationId,
            source: 'internal',
            level: 'error',
            context: 'script',
            message: withPlace(error.message, error.place),
            details: { error },
          });
        logs.end(environmentId, operationId, {
          state: operationState(state),
          ...(error && { error }),
          response: { text },
        });
      }
      return { status, text, next };
    } catch (cause) {
      throw toFailure(cause);
    }
  };

/** A provider's reset time, left with the error by the slice. */
function notBefore({ payload }: { payload?: unknown }): { notBefore?: number } {
  const at = (payload as { not_before?: unknown } | undefined)?.not_before;
  return typeof at === 'number' ? { notBefore: at } : {};
}

const operationState = (state: string) => (state === 'failed' || state === 'cancelled' ? state : 'success');

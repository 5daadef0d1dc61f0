// Runs an action in a guest of this process, not through Temporal: a caller waits for the answer.
import { uuidv7 } from '../crypto/uuid.ts';
import { findAction } from './find-action.ts';
import { checkInput, checkOutput } from './host/check-action.ts';
import { StopRun } from './host/guest-process.ts';
import { openContext } from './host/open-context.ts';
import type { RunContext } from './host/run-context.ts';
import { startOfAction } from './host/start.ts';
import { logged } from './log-operation.ts';
import { operations } from './operations.ts';
import type { RunAction } from './run-action.ts';
import { runOnce } from './run-once.ts';
import type { RuntimeParts } from './run-sync-slice.ts';

const startTimeoutMs = 30_000;
const defaultLimitMs = 15 * 60_000;

export function createRunAction(parts: RuntimeParts): RunAction {
  const { guests, readVersion } = parts;

  return async function runAction({ environment, input, nested, via = 'action', ...names }) {
    const { environmentId } = environment;
    const { versionId, read } = await findAction(environment, names);
    const { js, definition } = await readVersion(environment, versionId);
    const stop = new AbortController();
    const operationId = uuidv7();
    const context: RunContext = {
      ...(await openContext(parts, {
        environment,
        kind: 'action',
        name: names.actionName,
        connection: names,
        read,
        operationId,
        signal: nested ? AbortSignal.any([stop.signal, nested.signal]) : stop.signal,
        runAction,
        ...(nested && { depth: nested.depth }),
      })),
      definition,
      park: () => {
        throw new StopRun();
      },
    };
    const operation = { ...operations[via], title: names.actionName };
    const output = await logged(context, operation, async () => {
      checkInput(context, input);
      const guest = await (nested
        ? guests.acquireNested(environmentId)
        : guests.acquire(environmentId, parts.limits?.startMs ?? startTimeoutMs));
      const answer = await runOnce(parts, {
        context,
        stop,
        guest,
        js,
        start: startOfAction(context, { input, hasInput: input !== undefined && input !== null }),
        limitMs: parts.limits?.actionMs ?? defaultLimitMs,
        outer: nested?.signal,
      });
      checkOutput(context, answer);
      return answer;
    });
    return { operationId, output };
  };
}

// Runs an action in a guest of this process, not through Temporal: a caller waits for the answer.
import { uuidv7 } from '../crypto/uuid.ts';
import { executeAction } from './execute-action.ts';
import { findAction } from './find-action.ts';
import { openContext } from './host/open-context.ts';
import type { RunContext } from './host/run-context.ts';
import { logged } from './log-operation.ts';
import { operations } from './operations.ts';
import type { RunAction } from './run-action.ts';
import type { RuntimeParts } from './run-sync-slice.ts';

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
    };
    const operation = { ...operations[via], title: names.actionName };
    const acquire = (startMs: number) =>
      nested ? guests.acquireNested(environmentId) : guests.acquire(environmentId, startMs);
    const output = await logged(context, operation, () =>
      executeAction(parts, { context, input, acquire, stop, js, outer: nested?.signal }),
    );
    return { operationId, output };
  };
}

// Runs one on-event function for a connection: the base object, 30 s to start, 5 min to run.
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import type { OnEventName } from '../db/schema/functions.ts';
import { SynclineError } from '../errors.ts';
import type { OnEventFunction } from '../functions/on-event-functions.ts';
import { readOwner } from './host/load-target.ts';
import { openContext } from './host/open-context.ts';
import type { RunContext } from './host/run-context.ts';
import { startOfOnEvent } from './host/start.ts';
import { limitsOf } from './limits.ts';
import { logged } from './log-operation.ts';
import { isOurFault } from './our-faults.ts';
import type { RunAction } from './run-action.ts';
import { runOnce } from './run-once.ts';
import type { RuntimeParts } from './run-sync-slice.ts';
import { scriptError } from './script-errors.ts';

export interface OnEventExecution {
  environment: EnvironmentDb;
  /** Our uuid; of one that is being removed too. */
  connectionId: string;
  event: OnEventName;
  function: OnEventFunction;
  /** Ends it early: this process is told to end. */
  signal?: AbortSignal | undefined;
}

export interface OnEventFailure {
  error: SynclineError;
  operationId: string;
}

/**
 * @returns how the function failed; undefined when it did not
 * @throws SynclineError for faults of ours: nothing is said about the connection, run it again
 */
export async function runOnEvent(
  parts: RuntimeParts & { runAction: RunAction },
  { environment, connectionId, event, function: { name, versionId }, signal }: OnEventExecution,
): Promise<OnEventFailure | undefined> {
  const stop = new AbortController();
  const operationId = uuidv7();
  const { startMs, onEventMs } = limitsOf(parts);
  try {
    const { js, definition } = await parts.readVersion(environment, versionId);
    const context: RunContext = {
      ...(await openContext(parts, {
        environment,
        kind: 'on-event',
        name,
        connection: await readOwner(environment, connectionId),
        connectionUuid: connectionId,
        operationId,
        signal: stop.signal,
        runAction: parts.runAction,
      })),
      definition,
    };
    const operation = { type: 'events', action: event.replaceAll('-', '_'), title: name } as const;
    await logged(context, operation, async () =>
      runOnce(parts, {
        context,
        stop,
        guest: await parts.guests.acquire(environment.environmentId, startMs),
        js,
        start: startOfOnEvent(context),
        limitMs: onEventMs,
        outer: signal,
      }),
    );
    return undefined;
  } catch (cause) {
    const error = scriptError(cause);
    if (signal?.aborted) throw stopping(error);
    if (isOurFault(error)) throw error;
    return { error, operationId };
  }
}

const stopping = (cause: SynclineError) =>
  new SynclineError('unavailable', 'The process that ran this function is ending.', {
    status: 503,
    retryable: true,
    cause,
  });

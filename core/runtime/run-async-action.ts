// One execution of an asynchronous action: answers from the journal up to the frontier, then live, and its result stored.
import { type ActionAttempt, beginAttempt } from '../actions/begin-attempt.ts';
import { type ActionOutcome, type AttemptEnd, endAttempt } from '../actions/end-attempt.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { fromUnknown } from '../errors.ts';
import { executeAction } from './execute-action.ts';
import { openJournal } from './host/journal.ts';
import { note } from './host/log-calls.ts';
import { openContext } from './host/open-context.ts';
import type { RunContext } from './host/run-context.ts';
import { endOperation, startOperation } from './log-operation.ts';
import { operations } from './operations.ts';
import { isOurFault } from './our-faults.ts';
import type { Version } from './read-version.ts';
import type { RunAction } from './run-action.ts';
import type { RuntimeParts } from './run-sync-slice.ts';
import { scriptError } from './script-errors.ts';

export interface AsyncExecution {
  environmentId: string;
  actionId: string;
  /** Aborts when the worker shuts down, the action is cancelled, or another execution owns it. */
  signal: AbortSignal;
  /** What a worker that is told to end waits for calls under way. Its process is killed after 8 s. */
  drainMs?: number;
}

/** A fault of ours is waited out; one that stays so often is a bug that waiting does not mend. */
const maxAttempts = 20;

/**
 * @returns `done: false` when it is to be executed again, after `waitMs`
 * @throws SynclineError for faults of ours: executed again
 */
export async function runAsyncAction(
  parts: RuntimeParts & { runAction: RunAction },
  { environmentId, actionId, signal, drainMs = 4_000 }: AsyncExecution,
): Promise<AttemptEnd> {
  const environment = await parts.database.forEnvironment(environmentId);
  const attempt = await beginAttempt(environment, actionId);
  if (!attempt) return { done: true };
  if (attempt.refusal) {
    const outcome = { error: attempt.refusal };
    const ended = await endAttempt(environment, attempt, outcome);
    tell(parts, { environmentId, attempt, outcome, ended });
    return ended;
  }
  const version = await parts.readVersion(environment, attempt.versionId);
  let context: RunContext | undefined;
  let outcome: ActionOutcome;
  const stop = new AbortController();
  try {
    context = await contextOf(parts, { environment, attempt, version, stop });
    startOperation(context, { ...operations[attempt.via], title: attempt.name });
    const { input } = attempt;
    const acquire = (startMs: number) => parts.guests.acquire(environmentId, startMs);
    const { js } = version;
    outcome = { output: await executeAction(parts, { context, input, acquire, stop, js, outer: signal, drainMs }) };
  } catch (cause) {
    const error = scriptError(cause);
    if (signal.aborted) return { done: false }; // it goes on elsewhere, from the journal
    if (isOurFault(error) && (error.code !== 'server_error' || attempt.attempt < maxAttempts)) throw error;
    outcome = { error };
  } finally {
    await context?.journal?.flush();
  }
  const ended = await endAttempt(environment, attempt, outcome);
  tell(parts, { environmentId, attempt, context, outcome, ended });
  return ended;
}

interface Opening {
  environment: EnvironmentDb;
  attempt: ActionAttempt;
  version: Version;
  stop: AbortController;
}

async function contextOf(
  parts: RuntimeParts & { runAction: RunAction },
  { environment, attempt, version, stop }: Opening,
): Promise<RunContext> {
  const { id, name, names, connectionId, operationId, tries, maxRetries } = attempt;
  const context = await openContext(parts, {
    environment,
    kind: 'action',
    name,
    connection: { providerConfigKey: names.integration, connectionId: names.connection },
    connectionUuid: connectionId,
    operationId,
    signal: stop.signal,
    runAction: parts.runAction,
  });
  return {
    ...context,
    definition: version.definition,
    journal: await openJournal(environment, { runId: id, segment: tries }),
    mayRepeatUnsafe: maxRetries > 0,
  };
}

interface Told {
  environmentId: string;
  attempt: ActionAttempt;
  context?: RunContext | undefined;
  outcome: ActionOutcome;
  ended: AttemptEnd;
}

/** To the log of the action, which is one operation for all its tries. */
function tell({ logs }: RuntimeParts, { environmentId, attempt, context, outcome, ended }: Told): void {
  const error = 'error' in outcome ? outcome.error : undefined;
  if (!context) {
    const { code, message } = fromUnknown(error);
    logs.end(environmentId, attempt.operationId, { state: 'failed', error: { type: code, message } });
    return;
  }
  if (ended.done) {
    endOperation(context, error);
    return;
  }
  const seconds = Math.ceil((ended.waitMs ?? 0) / 1000);
  const count = `${attempt.tries + 1} of ${attempt.maxRetries + 1}`;
  note(context, 'warn', `Try ${count} failed: ${error?.code}. The next one begins in ${seconds} s.`, {
    ...(error?.payload && { payload: error.payload }),
  });
}

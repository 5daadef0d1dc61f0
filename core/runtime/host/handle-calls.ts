// Applies a guest's calls in the order it issued them. Requests may overlap each other; a write waits for every write before it.
//
// A run's page is acknowledged while it is committed, and safe requests go out meanwhile: the next page comes in beside the
// last one's commit. Everything that others can see (an unsafe request, a checkpoint, the run's end) waits for the commit. One
// that fails ends the attempt, whatever the script makes of it.
import type { KeyObject } from 'node:crypto';
import { fromUnknown, SynclineError } from '../../errors.ts';
import { isSafe } from '../../proxy/repeatable.ts';
import { checkpointCalls, type PendingClear } from './checkpoint-calls.ts';
import { connectionCalls, createConnectionMemo } from './connection-calls.ts';
import { delegateCalls } from './delegate-calls.ts';
import { fetchCalls } from './fetch-calls.ts';
import { type CallHandler, StopRun } from './guest-process.ts';
import { httpCalls } from './http-calls.ts';
import { lockCalls } from './lock-calls.ts';
import { logCalls } from './log-calls.ts';
import { metadataCalls } from './metadata-calls.ts';
import { recordCalls } from './record-calls.ts';
import type { CallResult, Calls, RunContext } from './run-context.ts';

/** Of these, order among each other does not matter to what is stored. */
const overlapping = new Set(['http', 'log', 'uncontrolledFetch']);

/** Nobody outside learns from these how far the script is. */
const isSilent = (method: string, args: Record<string, unknown>) =>
  method === 'log' || (overlapping.has(method) && isSafe(String(args['method'])));

export interface CallState {
  /** Set when the run has to stop: no call is answered any more. */
  stopped: boolean;
  /** The script cleared its checkpoint; committed when the attempt ends. */
  clear: PendingClear;
  /** The script took a lock; given back when the execution ends. */
  locks: { any: boolean };
  /** When the script last asked for something or was answered; epoch ms. */
  lastCallAt: number;
  /** Resolves when every write that had begun is done. @throws what one failed with that was acknowledged before */
  settled(): Promise<void>;
  /** Rejects when the attempt cannot go on: the database is away, or a request's outcome is unknown. */
  readonly away: Promise<never>;
}

const attemptEnds = new Set(['unavailable', 'outcome_unknown']);

export function handleCalls(context: RunContext, cursorKey: KeyObject): { handle: CallHandler; state: CallState } {
  const clear: PendingClear = { wanted: false };
  const locks = { any: false };
  const memo = createConnectionMemo(context);
  const calls: Calls = {
    ...httpCalls(context),
    ...fetchCalls(context),
    ...logCalls(context),
    ...connectionCalls(context, memo),
    ...metadataCalls(context, memo),
    ...checkpointCalls(context, clear),
    ...lockCalls(context, locks),
    ...delegateCalls(context),
    ...recordCalls(context, cursorKey),
  };
  /** Every write so far is answered; and is done. */
  let answered: Promise<unknown> = Promise.resolve();
  let tail: Promise<unknown> = answered;
  let waiting = 0;
  /** Of the writes that wait for each other: the first that failed, which the script cannot know of yet. */
  let failure: { error: unknown } | undefined;
  /** An acknowledged write failed. */
  let lost: { error: unknown } | undefined;
  const { promise: away, reject: endAttempt } = Promise.withResolvers<never>();
  away.catch(() => {}); // an attempt may have ended by then
  async function settled(): Promise<void> {
    await tail.catch(() => {});
    if (lost) throw lost.error;
  }
  const state: CallState = { stopped: false, clear, locks, lastCallAt: Date.now(), settled, away };

  /** Not for a script to handle that is begun again: it could go on without the page, and call that a success. */
  function endsAttempt(cause: unknown): never {
    const error = fromUnknown(cause);
    const isBegunAgain = context.journal !== undefined || context.kind === 'webhook';
    if (!isBegunAgain || !attemptEnds.has(error.code)) throw cause;
    end(error);
    throw new StopRun();
  }

  function end(error: SynclineError): void {
    state.stopped = true;
    endAttempt(error);
  }

  async function commit({ committed }: CallResult): Promise<void> {
    try {
      await committed;
    } catch (error) {
      lost ??= { error };
      end(fromUnknown(error));
    }
  }

  async function inOrder(
    method: string,
    args: Record<string, unknown>,
    apply: () => Promise<CallResult>,
  ): Promise<CallResult> {
    const before = isSilent(method, args) ? answered : tail;
    const answer = (async () => {
      await before.catch(() => {});
      if (state.stopped && method !== 'log') throw new StopRun(); // a last word is heard
      // A checkpoint that was issued behind writes still on their way is committed with all of them or not at all.
      if (method === 'saveCheckpoint' && failure) throw failure.error;
      return apply();
    })();
    if (overlapping.has(method)) return answer;
    answered = answer;
    tail = answer.then(commit);
    tail.catch(() => {}); // the caller has it from `answer`
    waiting++;
    try {
      return await answer;
    } catch (error) {
      failure ??= { error };
      throw error;
    } finally {
      waiting--;
      if (waiting === 0) failure = undefined;
    }
  }

  const handle: CallHandler = async (method, args, body) => {
    const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
    if (!call) throw new SynclineError('unknown_call', `This function cannot call nango.${method}.`, { status: 400 });
    state.lastCallAt = Number.POSITIVE_INFINITY; // waiting for us is not hanging
    const result = await inOrder(method, args, () => call(args, body))
      .catch(endsAttempt)
      .finally(() => {
        state.lastCallAt = Date.now();
      });
    if (state.stopped && method !== 'log') throw new StopRun();
    return result;
  };
  return { handle, state };
}

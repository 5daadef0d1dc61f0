// Applies a guest's calls in the order it issued them. Requests may overlap each other; a write waits for every write before it.
import type { KeyObject } from 'node:crypto';
import { fromUnknown, SynclineError } from '../../errors.ts';
import { checkpointCalls } from './checkpoint-calls.ts';
import { connectionCalls } from './connection-calls.ts';
import { type CallHandler, StopRun } from './guest-process.ts';
import { httpCalls } from './http-calls.ts';
import { logCalls } from './log-calls.ts';
import { recordCalls } from './record-calls.ts';
import type { RunContext } from './run-context.ts';

/** Of these, order among each other does not matter to what is stored. */
const overlapping = new Set(['http', 'log']);

export interface CallState {
  /** Set when the run has to stop: no call is answered any more. */
  stopped: boolean;
  /** The script cleared its checkpoint; committed when the attempt ends. */
  clear: { wanted: boolean };
  /** When the script last asked for something or was answered; epoch ms. */
  lastCallAt: number;
  /** Resolves when every write that had begun is done. */
  idle(): Promise<unknown>;
  /** Rejects when the database is away: the attempt is over and the next one asks again. */
  readonly away: Promise<never>;
}

export function handleCalls(context: RunContext, cursorKey: KeyObject): { handle: CallHandler; state: CallState } {
  const clear = { wanted: false };
  const calls = {
    ...httpCalls(context),
    ...logCalls(context),
    ...connectionCalls(context),
    ...checkpointCalls(context, clear),
    ...recordCalls(context, cursorKey),
  };
  let tail: Promise<unknown> = Promise.resolve();
  const { promise: away, reject: endAttempt } = Promise.withResolvers<never>();
  away.catch(() => {}); // an attempt may have ended by then
  const state: CallState = { stopped: false, clear, lastCallAt: Date.now(), idle: () => tail.catch(() => {}), away };

  /** Our outage is not for a sync's script to handle: it could go on without the page, and call that a success. */
  function outage(cause: unknown): never {
    const error = fromUnknown(cause);
    if (context.kind !== 'sync' || error.code !== 'unavailable') throw cause;
    state.stopped = true;
    endAttempt(error);
    throw new StopRun();
  }

  const handle: CallHandler = async (method, args, body) => {
    const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
    if (!call) throw new SynclineError('unknown_call', `This function cannot call nango.${method}.`, { status: 400 });
    state.lastCallAt = Number.POSITIVE_INFINITY; // waiting for us is not hanging
    const answer = tail
      .catch(() => {})
      .then(() => {
        if (state.stopped) throw new StopRun();
        return call(args, body);
      });
    if (!overlapping.has(method)) tail = answer;
    const result = await answer.catch(outage).finally(() => {
      state.lastCallAt = Date.now();
    });
    if (state.stopped) throw new StopRun();
    return result;
  };
  return { handle, state };
}

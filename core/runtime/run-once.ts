// An execution that is no run of a sync: a guest of its own, a time limit, and nothing left behind, however it ends.
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { abortGuest } from './host/abort-guest.ts';
import { commitClear } from './host/checkpoint-calls.ts';
import { cleanFailure } from './host/clean-failure.ts';
import type { GuestPool } from './host/guest-pool.ts';
import { type CallHandler, type Guest, ScriptFailure } from './host/guest-process.ts';
import { handleCalls } from './host/handle-calls.ts';
import { locateTimeout } from './host/locate-timeout.ts';
import { releaseHeld } from './host/lock-calls.ts';
import type { RunContext } from './host/run-context.ts';
import type { Start } from './protocol.ts';
import { scriptAborted } from './script-errors.ts';

export interface Once {
  context: RunContext;
  /** Aborted at the end: nothing that the script left on its way outlives it. */
  stop: AbortController;
  guest: Guest;
  js: string;
  start: Omit<Start, 't'>;
  limitMs: number;
  /** Ends it early. */
  outer?: AbortSignal | undefined;
  /** Requests that are on their way when it is ended early get so long for their answer, which the journal then knows. */
  drainMs?: number;
}

/** @returns the output as JSON text, `null` for none. @throws ScriptFailure, and what the host could not do */
export async function runOnce(
  { guests, database }: { guests: GuestPool; database: Database },
  { context, stop, guest, js, start, limitMs, outer, drainMs = 0 }: Once,
): Promise<string> {
  const { handle, state } = handleCalls(context, database.keys.purpose('cursor'));
  const calls = watchCalls(handle);
  const limit = watchLimit(limitMs, outer);
  let clean = false;
  let running: Promise<unknown> = Promise.resolve();
  try {
    const run = guest.run(start, js, calls.handle);
    running = run;
    const { output = 'null' } = await Promise.race([run, limit.reached, state.away]);
    clean = true;
    if (state.clear.wanted) await commitClear(context);
    return output;
  } catch (error) {
    const type = error instanceof ScriptFailure ? error.failure.type : undefined;
    clean = type !== undefined && !guest.dead && !cutShort.has(type);
    if (state.clear.wanted && clean) await commitClear(context).catch(() => {}); // the script's own failure says more
    if (type === 'script_aborted') {
      state.stopped = true; // no call that comes now is begun
      if (drainMs > 0) await Promise.race([calls.settled(), delay(drainMs, undefined, { ref: false })]);
      await abortGuest(guest, running);
    }
    throw cleanFailure(await locateTimeout(guest, error), context.secrets);
  } finally {
    limit.clear();
    state.stopped = true;
    stop.abort();
    guests.release(guest, { reuse: clean });
    await releaseHeld(context, state.locks);
  }
}

/** The script was not at its end: its process may still be at work. */
const cutShort = new Set(['execution_timeout', 'script_aborted']);

function watchLimit(limitMs: number, outer: AbortSignal | undefined) {
  const { promise: reached, reject } = Promise.withResolvers<never>();
  reached.catch(() => {}); // it may have ended by then
  const onAbort = () => reject(scriptAborted());
  const timer = setTimeout(() => {
    const message = `The function ran longer than ${limitMs / 1000} seconds.`;
    reject(new ScriptFailure({ type: 'execution_timeout', message, payload: {} }));
  }, limitMs);
  outer?.addEventListener('abort', onAbort, { once: true });
  if (outer?.aborted) onAbort();
  return {
    reached,
    clear() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

function watchCalls(handle: CallHandler) {
  const open = new Set<Promise<unknown>>();
  const watched: CallHandler = (method, args, body) => {
    const answer = handle(method, args, body);
    open.add(answer);
    const forget = () => void open.delete(answer);
    answer.then(forget, forget);
    return answer;
  };
  return { handle: watched, settled: () => Promise.allSettled([...open]) };
}

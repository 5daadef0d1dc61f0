// What ends a slice from outside the script: its time, a signal, a provider's wait, or a script that hangs.
import { ScriptFailure } from './guest-process.ts';
import type { CallState } from './handle-calls.ts';

export interface SliceResult {
  done: boolean;
  /** A durable wait before the next slice, ms. */
  sleepMs?: number;
}

/** About 15 minutes: long enough to be cheap, short enough that a deploy or drain never waits long. */
const sliceMs = 15 * 60_000;
/** The script hangs: nothing was asked of the host for too long. */
export function watchStall(state: CallState, stallMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    timer = setInterval(
      () => {
        if (Date.now() - state.lastCallAt < stallMs) return;
        const message = `The function did nothing for ${Math.round(stallMs / 1000)} seconds and was ended.`;
        reject(new ScriptFailure({ type: 'execution_timeout', message, payload: {} }));
      },
      Math.min(5_000, stallMs / 2),
    );
  });
  failed.catch(() => {});
  return { failed, clear: () => clearInterval(timer) };
}

/** Ends a slice from outside the script: by time, by signal, by a provider's wait. */
export function stopper(state: CallState, signal: AbortSignal) {
  let settle: (result: SliceResult) => void = () => {};
  const stopped = new Promise<SliceResult>((resolve) => {
    settle = resolve;
  });
  const now = (result: SliceResult) => {
    state.stopped = true;
    settle(result);
  };
  const timer = setTimeout(() => now({ done: false }), sliceMs);
  const onAbort = () => now({ done: false });
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    stopped,
    now,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

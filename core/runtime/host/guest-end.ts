// How a guest's process ended, as a failure of the run that was in it.
import { constants } from 'node:os';
import { SynclineError } from '../../errors.ts';
import type { Failed } from '../protocol.ts';
import type { MemoryLimits } from './fences.ts';

/** What the script's failure was, as the wire names it. Thrown by `Guest.run`. */
export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure';
  readonly failure: Failed['error'];

  constructor(failure: Failed['error']) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Thrown by a handler to leave a call unanswered for ever: a slice ends between two calls, and the script never knows. */
export class StopRun extends Error {}

export interface GuestEnd {
  code: number | null;
  signal: string | null;
  /** Of stderr, where V8 says why it gives up. */
  lastWords: string;
  /** Ours, when the host ended it for what it did. */
  why?: string | undefined;
}

/** V8's and libstdc++'s words for a heap at its limit and for memory that the kernel refused. */
const outOfMemory = /out of memory|allocation failed|bad_alloc/i;

export function failureOf({ code, signal, lastWords, why }: GuestEnd, { heapMb }: MemoryLimits): ScriptFailure {
  if (outOfMemory.test(lastWords)) {
    const message = `The function used more memory than it may have: ${heapMb} MB for its objects.`;
    return new ScriptFailure({ type: 'function_runtime_out_of_memory', message, payload: {} });
  }
  return new ScriptFailure({
    type: 'function_runtime_other',
    message: `The function's process ended (${reasonOf({ code, signal, why })}).`,
    payload: {},
  });
}

function reasonOf({ code, signal, why }: Omit<GuestEnd, 'lastWords'>): string {
  // The shell between us tells of a signal as 128 and its number.
  const told = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];
  return why ?? signal ?? told ?? `exit ${code}`;
}

/** No script was in it: ours to look after. */
export const notStarted = ({ lastWords, ...end }: GuestEnd) =>
  new SynclineError('guest_crashed', `A guest process ended while starting (${reasonOf(end)}). ${lastWords}`.trim(), {
    status: 500,
    retryable: true,
  });

export const computedTooLong = (limitMs: number, places: string[]) =>
  endedAt(places, {
    type: 'function_runtime_timed_out',
    message: `The function computed for ${limitMs / 1000} seconds without asking anything of its host, and was ended.`,
  });

/** @param places where it was when it was ended, as `Guest.locate` tells */
export function endedAt(places: string[], { type, message }: { type: string; message: string }): ScriptFailure {
  if (places.length === 0) return new ScriptFailure({ type, message, payload: {} });
  const frames = places.map((line) => line.trim());
  return new ScriptFailure({ type, message, payload: { stacktrace: [message, ...places] }, frames });
}

export const outputTooLarge = (size: number, max: number) =>
  new ScriptFailure({
    type: 'script_output_too_large',
    message: `The output has ${size} bytes.`,
    payload: { size, max },
  });

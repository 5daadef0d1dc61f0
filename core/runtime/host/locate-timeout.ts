// A script that ran into a limit of its host's is ended, and its failure says where it was.
import { endedAt, ScriptFailure } from './guest-end.ts';
import type { Guest } from './guest-process.ts';

/** @returns the error as it came, unless it is such a limit */
export async function locateTimeout(guest: Guest, error: unknown): Promise<unknown> {
  const isTimeout = error instanceof ScriptFailure && error.failure.type === 'execution_timeout';
  return isTimeout ? endedAt(await guest.locate(), error.failure) : error;
}

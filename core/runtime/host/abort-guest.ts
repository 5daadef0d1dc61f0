// A stopped run's script may notice by `nango.abortSignal`, and say a last word in its log, before its process ends.
import { setTimeout as delay } from 'node:timers/promises';
import type { Guest } from './guest-process.ts';

/** Short: whoever stopped the run waits for it. */
const graceMs = 500;

/** @param running the guest's run; how it ends does not matter any more */
export async function abortGuest(guest: Guest, running: Promise<unknown>): Promise<void> {
  guest.abort();
  await Promise.race([running.catch(() => {}), delay(graceMs)]);
}

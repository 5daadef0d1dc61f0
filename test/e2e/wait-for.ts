// Waits for a condition with a deadline: tests sleep for nothing else.
import { setTimeout as sleep } from 'node:timers/promises';

/** @returns the first truthy value; throws with what was read last */
export async function waitFor<T>(
  what: string,
  read: () => T | Promise<T>,
  { deadlineMs = 60_000, everyMs = 100 }: { deadlineMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const until = Date.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await read();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) throw new Error(`Waited ${deadlineMs} ms in vain: ${what}. Last: ${show(last)}`);
    await sleep(everyMs);
  }
}

const show = (value: unknown) => (value instanceof Error ? value.message : JSON.stringify(value));

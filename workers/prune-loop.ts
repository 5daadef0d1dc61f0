// Removes what was kept for a time: results of asynchronous actions, answers of idempotent requests.
import { pruneActions } from '../core/actions/sweep.ts';
import type { Database } from '../core/db/database.ts';
import { pruneRequests } from '../core/requests/prune-requests.ts';

/** Any number of workers may do this at once. */
const periodMs = 10 * 60_000;

export function pruneLoop({ platform }: Pick<Database, 'platform'>): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const schedule = (delayMs: number) => {
    timer = setTimeout(async () => {
      await Promise.allSettled([pruneActions(platform), pruneRequests(platform)]); // the next turn tries again
      if (!stopped) schedule(periodMs * (0.8 + Math.random() * 0.4));
    }, delayMs);
    timer.unref();
  };
  schedule(60_000);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

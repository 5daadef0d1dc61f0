// Removes what was kept for a time: results of asynchronous actions, answers of idempotent requests, connect sessions.
import { pruneActions } from '../core/actions/sweep.ts';
import { pruneSessions } from '../core/connections/sessions/prune-sessions.ts';
import type { Database } from '../core/db/database.ts';
import { pruneRequests } from '../core/requests/prune-requests.ts';

/** Any number of workers may do this at once. */
const periodMs = 10 * 60_000;

export function pruneLoop({ platform }: Pick<Database, 'platform'>): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const schedule = (delayMs: number) => {
    timer = setTimeout(async () => {
      const all = [pruneActions(platform), pruneRequests(platform), pruneSessions(platform)];
      await Promise.allSettled(all); // the next turn tries again
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

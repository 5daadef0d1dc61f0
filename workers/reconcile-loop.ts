// Makes Temporal follow Postgres: pokes what a crash or an outage left unread, and everything when Temporal was wiped.
import type { Client } from '@temporalio/client';
import type { Database } from '../core/db/database.ts';
import type { Poke } from '../core/syncs/poke.ts';
import { findSyncsToPoke, namespaceChanged, pokeEverything } from '../core/syncs/reconcile.ts';
import { namespaceId } from '../core/temporal/client.ts';

/** Workers take turns by the rows they claim, so each of them may run this. */
const periodMs = 15_000;
/** A poke that young may still be on its way. */
const settleMs = 5_000;
/** Gentle: a server that comes back takes about 20 new syncs a second. */
const batch = 200;

export function reconcileLoop({ database, client, poke }: { database: Database; client: Client; poke: Poke }): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout;

  async function turn(): Promise<void> {
    if (await namespaceChanged(database.platform, await namespaceId(client))) await pokeEverything(database.platform);
    for (;;) {
      const due = await findSyncsToPoke(database.platform, { olderThanMs: settleMs, limit: batch });
      for (const { environmentId, syncId, stop } of due) {
        if (stopped) return;
        await poke.sync(environmentId, syncId, { ...(stop && { stopRun: true }) });
      }
      if (due.length < batch) return;
    }
  }

  const schedule = (delayMs: number) => {
    timer = setTimeout(async () => {
      await turn().catch(() => {}); // Postgres or Temporal is away: the next turn tries again
      if (!stopped) schedule(periodMs * (0.8 + Math.random() * 0.4));
    }, delayMs);
    timer.unref();
  };
  schedule(1_000);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

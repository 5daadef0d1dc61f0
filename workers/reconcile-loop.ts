// Makes Temporal follow Postgres: pokes what a crash or an outage left unread, and everything when Temporal was wiped.
import type { Client } from '@temporalio/client';
import { findActionsToStart, listOpenActions, type OpenAction } from '../core/actions/sweep.ts';
import { settleConnections } from '../core/connections/settle-connections.ts';
import type { Database } from '../core/db/database.ts';
import type { Poke } from '../core/syncs/poke.ts';
import {
  findConnectionsToPurge,
  findSyncsToPoke,
  listSyncsToPoke,
  namespaceChanged,
  rememberNamespace,
  type SyncToPoke,
} from '../core/syncs/reconcile.ts';
import { namespaceId } from '../core/temporal/client.ts';
import { ensureSchedules } from '../core/temporal/ensure-schedules.ts';
import * as names from '../workflows/names.ts';

/** Workers take turns by the rows they claim, so each of them may run this. */
const periodMs = 15_000;
/** A slot that passed so long ago without a run was missed. */
const overdueMs = 60_000;
/** Gentle: a server that comes back takes about 20 new syncs a second. */
const batch = 200;

export function reconcileLoop({ database, client, poke }: { database: Database; client: Client; poke: Poke }): {
  stop(): void;
} {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let scheduledIn: string | undefined;

  async function pokeAll(syncs: SyncToPoke[]): Promise<void> {
    for (const { environmentId, syncId, stop } of syncs) {
      if (stopped) return;
      await poke.sync(environmentId, syncId, { ...(stop && { stopRun: true }) });
    }
  }

  async function startAll(actions: OpenAction[]): Promise<void> {
    for (const { environmentId, actionId } of actions) {
      if (stopped) return;
      await poke.action(environmentId, actionId);
    }
  }

  async function startOpenActions(): Promise<void> {
    for (let after: string | undefined; !stopped; ) {
      const page = await listOpenActions(database.platform, { limit: batch, ...(after !== undefined && { after }) });
      await startAll(page);
      after = page.at(-1)?.actionId;
      if (after === undefined) return;
    }
  }

  /** Temporal was wiped or replaced: every workflow is made again, gently, in order; whoever waits for an answer first. */
  async function rebuild(namespace: string): Promise<void> {
    await startOpenActions();
    for (let after: string | undefined; ; ) {
      const page = await listSyncsToPoke(database.platform, { limit: batch, ...(after !== undefined && { after }) });
      await pokeAll(page);
      after = page.at(-1)?.syncId;
      if (stopped) return;
      if (after === undefined) return rememberNamespace(database.platform, namespace);
    }
  }

  async function turn(): Promise<void> {
    const namespace = await namespaceId(client);
    if (scheduledIn !== namespace) await ensureSchedules(client, names);
    scheduledIn = namespace;
    if (await namespaceChanged(database.platform, namespace)) await rebuild(namespace);
    for (;;) {
      const due = await findActionsToStart(database.platform, { limit: batch });
      await startAll(due);
      if (due.length < batch || stopped) break;
    }
    for (;;) {
      const due = await findSyncsToPoke(database.platform, { olderThanMs: overdueMs, limit: batch });
      await pokeAll(due);
      if (due.length < batch || stopped) break;
    }
    await settleConnections({ database, poke });
    for (const { environmentId, connectionId } of await findConnectionsToPurge(database.platform)) {
      if (stopped) return;
      await poke.connection(environmentId, connectionId, 'deleted');
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

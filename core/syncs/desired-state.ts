// A sync's row as far as its workflow cares. Reading it marks the revision as seen, which is how the reconciler knows that
// no poke was lost.
import { eq, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections, credentials } from '../db/schema/connections.ts';
import { functions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import { syncs } from '../db/schema/syncs.ts';
import type { DesiredState } from './contract.ts';

/** What people see in Temporal's UI; encrypted there, so names may stand in it. */
export interface SyncTitle {
  provider: string;
  integration: string;
  connection: string;
  sync: string;
  variant: string;
}

export async function readDesiredState(tx: Transaction, syncId: string): Promise<DesiredState | undefined> {
  const [row] = await tx
    .select({ sync: syncs, refreshAt: credentials.refreshAt, enabled: functions.enabled })
    .from(syncs)
    .leftJoin(functions, eq(functions.id, syncs.functionId))
    .leftJoin(credentials, eq(credentials.connectionId, syncs.connectionId))
    .where(eq(syncs.id, syncId));
  if (!row) return undefined;
  const { sync, refreshAt } = row;
  // A disabled function ends the run it has and begins no other.
  const idle = row.enabled === false && sync.openRunId === null;
  return {
    desired: idle && sync.desired === 'active' ? 'paused' : sync.desired,
    environmentId: sync.environmentId,
    connectionId: sync.connectionId,
    // A run to be cancelled while it is parked needs a slice to end it, which is refused at once.
    requested: idle
      ? null
      : (sync.requested ?? (sync.openRunId !== null && sync.cancelRunId === sync.openRunId ? 'user' : null)),
    runNo: sync.runNo,
    nextRunAt: sync.openRunId ? 0 : sync.periodMs === null && sync.lastRunId !== null ? null : sync.nextRunAt.getTime(),
    refreshAt: refreshAt?.getTime() ?? null,
  };
}

/** A row that is gone reads as deleted: its workflow has nothing left to do. */
export async function readSync(environment: EnvironmentDb, syncId: string): Promise<DesiredState> {
  return environment.transaction(async (tx) => {
    // Before the look: the row's lock keeps a command in between from counting as seen.
    await tx
      .update(syncs)
      .set({ seenRevision: sql`${syncs.revision}` })
      .where(eq(syncs.id, syncId));
    const state = await readDesiredState(tx, syncId);
    if (state) return state;
    const { environmentId } = environment;
    return {
      desired: 'deleted',
      environmentId,
      connectionId: '',
      requested: null,
      runNo: 0,
      nextRunAt: null,
      refreshAt: null,
    };
  });
}

export async function readSyncTitle(tx: Transaction, syncId: string): Promise<SyncTitle | undefined> {
  const [row] = await tx
    .select({
      provider: integrations.provider,
      integration: integrations.uniqueKey,
      connection: connections.connectionId,
      sync: syncs.name,
      variant: syncs.variant,
    })
    .from(syncs)
    .innerJoin(connections, eq(connections.id, syncs.connectionId))
    .innerJoin(integrations, eq(integrations.id, connections.integrationId))
    .where(eq(syncs.id, syncId));
  return row;
}

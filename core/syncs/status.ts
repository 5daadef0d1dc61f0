// What a sync looks like from outside: its state, its last result, what it holds.
import { and, eq, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { functions, functionVersions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import { streams } from '../db/schema/records.ts';
import { type Checkpoint, deleteWindows, runCounts, runs, syncs } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';
import { echoFrequency } from './commands.ts';
import type { SyncRef } from './find-syncs.ts';
import { nextSlot } from './slots.ts';

export const syncStates = ['RUNNING', 'PAUSED', 'STOPPED', 'SUCCESS', 'ERROR'] as const;
export type SyncState = (typeof syncStates)[number];

export interface SyncStatus {
  id: string;
  connection_id: string;
  name: string;
  variant: string;
  type: 'INITIAL' | 'INCREMENTAL';
  status: SyncState;
  frequency: string;
  nextScheduledSyncAt: string | null;
  recordCount: Record<string, number>;
  checkpoint: Checkpoint | null;
  /** Deletes that wait for confirmation, by model. */
  pendingDeletes?: Record<string, number>;
  finishedAt?: string;
  latestResult?: Record<string, { added: number; updated: number; deleted: number }>;
  latestExecutionStatus?: 'RUNNING' | 'SUCCESS' | 'STOPPED';
}

const openRun = alias(runs, 'open_run');
const lastRun = alias(runs, 'last_run');

/** A run parked by a pause does not run; one that was asked for does, even before a worker has it. */
const running = sql`(${syncs.requested} IS NOT NULL OR (${openRun.id} IS NOT NULL AND NOT (${openRun.state} = 'queued' AND ${syncs.desired} = 'paused')))`;

/** In SQL, because `GET /syncs` filters by it. A disabled function is not scheduled: paused. */
export const stateOfSync: SQL<SyncState> = sql<SyncState>`CASE
  WHEN ${syncs.desired} = 'deleted' THEN 'STOPPED'
  WHEN NOT ${functions.enabled} AND ${openRun.id} IS NULL THEN 'PAUSED'
  WHEN ${running} THEN 'RUNNING'
  WHEN ${syncs.desired} = 'paused' THEN 'PAUSED'
  WHEN ${lastRun.state} = 'failed' THEN 'ERROR'
  ELSE 'SUCCESS' END`;

/** Live syncs with what their status is made of. */
export const selectSyncs = (tx: Transaction, condition: SQL | undefined) =>
  tx
    .select({
      sync: syncs,
      state: stateOfSync,
      enabled: functions.enabled,
      connectionId: connections.connectionId,
      integration: integrations.uniqueKey,
      definition: functionVersions.definition,
      openRun,
      lastRun,
    })
    .from(syncs)
    .innerJoin(connections, eq(connections.id, syncs.connectionId))
    .innerJoin(integrations, eq(integrations.id, connections.integrationId))
    .innerJoin(functions, eq(functions.id, syncs.functionId))
    .innerJoin(functionVersions, eq(functionVersions.id, functions.currentVersionId))
    .leftJoin(openRun, eq(openRun.id, syncs.openRunId))
    .leftJoin(lastRun, eq(lastRun.id, syncs.lastRunId))
    .where(and(isNull(syncs.deletedAt), isNull(connections.deletedAt), isNull(integrations.deletedAt), condition))
    .orderBy(syncs.id)
    .$dynamic();

export type SyncRow = Awaited<ReturnType<typeof selectSyncs>>[number];

/** Three queries for a page of syncs, however long it is. */
export async function renderStatuses(tx: Transaction, rows: SyncRow[]): Promise<SyncStatus[]> {
  if (rows.length === 0) return [];
  const runIds = rows.flatMap((row) => latestRun(row)?.id ?? []);
  const syncIds = rows.map(({ sync }) => sync.id);
  const owners = [...new Set(rows.map(({ sync }) => sync.connectionId))];
  const [counts, held, live] = [
    runIds.length === 0 ? [] : await tx.select().from(runCounts).where(inArray(runCounts.runId, runIds)),
    await tx
      .select({ syncId: deleteWindows.syncId, model: streams.model, count: deleteWindows.heldCount })
      .from(deleteWindows)
      .innerJoin(streams, eq(streams.id, deleteWindows.streamId))
      .where(and(inArray(deleteWindows.syncId, syncIds), isNotNull(deleteWindows.heldCount))),
    await tx.select().from(streams).where(inArray(streams.connectionId, owners)),
  ];
  const countsByRun = Map.groupBy(counts, ({ runId }) => runId);
  const heldBySync = Map.groupBy(held, ({ syncId }) => syncId);
  const streamKey = (owner: string, variant: string, model: string) => `${owner}/${variant}/${model}`;
  const liveCounts = new Map(live.map((row) => [streamKey(row.connectionId, row.variant, row.model), row.liveCount]));
  return rows.map((row) => {
    const { sync, definition } = row;
    const latest = latestRun(row);
    const waiting = (heldBySync.get(sync.id) ?? []).map(({ model, count }) => [model, count ?? 0] as const);
    const liveCount = (model: string) => liveCounts.get(streamKey(sync.connectionId, sync.variant, model)) ?? 0;
    const firstRun = latest === null || latest.number === 1;
    return {
      id: sync.id,
      connection_id: row.connectionId,
      name: sync.name,
      variant: sync.variant,
      type: definition.syncType !== 'incremental' || firstRun ? 'INITIAL' : 'INCREMENTAL',
      status: row.state,
      frequency: echoFrequency(sync.frequency, definition.runs ?? ''),
      nextScheduledSyncAt: nextScheduledAt(row),
      recordCount: Object.fromEntries(definition.models.map((model) => [model, liveCount(model)])),
      checkpoint: sync.checkpoint,
      ...(waiting.length > 0 && { pendingDeletes: Object.fromEntries(waiting) }),
      ...(row.lastRun?.finishedAt && { finishedAt: row.lastRun.finishedAt.toISOString() }),
      ...(latest && {
        latestResult: resultOf(definition.models, countsByRun.get(latest.id) ?? []),
        latestExecutionStatus: executionOf(latest, row.openRun !== null && row.state === 'RUNNING'),
      }),
    };
  });
}

const latestRun = ({ openRun: open, lastRun: last }: SyncRow) => open ?? last;

function executionOf({ state }: typeof runs.$inferSelect, active: boolean): 'RUNNING' | 'SUCCESS' | 'STOPPED' {
  if (active) return 'RUNNING';
  return state === 'succeeded' || state === 'needs_confirmation' ? 'SUCCESS' : 'STOPPED';
}

function resultOf(models: string[], counts: (typeof runCounts.$inferSelect)[]) {
  const none = { added: 0, updated: 0, deleted: 0 };
  return Object.fromEntries([
    ...models.map((model) => [model, none] as const),
    ...counts.map(({ model, added, updated, deleted }) => [model, { added, updated, deleted }] as const),
  ]);
}

/** The slot after this run while one is open; null while paused, and for a sync that runs only when asked. */
function nextScheduledAt({ sync, enabled, openRun: open, lastRun: last }: SyncRow): string | null {
  if (sync.desired !== 'active' || !enabled) return null;
  if (sync.periodMs === null) return open === null && last === null ? sync.nextRunAt.toISOString() : null;
  const passed = sync.nextRunAt.getTime() <= Date.now();
  return (open && passed ? nextSlot(sync.id, sync.periodMs, Date.now()) : sync.nextRunAt).toISOString();
}

export interface StatusQuery {
  providerConfigKey: string;
  /** The caller's text; absent = every connection. */
  connectionId?: string;
  syncs: SyncRef[] | '*';
}

/**
 * Unknown syncs and integrations give an empty list.
 * @throws SynclineError invalid_body for an unknown connection of a known integration
 */
export async function syncStatus(environment: EnvironmentDb, query: StatusQuery): Promise<SyncStatus[]> {
  const { providerConfigKey, connectionId, syncs: refs } = query;
  return environment.transaction(async (tx) => {
    const [integration] = await tx
      .select({ id: integrations.id })
      .from(integrations)
      .where(and(eq(integrations.uniqueKey, providerConfigKey), isNull(integrations.deletedAt)));
    if (!integration) return [];
    const conditions: (SQL | undefined)[] = [eq(connections.integrationId, integration.id)];
    if (connectionId !== undefined) {
      const [owner] = await tx
        .select({ id: connections.id })
        .from(connections)
        .where(
          and(
            eq(connections.integrationId, integration.id),
            eq(connections.connectionId, connectionId),
            isNull(connections.deletedAt),
          ),
        );
      if (!owner) {
        throw new SynclineError(
          'invalid_body',
          `Integration '${providerConfigKey}' has no connection '${connectionId}'.`,
          {
            status: 400,
            hint: 'List them with GET /connections.',
          },
        );
      }
      conditions.push(eq(syncs.connectionId, owner.id));
    }
    if (refs !== '*') {
      if (refs.length === 0) return [];
      conditions.push(or(...refs.map(({ name, variant }) => and(eq(syncs.name, name), eq(syncs.variant, variant)))));
    }
    const rows = await selectSyncs(tx, and(...conditions));
    const statuses: SyncStatus[] = [];
    for (let from = 0; from < rows.length; from += 1_000) {
      statuses.push(...(await renderStatuses(tx, rows.slice(from, from + 1_000))));
    }
    return statuses;
  });
}

// Runs: list those of a sync, look at one, stop one.
import { and, desc, eq, gte, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import {
  type Checkpoint,
  type RunError,
  type RunMode,
  type RunState,
  type RunTrigger,
  runCounts,
  runs,
  syncs,
} from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';
import { cutPage, decodeListCursor } from './list-cursor.ts';

export interface Run {
  id: string;
  sync_id: string;
  connection_id: string;
  provider_config_key: string;
  name: string;
  variant: string;
  number: number;
  state: RunState;
  trigger: RunTrigger;
  mode: RunMode;
  attempts: number;
  started_at: string;
  finished_at: string | null;
  requests: number;
  pages: number;
  results: Record<string, { added: number; updated: number; deleted: number; unchanged: number; quarantined: number }>;
  checkpoint: { from: Checkpoint | null; to: Checkpoint | null } | null;
  pending_deletes: Record<string, number> | null;
  error: RunError | null;
  log_id: string;
}

const notFound = (what: string) =>
  new SynclineError('not_found', `There is no such ${what} in this environment.`, { status: 404 });

const selectRuns = (tx: Transaction, condition: SQL | undefined) =>
  tx
    .select({
      run: runs,
      name: syncs.name,
      variant: syncs.variant,
      connectionId: connections.connectionId,
      integration: integrations.uniqueKey,
    })
    .from(runs)
    .innerJoin(syncs, eq(syncs.id, runs.syncId))
    .innerJoin(connections, eq(connections.id, syncs.connectionId))
    .innerJoin(integrations, eq(integrations.id, connections.integrationId))
    .where(condition)
    .orderBy(desc(runs.number))
    .$dynamic();

type Row = Awaited<ReturnType<typeof selectRuns>>[number];

function render(
  { run, name, variant, connectionId, integration }: Row,
  counts: (typeof runCounts.$inferSelect)[],
): Run {
  const own = counts.filter(({ runId }) => runId === run.id);
  const { checkpointFrom: from, checkpointTo: to } = run;
  return {
    id: run.id,
    sync_id: run.syncId,
    connection_id: connectionId,
    provider_config_key: integration,
    name,
    variant,
    number: run.number,
    state: run.state,
    trigger: run.trigger,
    mode: run.mode,
    attempts: run.attempts,
    started_at: run.startedAt.toISOString(),
    finished_at: run.finishedAt?.toISOString() ?? null,
    requests: run.requests,
    pages: own.reduce((total, { pages }) => total + pages, 0),
    results: Object.fromEntries(
      own.map(({ model, added, updated, deleted, unchanged, quarantined }) => [
        model,
        { added, updated, deleted, unchanged, quarantined },
      ]),
    ),
    checkpoint: from === null && to === null ? null : { from, to },
    pending_deletes: run.pendingDeletes,
    error: run.error,
    log_id: run.operationId,
  };
}

const countsOf = async (tx: Transaction, rows: Row[]) =>
  rows.length === 0
    ? []
    : tx
        .select()
        .from(runCounts)
        .where(
          inArray(
            runCounts.runId,
            rows.map(({ run }) => run.id),
          ),
        );

export interface RunFilter {
  syncId: string;
  states?: RunState[];
  from?: Date;
  to?: Date;
  cursor?: string;
  /** 1 to 100 */
  limit?: number;
}

/** Newest first. @throws SynclineError not_found, invalid_cursor */
export async function listRuns(
  environment: EnvironmentDb,
  { syncId, states, from, to, cursor, limit = 25 }: RunFilter,
): Promise<{ data: Run[]; next_cursor: string | null }> {
  const before = cursor === undefined ? undefined : Number(decodeListCursor(cursor, /^[0-9]{1,9}$/));
  return environment.transaction(async (tx) => {
    const [sync] = await tx
      .select({ id: syncs.id })
      .from(syncs)
      .where(and(eq(syncs.id, syncId), isNull(syncs.deletedAt)));
    if (!sync) throw notFound('sync');
    const conditions = and(
      eq(runs.syncId, syncId),
      before === undefined ? undefined : lt(runs.number, before),
      states === undefined ? undefined : inArray(runs.state, states),
      from === undefined ? undefined : gte(runs.startedAt, from),
      to === undefined ? undefined : lte(runs.startedAt, to),
    );
    const rows = await selectRuns(tx, conditions).limit(limit + 1);
    const counts = await countsOf(tx, rows);
    const { data, nextCursor } = cutPage(
      rows,
      limit,
      ({ run }) => String(run.number),
      (row) => render(row, counts),
    );
    return { data, next_cursor: nextCursor };
  });
}

/** @throws SynclineError not_found */
export async function readRun(environment: EnvironmentDb, runId: string): Promise<Run> {
  return environment.transaction(async (tx) => {
    const rows = await selectRuns(tx, eq(runs.id, runId));
    if (!rows[0]) throw notFound('run');
    return render(rows[0], await countsOf(tx, rows));
  });
}

/**
 * Cooperative: the page in hand is committed, then the run ends as cancelled. Also ends a run that a pause has parked.
 * @returns syncs to poke with `stopRun` after the commit
 * @throws SynclineError not_found, run_finished
 */
export async function cancelRun(environment: EnvironmentDb, runId: string): Promise<{ poke: string[] }> {
  return environment.transaction(async (tx) => {
    const [run] = await tx.select({ syncId: runs.syncId, number: runs.number }).from(runs).where(eq(runs.id, runId));
    if (!run) throw notFound('run');
    const marked = await tx
      .update(syncs)
      .set({ cancelRunId: runId, revision: sql`${syncs.revision} + 1` })
      .where(and(eq(syncs.id, run.syncId), eq(syncs.openRunId, runId)))
      .returning({ id: syncs.id });
    if (marked.length === 0) throw new SynclineError('run_finished', `Run ${run.number} is over.`, { status: 409 });
    return { poke: [run.syncId] };
  });
}

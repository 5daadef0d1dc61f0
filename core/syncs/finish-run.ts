// The end of a run: deletes, result, next slot, events and the end of its journal, so that a killed finish can be repeated.
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { events } from '../db/schema/events.ts';
import { functionVersions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import { mergingMarks } from '../db/schema/merging-marks.ts';
import { journal, type RunError, type RunState, runCounts, runs, syncs } from '../db/schema/syncs.ts';
import { releaseLocksOf } from '../locks/locks.ts';
import { commitDeletes, type DeleteOutcome } from './commit-deletes.ts';
import type { DesiredState, RunSummary } from './contract.ts';
import { reopenWindows } from './delete-windows.ts';
import { readDesiredState } from './desired-state.ts';
import { nextSlot } from './slots.ts';

export interface RunOutcome {
  ok: boolean;
  /** Told to stop: pause, reset, cancel or delete; the row says which. */
  stopped?: boolean;
  error?: RunError;
  /** The provider's reset time; the next slot is not before it. Epoch ms. */
  notBefore?: number;
}

export interface RunReport extends RunSummary {
  /** For the log; absent when the run had already ended. */
  ended?: { operationId: string; state: RunState; error?: RunError; notes: string[] };
}

const hourMs = 3_600_000;

type Run = typeof runs.$inferSelect;
type Sync = typeof syncs.$inferSelect;

const gone = (environmentId: string): DesiredState => ({
  desired: 'deleted',
  environmentId,
  connectionId: '',
  requested: null,
  runNo: 0,
  nextRunAt: null,
  refreshAt: null,
}); // prettier-ignore

export async function finishRun(
  environment: EnvironmentDb,
  {
    syncId,
    runNo,
    outcome: reported,
    beat = () => {},
  }: { syncId: string; runNo: number; outcome: RunOutcome; beat?: () => void },
): Promise<RunReport> {
  // A reset takes the fence before its stop arrives: what the run then reports is that stop, not a failure.
  const outcome: RunOutcome = reported.error?.type === 'run_superseded' ? { ok: false, stopped: true } : reported;
  const { sync, run } = await environment.transaction(async (tx) => {
    const [row] = await tx.select().from(syncs).where(eq(syncs.id, syncId));
    const [found] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.syncId, syncId), eq(runs.number, runNo)));
    return { sync: row, run: found };
  });
  if (!sync) return { status: 'cancelled', text: 'the sync is gone', next: gone(environment.environmentId) };
  // No run was opened (stopped before its first slice, or refused): there is only the next one to announce.
  const open = run && sync.openRunId === run.id ? run : undefined;
  const deletes: DeleteOutcome =
    open && outcome.ok ? await commitDeletes(environment, open.id, beat) : { held: {}, notes: [] };

  return environment.transaction(async (tx) => {
    const [row] = await tx.select().from(syncs).where(eq(syncs.id, syncId)).for('update');
    if (!open || row?.openRunId !== open.id)
      return closedReport(tx, { syncId, environment, run, outcome: reported, sync: row ?? sync });
    const ending = row.desired === 'deleted' || row.requestedMode !== 'incremental' || row.cancelRunId === open.id;
    if (outcome.stopped && !ending) {
      // A pause; or one that was taken back before its stop arrived: then the same run goes on at once.
      await tx.update(runs).set({ state: 'queued' }).where(eq(runs.id, open.id));
      return { status: 'paused', text: await describe(tx, open.id), next: (await readDesiredState(tx, syncId))! };
    }
    const held = Object.keys(deletes.held).length > 0;
    const state: RunState = outcome.ok
      ? held
        ? 'needs_confirmation'
        : 'succeeded'
      : outcome.stopped
        ? 'cancelled'
        : 'failed';
    if (!outcome.ok) await reopenWindows(tx, open.id);
    await tx
      .update(runs)
      .set({
        state,
        finishedAt: new Date(),
        error: outcome.error ?? null,
        checkpointTo: row.checkpoint,
        pendingDeletes: held ? deletes.held : null,
      })
      .where(eq(runs.id, open.id));
    await advance(tx, row, open, outcome);
    await tx.delete(journal).where(eq(journal.runId, open.id));
    await tx.delete(mergingMarks).where(eq(mergingMarks.runId, open.id));
    await releaseLocksOf(tx, open.id);
    if (state !== 'cancelled') await writeEvents(tx, { sync: row, run: open, state, outcome });
    const text = await describe(tx, open.id);
    const ended = {
      operationId: open.operationId,
      state,
      notes: deletes.notes,
      ...(outcome.error && { error: outcome.error }),
    };
    return { status: state as RunReport['status'], text, next: (await readDesiredState(tx, syncId))!, ended };
  });
}

/** Frees the row for the next run. Only a completed run moves `lastSyncDate`, to the start of its first slice. */
async function advance(tx: Transaction, sync: Sync, run: Run, outcome: RunOutcome): Promise<void> {
  const now = Date.now();
  const slot =
    sync.periodMs === null ? new Date(now) : nextSlot(sync.id, sync.periodMs, Math.max(now, outcome.notBefore ?? 0));
  await tx
    .update(syncs)
    .set({
      openRunId: null,
      cancelRunId: null,
      lastRunId: run.id,
      runNo: run.number + 1,
      nextRunAt: slot,
      ...(outcome.ok && { lastSuccessAt: run.startedAt }),
    })
    .where(eq(syncs.id, sync.id));
}

/** A finish that is repeated, or of a run that never opened. */
async function closedReport(
  tx: Transaction,
  {
    syncId,
    environment,
    run,
    outcome,
    sync,
  }: { syncId: string; environment: EnvironmentDb; run: Run | undefined; outcome: RunOutcome; sync: Sync },
): Promise<RunReport> {
  if (!run && !outcome.stopped) {
    // The attempt was refused before a run opened (a disabled function): wait for the next slot instead of spinning.
    const slot = nextSlot(sync.id, sync.periodMs ?? hourMs, Date.now());
    await tx.update(syncs).set({ nextRunAt: slot, requested: null }).where(eq(syncs.id, syncId));
  }
  const status =
    run?.state === 'succeeded' || run?.state === 'failed' || run?.state === 'needs_confirmation'
      ? run.state
      : 'cancelled';
  const next = (await readDesiredState(tx, syncId)) ?? gone(environment.environmentId);
  return { status, text: run ? await describe(tx, run.id) : 'no run was opened', next };
}

async function describe(tx: Transaction, runId: string): Promise<string> {
  const counts = await tx.select().from(runCounts).where(eq(runCounts.runId, runId));
  const sum = (key: 'pages' | 'added' | 'updated' | 'unchanged' | 'deleted') =>
    counts.reduce((total, row) => total + row[key], 0);
  return `${sum('pages')} pages, ${sum('added') + sum('updated') + sum('unchanged')} records, ${sum('deleted')} deleted`;
}

/** One `sync` event per model of the run, in the transaction that ends it; shapes: `reference` webhooks, section 7. */
async function writeEvents(
  tx: Transaction,
  { sync, run, state, outcome }: { sync: Sync; run: Run; state: RunState; outcome: RunOutcome },
): Promise<void> {
  const [names] = await tx
    .select({
      connection: connections.connectionId,
      integration: integrations.uniqueKey,
      definition: functionVersions.definition,
    })
    .from(connections)
    .innerJoin(integrations, eq(integrations.id, connections.integrationId))
    .innerJoin(functionVersions, eq(functionVersions.id, run.versionId))
    .where(eq(connections.id, sync.connectionId));
  if (!names) return;
  const counts = await tx.select().from(runCounts).where(eq(runCounts.runId, run.id));
  const { definition } = names;
  const initial = definition.syncType !== 'incremental' || run.number === 1;
  const common = {
    from: 'nango',
    type: 'sync',
    connectionId: names.connection,
    providerConfigKey: names.integration,
    syncName: sync.name,
    syncVariant: sync.variant,
    syncType: initial ? 'INITIAL' : 'INCREMENTAL',
    checkpoints: { from: run.checkpointFrom, to: sync.checkpoint },
  }; // prettier-ignore
  const startedAt = run.startedAt.toISOString();
  const payloads =
    state === 'failed'
      ? [
          {
            ...common,
            success: false,
            model: definition.models.join(','),
            startedAt,
            failedAt: new Date().toISOString(),
            error: {
              type: outcome.error?.type ?? 'server_error',
              description: outcome.error?.message ?? '',
              payload: outcome.error?.payload ?? {},
            },
          },
        ] // prettier-ignore
      : definition.models.map((model) => {
          const row = counts.find((count) => count.model === model);
          const responseResults = { added: row?.added ?? 0, updated: row?.updated ?? 0, deleted: row?.deleted ?? 0 };
          return {
            ...common,
            success: true,
            model,
            modifiedAfter: startedAt,
            queryTimeStamp: startedAt,
            responseResults,
          };
        });
  if (payloads.length === 0) return;
  await tx.insert(events).values(
    payloads.map((payload) => ({
      id: uuidv7(),
      environmentId: sync.environmentId,
      type: 'sync',
      connectionId: sync.connectionId,
      payload,
    })),
  );
}

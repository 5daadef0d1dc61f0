// One slice of a sync's run: an attempt takes the fence, replays the journal, goes on live, and ends between two calls when
// its time is over, the worker shuts down, or a provider asks for patience.
import { sql } from 'drizzle-orm';
import type { Database, EnvironmentDb } from '../db/database.ts';
import { type RunError, runs } from '../db/schema/syncs.ts';
import { fromUnknown, SynclineError } from '../errors.ts';
import { createPageWriter } from '../records/commit-page.ts';
import { openStream } from '../records/open-stream.ts';
import { refuseManyRejects } from '../records/quarantine.ts';
import { type Attempt, beginAttempt } from '../syncs/begin-attempt.ts';
import { endWindow, openWindow } from '../syncs/delete-windows.ts';
import { leaveRunError } from '../syncs/run-errors.ts';
import { startAfresh } from '../syncs/start-afresh.ts';
import { abortGuest } from './host/abort-guest.ts';
import { commitClear } from './host/checkpoint-calls.ts';
import { cleanFailure } from './host/clean-failure.ts';
import { fenced } from './host/fenced.ts';
import type { GuestPool } from './host/guest-pool.ts';
import { ScriptFailure, StopRun } from './host/guest-process.ts';
import { handleCalls } from './host/handle-calls.ts';
import { openJournal } from './host/journal.ts';
import { readOwner } from './host/load-target.ts';
import { locateTimeout } from './host/locate-timeout.ts';
import { note } from './host/log-calls.ts';
import { type ContextParts, openContext } from './host/open-context.ts';
import type { RunContext } from './host/run-context.ts';
import { startOf } from './host/start.ts';
import { type SliceResult, stopper, watchStall } from './host/stop-slice.ts';
import { type Limits, limitsOf } from './limits.ts';
import { startOperation } from './log-operation.ts';
import type { ReadVersion } from './read-version.ts';
import type { RunAction } from './run-action.ts';
import { placeOf } from './script-errors.ts';

export interface RuntimeParts extends ContextParts {
  database: Database;
  guests: GuestPool;
  /** One of the process. */
  readVersion: ReadVersion;
  limits?: Partial<Limits>;
}

export interface SliceRequest {
  environmentId: string;
  syncId: string;
  runNo: number;
  /** Aborts when the worker shuts down, the run is stopped, or another attempt owns it. */
  signal: AbortSignal;
  /** Called now and then with what people see while it runs. */
  progress(done: { requests: number; saved: number; replayed: number }): void;
}

/** A provider's wait above this ends the run: the next slot is not before it. */
const maxParkMs = 60 * 60_000;

/** @throws ScriptFailure when the script failed; SynclineError run_superseded, unavailable, … */
export async function runSyncSlice(
  parts: RuntimeParts & { runAction: RunAction },
  request: SliceRequest,
): Promise<SliceResult> {
  const { database, guests } = parts;
  const environment = await database.forEnvironment(request.environmentId);
  const attempt = await beginAttempt(environment, request);
  const context = await contextOf(parts, { environment, attempt, request });
  const journal = context.journal!;
  if (attempt.attempt === 1) startOperation(context, operationOf(attempt));
  const { handle, state } = handleCalls(context, database.keys.purpose('cursor'));
  const guest = await guests.acquire(request.environmentId, 24 * 3_600_000);

  const stop = stopper(state, request.signal);
  const stalled = watchStall(state, limitsOf(parts).stallMs);
  context.park = (waitMs) => {
    stop.now({ done: false, sleepMs: waitMs });
    throw new StopRun();
  };
  context.startAfresh = async () => {
    if (!(await fenced(() => startAfresh(environment, context.run!.writer)))) return;
    note(
      context,
      'warn',
      'The provider refused the first new request after a restart: the run begins again without its journal.',
    );
    stop.now({ done: false });
    throw new StopRun();
  };
  const beat = setInterval(() => request.progress({ ...context.counters, replayed: journal.replayed }), 1_000);
  try {
    if (request.signal.aborted) stop.now({ done: false });
    await trackAll(context, attempt, 'open');
    const start = startOf(context, attempt);
    const running = guest.run(start, attempt.js, handle);
    const ended = await Promise.race([running, stop.stopped, stalled.failed, state.away]);
    if ('done' in ended) {
      await state.settled(); // the page in hand is committed first
      if (request.signal.aborted) await abortGuest(guest, running);
      if (ended.sleepMs !== undefined && ended.sleepMs > maxParkMs) throw ratedOut(ended.sleepMs);
      return ended;
    }
    await state.settled();
    if (attempt.attempt > 1 || context.counters.quarantined > 0) await refuseManyRejects(environment, attempt.runId);
    await trackAll(context, attempt, 'end');
    if (state.clear.wanted) await commitClear(context);
    return { done: true };
  } catch (cause) {
    const error = await locateTimeout(guest, cause);
    if (state.clear.wanted && error instanceof ScriptFailure) await commitClear(context);
    const clean = cleanFailure(error, context.secrets);
    await leaveRunError(environment, attempt.runId, errorOf(clean)).catch(() => {}); // the workflow's own words are the fallback
    throw clean;
  } finally {
    clearInterval(beat);
    stop.clear();
    stalled.clear();
    guests.release(guest, { reuse: true }); // a run that is not over ends with its process
    await journal.flush();
    if (journal.truncatedAfter !== null)
      note(
        context,
        'warn',
        `The journal is full: a restart asks again what came after its first ${journal.truncatedAfter} answers.`,
      );
    await countRequests(environment, attempt.runId, context.counters.requests).catch(() => {});
  }
}

async function contextOf(
  parts: RuntimeParts & { runAction: RunAction },
  { environment, attempt, request }: { environment: EnvironmentDb; attempt: Attempt; request: SliceRequest },
): Promise<RunContext> {
  const writer = { syncId: attempt.syncId, runId: attempt.runId, fence: attempt.fence };
  const context = await openContext(parts, {
    environment,
    kind: 'sync',
    name: attempt.name,
    connection: await readOwner(environment, attempt.connectionId),
    operationId: attempt.operationId,
    signal: request.signal,
    runAction: parts.runAction,
  });
  return {
    ...context,
    definition: attempt.definition,
    journal: await openJournal(environment, { runId: attempt.runId, segment: attempt.journalSegment }),
    records: { variant: attempt.variant, pages: createPageWriter(environment, writer), writer },
    run: {
      writer,
      bundleHash: attempt.bundleHash,
      startedAt: attempt.startedAt,
      beganFrom: attempt.beganFrom,
      deletesUnseen: attempt.js.includes('deleteRecordsFromPreviousExecutions'),
      trackedModels: new Set(),
    },
  };
}

/**
 * The deprecated `trackDeletes: true`: every model is tracked from the start of the run to its successful end, but for those
 * whose script does it itself.
 */
async function trackAll(
  { environment, target, run }: RunContext,
  { definition, variant }: Attempt,
  step: 'open' | 'end',
): Promise<void> {
  if (!definition.trackDeletes || !run) return;
  const owner = { ...run.writer, bundleHash: run.bundleHash };
  for (const model of definition.models) {
    if (run.trackedModels.has(model)) continue;
    const stream = await openStream(environment, { connectionId: target.connection.id, model, variant });
    if (step === 'open') await fenced(() => openWindow(environment, stream.id, owner));
    else await fenced(() => endWindow(environment, stream.id, owner));
  }
}

const operationOf = ({ name, variant, runNo, syncId, runId }: Attempt) =>
  ({
    type: 'sync',
    action: 'run',
    title: `${name}, run ${runNo}`,
    syncId,
    runId,
    context: { sync: name, variant },
  }) as const;

/** In full, with payload: for the run's row and log, not for Temporal's history. */
function errorOf(error: unknown): RunError {
  if (error instanceof ScriptFailure) {
    const { type, message, payload, upstream } = error.failure;
    const place = placeOf(error.failure);
    return {
      type,
      message,
      ...(place !== undefined && { place }),
      ...((payload !== undefined || upstream) && {
        payload: upstream ? { ...(payload as object), upstream } : payload,
      }),
    };
  }
  const { code, message, retryAfterMs } = fromUnknown(error);
  return {
    type: code,
    message,
    ...(code === 'rate_limited_too_long' && { payload: { not_before: Date.now() + (retryAfterMs ?? 0) } }),
  };
}

const ratedOut = (waitMs: number) =>
  new SynclineError('rate_limited_too_long', `The provider asked to wait ${Math.ceil(waitMs / 60_000)} minutes.`, {
    status: 429,
    retryAfterMs: waitMs,
    hint: 'The next run starts when the provider allows it.',
  });

async function countRequests(environment: EnvironmentDb, runId: string, requests: number): Promise<void> {
  if (requests === 0) return;
  await environment.transaction((tx) =>
    tx
      .update(runs)
      .set({ requests: sql`${runs.requests} + ${requests}` })
      .where(sql`${runs.id} = ${runId}`),
  );
}

// The production engine with a null sink: the guest that workers use, its requests answered by a platform, everything that
// would be stored kept in memory by the same rules.
import { readFileSync } from 'node:fs';
import { maxRejectRatio, tooManyRejects } from '../../core/records/reject-limits.ts';
import type { GuestPool } from '../../core/runtime/host/guest-pool.ts';
import { type CallHandler, type Guest, ScriptFailure } from '../../core/runtime/host/guest-process.ts';
import { locateTimeout } from '../../core/runtime/host/locate-timeout.ts';
import { defaultLimits } from '../../core/runtime/limits.ts';
import type { CheckpointValue } from '../../core/runtime/parse-checkpoint.ts';
import type { FunctionKind, Start } from '../../core/runtime/protocol.ts';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import { CliError, exitCodes } from '../errors.ts';
import { toHandler } from './calls.ts';
import { checkAction } from './check-action.ts';
import { withClock } from './frozen-clock.ts';
import { type Failure, type Outcome, toPlaces } from './outcome.ts';
import type { Platform } from './platform.ts';
import { createRecordSink, type RecordSink } from './record-calls.ts';
import { type RunState, stateCalls } from './state-calls.ts';
import { timed } from './timed-calls.ts';
import { createTimeline, type Event } from './timeline.ts';

export interface DryRun {
  function: CompiledFunction;
  platform: Platform;
  /** Absent: none. */
  input?: { value: unknown };
  checkpoint?: CheckpointValue | null;
  /** Instead of the connection's. */
  metadata?: Record<string, unknown> | undefined;
  lastSyncDate?: Date | undefined;
  variant?: string | undefined;
  /** A mismatch with a schema is a failure. */
  validate?: boolean;
  signal?: AbortSignal | undefined;
  /** Told what happens while it runs. */
  tell?: ((event: Event) => void) | undefined;
  /** A script that asks nothing for so long is taken to hang. */
  stallMs?: number;
}

/** Of a whole run; a sync has only the stall limit. */
const limitsMs: Partial<Record<FunctionKind, number>> = {
  action: defaultLimits.actionMs,
  'on-event': defaultLimits.onEventMs,
};

export function kindOf({ definition }: CompiledFunction): FunctionKind {
  if (definition.type === 'onEvent') return 'on-event';
  if (definition.type !== 'function') return definition.type;
  const kinds = { none: 'action', schedule: 'sync', http: 'webhook', event: 'on-event' } as const;
  return kinds[definition.trigger.kind];
}

/** A failure of the script is an outcome. @throws CliError when the run could not be made, or was stopped */
export async function dryRun(guests: GuestPool, run: DryRun): Promise<Outcome> {
  const { platform, checkpoint: from = null, metadata = platform.metadata } = run;
  const kind = kindOf(run.function);
  const timeline = createTimeline(run.tell);
  const state: RunState = { checkpoint: from, metadata };
  const checked = { definition: run.function.definition, refuse: run.validate ?? false, timeline };
  const sink = createRecordSink({ timeline, resumed: from !== null });
  const calls = { ...timed(platform.calls, timeline), ...stateCalls(state, platform, timeline), ...sink.calls };
  const guest = await guests.acquire('dry-run');
  const result: { output?: unknown; failure?: Failure } = {};
  let peakMemoryBytes: number | undefined;
  let clean = false;
  try {
    if (kind === 'action') checkAction('input', run.input?.value, checked);
    const output = await execute(guest, { run, kind, handle: toHandler(calls) });
    clean = kind === 'action';
    if (kind === 'action') {
      result.output = JSON.parse(output ?? 'null');
      checkAction('output', result.output, checked);
    }
    finish(sink);
  } catch (error) {
    if (error instanceof CliError) throw error;
    result.failure = toFailure(error);
  } finally {
    peakMemoryBytes = readPeakMemory(guest.pid);
    guests.release(guest, { reuse: clean });
  }
  return {
    kind,
    ...result,
    streams: sink.streams,
    quarantined: sink.quarantined,
    checkpoint: { from, to: state.checkpoint },
    ...(state.metadata !== metadata && { metadata: state.metadata }),
    events: timeline.events,
    durationMs: timeline.sinceStartMs(),
    ...(peakMemoryBytes !== undefined && { peakMemoryBytes }),
  };
}

async function execute(
  guest: Guest,
  { run, kind, handle }: { run: DryRun; kind: FunctionKind; handle: CallHandler },
): Promise<string | undefined> {
  const { signal, stallMs = defaultLimits.stallMs } = run;
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  let lastCallAt = Date.now();
  const timers = [
    setInterval(() => {
      if (Date.now() - lastCallAt > stallMs) reject(timedOut(`did nothing for ${stallMs / 1000} seconds`));
    }, 1_000),
    setTimeout(() => reject(timedOut('ran too long')), limitsMs[kind] ?? 2 ** 31 - 1),
  ];
  const onAbort = () => reject(new CliError('cancelled', 'The dry run was stopped.', { exitCode: exitCodes.dryRun }));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const watched: CallHandler = async (method, args, body) => {
    lastCallAt = Number.POSITIVE_INFINITY; // waiting for us is not hanging
    try {
      return await handle(method, args, body);
    } catch (error) {
      if (error instanceof CliError) reject(error); // the platform is away: not for the script to handle
      throw error;
    } finally {
      lastCallAt = Date.now();
    }
  };
  try {
    const js = withClock(run.function.js, run.platform.clock);
    const { output } = await Promise.race([guest.run(startOf(run, kind), js, watched), stopped]);
    return output;
  } catch (error) {
    throw await locateTimeout(guest, error);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function startOf({ function: { entry, definition }, platform, ...run }: DryRun, kind: FunctionKind): Omit<Start, 't'> {
  const { place, rules } = platform;
  const models = 'models' in definition ? definition.models : [];
  const input = run.input?.value;
  const ofSync = kind === 'sync' || kind === 'webhook';
  return {
    kind,
    file: entry.path.replace(/\.ts$/, '.js'),
    properties: {
      ...place,
      environmentId: 0,
      activityLogId: 'dry-run',
      isCLI: true,
      ...(ofSync && {
        variant: run.variant ?? 'base',
        syncId: 'dry-run',
        syncJobId: 1,
        trackDeletes: definition.type === 'sync' && definition.trackDeletes,
        ...(run.lastSyncDate && { lastSyncDate: run.lastSyncDate.toISOString() }),
      }),
    },
    input,
    hasInput: input !== undefined && input !== null,
    models,
    ...rules,
    schemas: definition.definitions,
    enforceSchemas: run.validate ?? false,
    ...(kind === 'sync' && { checkpoint: run.checkpoint ?? null }),
    attributes: {},
  };
}

/** The end of a run that succeeded. @throws SynclineError too_many_rejects */
function finish({ streams, quarantined }: RecordSink): void {
  const saved = [...streams.values()].reduce((sum, stream) => sum + stream.saved.length, 0);
  const rejected = quarantined.length;
  if (rejected > maxRejectRatio * (saved + rejected)) throw tooManyRejects(rejected);
  for (const stream of streams.values()) stream.commitDeletes();
}

function toFailure(error: unknown): Failure {
  if (!(error instanceof ScriptFailure)) {
    const { code = 'server_error', message, payload } = error as { code?: string; message: string; payload?: unknown };
    return { type: code, message, ...(payload !== undefined && { payload }), places: [] };
  }
  const { type, message, payload, upstream, frames = [] } = error.failure;
  return {
    type,
    message,
    ...(payload !== undefined && { payload }),
    ...(upstream && { upstream }),
    places: toPlaces(frames),
  };
}

const timedOut = (what: string) =>
  new ScriptFailure({ type: 'execution_timeout', message: `The function ${what} and was ended.`, payload: {} });

/** Linux says it; elsewhere nobody does from outside. */
function readPeakMemory(pid: number): number | undefined {
  try {
    const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kb === undefined ? undefined : Number(kb) * 1024;
  } catch {
    return undefined;
  }
}

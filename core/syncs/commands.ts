// What a person or an app can ask of syncs. Each command changes rows; the caller pokes the workflows after the commit.
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { functions, functionVersions } from '../db/schema/functions.ts';
import { type RunMode, syncs } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';
import { connectionIdOf, findSyncs, type SyncSelection } from './find-syncs.ts';
import { periodOf } from './frequency.ts';
import { nextSlot } from './slots.ts';

export interface QueuedSync {
  connection_id: string;
  name: string;
  variant: string;
}

const noSyncsFound = () =>
  new SynclineError(
    'no_syncs_found',
    'No sync matches: none of these names is deployed for this integration and connection.',
    {
      status: 400,
      hint: 'List them with GET /syncs, or deploy the function first.',
      payload: {},
    },
  );

async function selected(tx: Transaction, selection: SyncSelection) {
  const found = await findSyncs(tx, selection);
  if (found.length === 0) throw noSyncsFound();
  return found;
}

const bumped = { revision: sql`${syncs.revision} + 1` };

/**
 * One run now, also of a paused sync; during a run it becomes one more run after this one (`queued` lists those).
 * A reset takes the fence at once, so that the running attempt can commit nothing more.
 */
export async function triggerSyncs(
  environment: EnvironmentDb,
  { mode, ...selection }: SyncSelection & { mode: RunMode },
): Promise<{ poke: string[]; stop: boolean; queued: QueuedSync[] }> {
  return environment.transaction(async (tx) => {
    const found = await selected(tx, selection);
    const ids = found.map(({ sync }) => sync.id);
    const reset = mode !== 'incremental';
    await tx
      .update(syncs)
      .set({
        requested: reset ? 'backfill' : 'user',
        ...(reset && { requestedMode: mode, fence: sql`${syncs.fence} + 1` }),
        ...bumped,
      })
      .where(inArray(syncs.id, ids));
    const queued = found
      .filter(({ sync }) => sync.openRunId !== null && sync.desired === 'active')
      .map(({ sync, connectionId }) => ({ connection_id: connectionId, name: sync.name, variant: sync.variant }));
    return { poke: ids, stop: reset, queued };
  });
}

/** Unpauses; a sync that never ran runs at once, an interrupted run goes on. */
export async function startSyncs(environment: EnvironmentDb, selection: SyncSelection): Promise<{ poke: string[] }> {
  return environment.transaction(async (tx) => {
    const ids = (await selected(tx, selection)).map(({ sync }) => sync.id);
    await tx
      .update(syncs)
      .set({ desired: 'active', ...bumped })
      .where(inArray(syncs.id, ids));
    return { poke: ids };
  });
}

/** The page in hand is committed, then the run stops; `startSyncs` continues the same run. */
export async function pauseSyncs(environment: EnvironmentDb, selection: SyncSelection): Promise<{ poke: string[] }> {
  return environment.transaction(async (tx) => {
    const ids = (await selected(tx, selection)).map(({ sync }) => sync.id);
    await tx
      .update(syncs)
      .set({ desired: 'paused', requested: null, ...bumped })
      .where(inArray(syncs.id, ids));
    return { poke: ids };
  });
}

/** As the wire shows it: an override without `every `, the declared text as declared. */
export const echoFrequency = (override: string | null, declared: string): string =>
  override?.replace(/^every\s+/i, '') ?? declared;

/** The wire knows these refusals without a message. */
const bare = (code: string, hint: string) => new SynclineError(code, '', { status: 400, hint });

export interface FrequencyChange {
  providerConfigKey: string;
  connectionId: string;
  name: string;
  variant: string;
  /** null goes back to what the function declares. */
  frequency: string | null;
}

export async function updateFrequency(
  environment: EnvironmentDb,
  change: FrequencyChange,
): Promise<{ frequency: string; poke: string[] }> {
  const { providerConfigKey, connectionId, name, variant, frequency } = change;
  return environment.transaction(async (tx) => {
    const owner = await connectionIdOf(tx, { providerConfigKey, connectionId });
    if (owner === undefined) throw bare('unknown_connection', 'List them with GET /connections.');
    const [found] = await tx
      .select({ id: syncs.id, lastRunId: syncs.lastRunId, declared: functionVersions.definition })
      .from(syncs)
      .innerJoin(functions, eq(functions.id, syncs.functionId))
      .innerJoin(functionVersions, eq(functionVersions.id, functions.currentVersionId))
      .where(
        and(eq(syncs.connectionId, owner), eq(syncs.name, name), eq(syncs.variant, variant), isNull(syncs.deletedAt)),
      );
    if (!found) throw bare('unknown_sync', `This connection has no sync '${name}' (variant '${variant}').`);
    const declared = found.declared.runs ?? '';
    const periodMs = periodOf(frequency ?? declared);
    // A sync that never ran keeps its "at once".
    const moved = periodMs !== null &&
      found.lastRunId !== null && { nextRunAt: nextSlot(found.id, periodMs, Date.now()) };
    await tx
      .update(syncs)
      .set({ frequency, periodMs, ...moved, ...bumped })
      .where(eq(syncs.id, found.id));
    return { frequency: echoFrequency(frequency, declared), poke: [found.id] };
  });
}

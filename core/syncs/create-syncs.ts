// Sync rows appear with a connection, or with the deploy of a sync function, in the transaction of their cause.
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { type FunctionDefinition, functions, functionVersions } from '../db/schema/functions.ts';
import { syncs } from '../db/schema/syncs.ts';
import { periodOf } from './frequency.ts';
import { nextSlot } from './slots.ts';

interface Source {
  environmentId: string;
  connectionId: string;
  functionId: string;
  name: string;
  definition: FunctionDefinition;
  /** Default `base`. */
  variant?: string;
}

async function insertSyncs(tx: Transaction, sources: Source[]): Promise<string[]> {
  if (sources.length === 0) return [];
  const rows = sources.map(({ environmentId, connectionId, functionId, name, definition, variant = 'base' }) => ({
    id: uuidv7(),
    environmentId,
    connectionId,
    functionId,
    name,
    variant,
    desired: definition.autoStart === false ? ('paused' as const) : ('active' as const),
    periodMs: periodOf(definition.runs),
    nextRunAt: new Date(), // at once, then the grid
  }));
  const inserted = await tx.insert(syncs).values(rows).onConflictDoNothing().returning({ id: syncs.id });
  return inserted.map(({ id }) => id);
}

const syncFunctions = (tx: Transaction) =>
  tx
    .select({
      functionId: functions.id,
      name: functions.name,
      integrationId: functions.integrationId,
      definition: functionVersions.definition,
    })
    .from(functions)
    .innerJoin(functionVersions, eq(functionVersions.id, functions.currentVersionId));

/** One sync for each sync function of the integration. @returns ids of the new rows, to be poked after the commit */
export async function createSyncsForConnection(
  tx: Transaction,
  {
    environmentId,
    connectionId,
    integrationId,
  }: { environmentId: string; connectionId: string; integrationId: string },
): Promise<string[]> {
  const deployed = await syncFunctions(tx).where(
    and(eq(functions.integrationId, integrationId), eq(functions.type, 'sync'), isNull(functions.deletedAt)),
  );
  return insertSyncs(
    tx,
    deployed.map((row) => ({ environmentId, connectionId, ...row })),
  );
}

/** One sync for each connection of the function's integration; existing ones take over a changed frequency. */
export async function createSyncsForFunction(
  tx: Transaction,
  { environmentId, functionId }: { environmentId: string; functionId: string },
): Promise<string[]> {
  const [deployed] = await syncFunctions(tx).where(and(eq(functions.id, functionId), eq(functions.type, 'sync')));
  if (!deployed) return [];
  const owners = await tx
    .select({ id: connections.id })
    .from(connections)
    .where(and(eq(connections.integrationId, deployed.integrationId), isNull(connections.deletedAt)));
  const created = await insertSyncs(
    tx,
    owners.map(({ id }) => ({ environmentId, connectionId: id, ...deployed })),
  );
  const followed = await followFrequency(tx, functionId, periodOf(deployed.definition.runs));
  return [...created, ...followed];
}

/** @returns its id, to be poked after the commit; undefined when it is there already */
export async function createSyncVariant(
  tx: Transaction,
  { functionId, ...of }: { environmentId: string; connectionId: string; functionId: string; variant: string },
): Promise<string | undefined> {
  const [deployed] = await syncFunctions(tx).where(eq(functions.id, functionId));
  const [id] = await insertSyncs(tx, deployed ? [{ ...of, ...deployed }] : []);
  return id;
}

/** Syncs without an override take the function's new frequency: next slot recomputed, no extra run. */
async function followFrequency(tx: Transaction, functionId: string, periodMs: number | null): Promise<string[]> {
  const stale = await tx
    .select({ id: syncs.id, ran: sql<boolean>`${syncs.lastRunId} IS NOT NULL` })
    .from(syncs)
    .where(
      and(
        eq(syncs.functionId, functionId),
        isNull(syncs.frequency),
        isNull(syncs.deletedAt),
        sql`${syncs.periodMs} IS DISTINCT FROM ${periodMs}::bigint`,
      ),
    )
    .orderBy(syncs.id)
    .for('update');
  for (let from = 0; from < stale.length; from += 1_000) {
    const rows = stale.slice(from, from + 1_000).map(({ id, ran }): SQL => {
      // A sync that never ran keeps its "at once".
      const next = periodMs === null || !ran ? null : nextSlot(id, periodMs, Date.now()).toISOString();
      return sql`(${id}::uuid, ${next}::timestamptz)`;
    });
    await tx.execute(sql`
      UPDATE syncs s SET period_ms = ${periodMs}, next_run_at = COALESCE(v.next, s.next_run_at), revision = s.revision + 1
      FROM (VALUES ${sql.join(rows, sql`, `)}) AS v(id, next) WHERE s.id = v.id`);
  }
  return stale.map(({ id }) => id);
}

/**
 * The fence moves at once: a run in progress commits nothing more.
 * @returns ids whose workflows must be told to end: poke with `stopRun` after the commit
 */
export async function markSyncsDeleted(
  tx: Transaction,
  by: { connectionId?: string; functionId?: string; syncId?: string },
): Promise<string[]> {
  const condition = by.connectionId
    ? eq(syncs.connectionId, by.connectionId)
    : by.syncId
      ? eq(syncs.id, by.syncId)
      : eq(syncs.functionId, by.functionId ?? '');
  const marked = await tx
    .update(syncs)
    .set({
      desired: 'deleted',
      deletedAt: new Date(),
      nextRunAt: new Date(),
      revision: sql`${syncs.revision} + 1`,
      fence: sql`${syncs.fence} + 1`,
    })
    .where(and(condition, isNull(syncs.deletedAt)))
    .returning({ id: syncs.id });
  return marked.map(({ id }) => id);
}

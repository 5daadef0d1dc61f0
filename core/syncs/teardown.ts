// What is left to do after a delete: the rows of a sync or of a whole connection go, a bounded batch a transaction. Every
// step may be repeated: killed half-way, the next call goes on; a second process beside it does no harm.
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections, credentials, refreshAttempts } from '../db/schema/connections.ts';
import { functionCheckpoints } from '../db/schema/function-checkpoints.ts';
import { locks } from '../db/schema/locks.ts';
import { mergingMarks } from '../db/schema/merging-marks.ts';
import { quarantinedRecords, streams } from '../db/schema/records.ts';
import { deleteWindows, journal, runCounts, runs, syncs } from '../db/schema/syncs.ts';
import { markSyncsDeleted } from './create-syncs.ts';

const recordBatch = 5_000;
const runBatch = 500;

type Sync = typeof syncs.$inferSelect;

/**
 * Purges one deleted sync; does nothing to one that is not deleted.
 * @param beat called between batches, so that a million records do not look like a hung process
 */
export async function teardownSync(
  environment: EnvironmentDb,
  syncId: string,
  beat: () => void = () => {},
): Promise<void> {
  const sync = await environment.transaction(async (tx) => {
    const [found] = await tx.select().from(syncs).where(eq(syncs.id, syncId));
    if (found?.desired !== 'deleted') return undefined;
    await tx.delete(deleteWindows).where(eq(deleteWindows.syncId, syncId));
    await tx
      .update(streams)
      .set({ windowId: null })
      .where(
        and(
          eq(streams.connectionId, found.connectionId),
          sql`NOT EXISTS (SELECT 1 FROM delete_windows w WHERE w.id = ${streams.windowId})`,
        ),
      );
    return found;
  });
  if (!sync) return;
  for (const streamId of await findStreams(environment, unusedStreams(sync))) {
    await purgeStream(environment, streamId, unusedStreams(sync), beat);
  }
  await purgeRuns(environment, syncId, beat);
  await environment.transaction((tx) =>
    tx.delete(syncs).where(and(eq(syncs.id, syncId), eq(syncs.desired, 'deleted'))),
  );
}

/** Streams that any version of the sync's function wrote and that no live sync of the connection writes. */
function unusedStreams({ connectionId, functionId, variant }: Sync): SQL {
  const writes = (owner: SQL) => sql`EXISTS (
    SELECT 1 FROM function_versions v
    WHERE v.function_id = ${owner} AND v.definition->'models' ? ${streams.model})`;
  return sql`${streams.connectionId} = ${connectionId} AND ${streams.variant} = ${variant}
    AND ${writes(sql`${functionId}::uuid`)}
    AND NOT EXISTS (
      SELECT 1 FROM syncs other
      WHERE other.connection_id = ${connectionId} AND other.variant = ${variant} AND other.desired <> 'deleted'
        AND ${writes(sql`other.function_id`)})`;
}

async function findStreams(environment: EnvironmentDb, condition: SQL): Promise<number[]> {
  const found = await environment.transaction((tx) => tx.select({ id: streams.id }).from(streams).where(condition));
  return found.map(({ id }) => id);
}

/** The condition is tested again with each batch: a function deployed again meanwhile keeps what is left. */
async function purgeStream(
  environment: EnvironmentDb,
  streamId: number,
  condition: SQL,
  beat: () => void,
): Promise<void> {
  for (let more = true; more; beat()) {
    more = await environment.transaction(async (tx) => {
      const [stream] = await tx
        .select({ id: streams.id })
        .from(streams)
        .where(and(eq(streams.id, streamId), condition))
        .for('update');
      if (!stream) return false;
      // By change number: records_seq finds the batch, and no statistics can talk the planner out of it.
      const gone = await tx.execute(sql`
        DELETE FROM records WHERE stream_id = ${streamId} AND seq IN (
          SELECT seq FROM records WHERE stream_id = ${streamId} ORDER BY seq LIMIT ${recordBatch}) RETURNING 1 AS gone`);
      if (gone.length > 0) return true;
      await tx.delete(deleteWindows).where(eq(deleteWindows.streamId, streamId));
      await tx.delete(quarantinedRecords).where(eq(quarantinedRecords.streamId, streamId));
      await tx.delete(streams).where(eq(streams.id, streamId));
      return false;
    });
  }
}

async function purgeRuns(environment: EnvironmentDb, syncId: string, beat: () => void): Promise<void> {
  for (let more = true; more; beat()) {
    more = await environment.transaction(async (tx) => {
      const batch = await tx.select({ id: runs.id }).from(runs).where(eq(runs.syncId, syncId)).limit(runBatch);
      if (batch.length === 0) return false;
      const ids = batch.map(({ id }) => id);
      await tx.delete(journal).where(inArray(journal.runId, ids));
      await tx.delete(mergingMarks).where(inArray(mergingMarks.runId, ids));
      await tx.delete(locks).where(inArray(locks.ownerId, ids));
      await tx.delete(runCounts).where(inArray(runCounts.runId, ids));
      await tx.delete(quarantinedRecords).where(inArray(quarantinedRecords.runId, ids));
      await tx.delete(runs).where(inArray(runs.id, ids));
      return batch.length === runBatch;
    });
  }
}

/** Everything of a deleted connection, secrets first; does nothing to one that is not deleted. */
export async function purgeConnection(
  environment: EnvironmentDb,
  connectionId: string,
  beat: () => void = () => {},
): Promise<void> {
  const syncIds = await environment.transaction(async (tx) => {
    const [found] = await tx
      .select({ deletedAt: connections.deletedAt })
      .from(connections)
      .where(eq(connections.id, connectionId));
    if (!found?.deletedAt) return undefined;
    await tx.delete(credentials).where(eq(credentials.connectionId, connectionId));
    await tx.delete(refreshAttempts).where(eq(refreshAttempts.connectionId, connectionId));
    await tx.delete(functionCheckpoints).where(eq(functionCheckpoints.connectionId, connectionId));
    await markSyncsDeleted(tx, { connectionId });
    return tx.select({ id: syncs.id }).from(syncs).where(eq(syncs.connectionId, connectionId));
  });
  if (!syncIds) return;
  for (const { id } of syncIds) await teardownSync(environment, id, beat);
  const left = sql`${streams.connectionId} = ${connectionId}`;
  for (const streamId of await findStreams(environment, left)) await purgeStream(environment, streamId, left, beat);
  await environment.transaction((tx) => tx.delete(connections).where(eq(connections.id, connectionId)));
}

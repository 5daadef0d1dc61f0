// Delete tracking: a window is open while a pass lists everything that exists; what it was not served may be deleted, once,
// by a complete run, under the guard. The window is state of the sync, so a pass may span failures, kills and slices.
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { streams } from '../db/schema/records.ts';
import { deleteWindows } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';

/** Deletes above both wait for a person: `reference` guard of max(50, 20 %). */
export const guard = { rows: 50, ratio: 0.2 };

export interface PassOwner {
  syncId: string;
  runId: string;
  /** Of the attempt: a stale one neither opens nor ends a pass. */
  fence: number;
  bundleHash: string;
}

const assertFence = (tx: Transaction, { syncId, fence }: PassOwner) =>
  tx.execute(sql`SELECT assert_fence(${syncId}, ${fence})`);

/** A second start while a window is open does nothing, in this run and in later ones. */
export async function openWindow(environment: EnvironmentDb, streamId: number, owner: PassOwner): Promise<void> {
  await environment.transaction(async (tx) => {
    await assertFence(tx, owner);
    const [stream] = await tx.select().from(streams).where(eq(streams.id, streamId)).for('update');
    if (!stream) return;
    if (stream.windowId !== null) {
      // A pass that two versions of the code shared may have listed by two different rules.
      await tx
        .update(deleteWindows)
        .set({ incomplete: 'a new version of the function joined the pass' })
        .where(and(eq(deleteWindows.id, stream.windowId), sql`${deleteWindows.bundleHash} <> ${owner.bundleHash}`));
      return;
    }
    const [window] = await tx
      .insert(deleteWindows)
      .values({
        environmentId: environment.environmentId,
        streamId,
        syncId: owner.syncId,
        bundleHash: owner.bundleHash,
      })
      .returning({ id: deleteWindows.id });
    await tx.update(streams).set({ windowId: window!.id }).where(eq(streams.id, streamId));
  });
}

/**
 * Ends the pass of a stream: its deletes commit when the run finishes normally.
 * @returns the ids that would go, at most 10,000; none when the guard would hold them back
 * @throws SynclineError delete_tracking_not_started
 */
export async function endWindow(environment: EnvironmentDb, streamId: number, owner: PassOwner): Promise<string[]> {
  return environment.transaction(async (tx) => {
    await assertFence(tx, owner);
    const [stream] = await tx.select().from(streams).where(eq(streams.id, streamId)).for('update');
    if (!stream || stream.windowId === null) {
      throw new SynclineError('delete_tracking_not_started', 'trackDeletesEnd was called without trackDeletesStart.', {
        status: 400,
        hint: 'Call trackDeletesStart for this model before the first batchSave.',
      });
    }
    await tx
      .update(deleteWindows)
      .set({ endedByRunId: owner.runId, maxSeq: stream.lastSeq })
      .where(eq(deleteWindows.id, stream.windowId));
    const unseen = await countUnseen(tx, stream.id, [stream.windowId], stream.lastSeq);
    if (exceedsGuard(unseen, stream.liveCount)) return [];
    const rows = await tx.execute<{ external_id: string }>(
      sql`SELECT external_id FROM unseen_records(${stream.id}, ARRAY[${stream.windowId}]::bigint[], ${stream.lastSeq}, 10000)`,
    );
    return rows.map(({ external_id }) => external_id);
  });
}

export function exceedsGuard(unseen: number, live: number): boolean {
  return unseen > Math.max(guard.rows, guard.ratio * live);
}

export async function countUnseen(
  tx: Transaction,
  streamId: number,
  windows: number[],
  maxSeq: bigint,
): Promise<number> {
  const list = sql.join(
    windows.map((id) => sql`${id}`),
    sql`, `,
  );
  const [row] = await tx.execute<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM unseen_records(${streamId}, ARRAY[${list}]::bigint[], ${maxSeq}, NULL)`,
  );
  return row!.count;
}

/** A run that failed after its `trackDeletesEnd` leaves the window open: nothing was proved. */
export async function reopenWindows(tx: Transaction, runId: string): Promise<void> {
  await tx
    .update(deleteWindows)
    .set({ endedByRunId: null, maxSeq: null })
    .where(and(eq(deleteWindows.endedByRunId, runId), eq(deleteWindows.confirmed, false)));
}

/** The open pass only: one whose deletes are held was complete. */
export async function markWindowsIncomplete(tx: Transaction, streamId: number, reason: string): Promise<void> {
  await tx
    .update(deleteWindows)
    .set({ incomplete: reason })
    .where(
      and(eq(deleteWindows.streamId, streamId), isNull(deleteWindows.heldCount), eq(deleteWindows.confirmed, false)),
    );
}

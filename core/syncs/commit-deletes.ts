// The end of a complete run: what its passes did not see is deleted, in batches, if the guard lets it; else it is held until
// a person decides. Killed at any point, it goes on: a confirmed window only ever deletes the rest.
import { and, eq, isNotNull, ne } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { streams } from '../db/schema/records.ts';
import { deleteWindows, seenPages } from '../db/schema/syncs.ts';
import { countUnseen, exceedsGuard } from './delete-windows.ts';

const batch = 5_000;

type Window = typeof deleteWindows.$inferSelect;
type Stream = typeof streams.$inferSelect;

export interface DeleteOutcome {
  /** Deletes held back, by model; empty when none wait. */
  held: Record<string, number>;
  /** Why a pass closed without deleting, for the log. */
  notes: string[];
}

/** @param beat called between batches, so that a million deletes do not look like a hung process */
export async function commitDeletes(
  environment: EnvironmentDb,
  runId: string,
  beat: () => void,
): Promise<DeleteOutcome> {
  const outcome: DeleteOutcome = { held: {}, notes: [] };
  const passes = await environment.transaction((tx) =>
    tx
      .select({ window: deleteWindows, stream: streams })
      .from(deleteWindows)
      .innerJoin(streams, eq(streams.id, deleteWindows.streamId))
      .where(eq(deleteWindows.endedByRunId, runId)),
  );
  for (const { window, stream } of passes) {
    if (window.incomplete) {
      outcome.notes.push(`${stream.model}: nothing was deleted, because ${window.incomplete}.`);
      await closeWindow(environment, window);
      continue;
    }
    const verdict = window.confirmed ? 'delete' : await judge(environment, window, stream);
    if (verdict === 'delete') {
      await deleteRest(environment, { window, stream, runId, beat });
      await closeWindow(environment, window);
    } else if (verdict !== 'gone') {
      outcome.held[stream.model] = verdict.held;
    }
  }
  return outcome;
}

/** The verdict is stored with the window, so that a killed finish does not judge a half-deleted stream again. */
async function judge(
  environment: EnvironmentDb,
  window: Window,
  stream: Stream,
): Promise<'delete' | 'gone' | { held: number }> {
  return environment.transaction(async (tx) => {
    const [current] = await tx.select().from(streams).where(eq(streams.id, stream.id)).for('update');
    const [pass] = await tx
      .select({ id: deleteWindows.id })
      .from(deleteWindows)
      .where(eq(deleteWindows.id, window.id))
      .for('update');
    // A finish that was taken for dead comes late: its repetition has closed the pass, and another may be open by now.
    if (!current || !pass) return 'gone';
    const unseen = await countUnseen(tx, stream.id, [window.id], window.maxSeq ?? 0n);
    const live = current.liveCount;
    // An account with one record that loses it looks the same; to hold that back would be wrong more often than right.
    const sawNothing = live > 1 && unseen >= live;
    const heldEarlier = and(
      eq(deleteWindows.streamId, stream.id),
      ne(deleteWindows.id, window.id),
      isNotNull(deleteWindows.heldCount),
    );
    const earlier = await tx.select({ sawNothing: deleteWindows.sawNothing }).from(deleteWindows).where(heldEarlier);
    const agreed = earlier.some((other) => other.sawNothing);
    // A newer complete run decides anew: what earlier ones held is void.
    await tx.delete(deleteWindows).where(heldEarlier);

    if (exceedsGuard(unseen, live) || (sawNothing && !agreed)) {
      await tx.update(deleteWindows).set({ heldCount: unseen, sawNothing }).where(eq(deleteWindows.id, window.id));
      if (current.windowId === window.id)
        await tx.update(streams).set({ windowId: null }).where(eq(streams.id, stream.id));
      return { held: unseen };
    }
    await tx.update(deleteWindows).set({ confirmed: true }).where(eq(deleteWindows.id, window.id));
    return 'delete';
  });
}

export interface DeleteRest {
  window: Window;
  stream: Stream;
  runId: string;
  beat: () => void;
}

/** Deletes nothing more once the window is gone. */
export async function deleteRest(
  environment: EnvironmentDb,
  { window, stream, runId, beat }: DeleteRest,
): Promise<number> {
  const { pages, environmentId } = environment;
  let total = 0;
  for (;;) {
    const [row] = await pages<{ count: number }[]>`
      SELECT delete_unseen(${environmentId}, ${stream.id}, ARRAY[${window.id}::bigint], ${String(window.maxSeq ?? 0n)}, ${runId}, ${stream.model}, ${batch}) AS count`;
    if (!row || row.count === 0) return total;
    total += row.count;
    beat();
  }
}

export async function closeWindow(environment: EnvironmentDb, window: Window): Promise<void> {
  await environment.transaction(async (tx) => {
    await tx.update(streams).set({ windowId: null }).where(eq(streams.windowId, window.id));
    // A pass that decides nothing hands what it has seen to the one whose deletes still wait for a person.
    const [held] = await tx
      .select({ id: deleteWindows.id })
      .from(deleteWindows)
      .where(
        and(
          eq(deleteWindows.streamId, window.streamId),
          ne(deleteWindows.id, window.id),
          isNotNull(deleteWindows.heldCount),
        ),
      );
    if (held) await tx.update(seenPages).set({ windowId: held.id }).where(eq(seenPages.windowId, window.id));
    await tx.delete(seenPages).where(eq(seenPages.windowId, window.id));
    await tx.delete(deleteWindows).where(eq(deleteWindows.id, window.id));
  });
}

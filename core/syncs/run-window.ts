// The window of `deleteRecordsFromPreviousExecutions`: of one run alone, where that of `trackDeletesStart` may span several.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { streams } from '../db/schema/records.ts';
import { deleteWindows } from '../db/schema/syncs.ts';
import { openWindow, type PassOwner } from './delete-windows.ts';

/** What an earlier run left open says nothing about this one, so it goes, with what it was served. */
export async function openRunWindow(
  environment: EnvironmentDb,
  streamId: number,
  owner: PassOwner & { startedAt: Date },
): Promise<void> {
  await environment.transaction(async (tx) => {
    const [stream] = await tx.select().from(streams).where(eq(streams.id, streamId)).for('update');
    if (!stream || stream.windowId === null) return;
    const [window] = await tx.select().from(deleteWindows).where(eq(deleteWindows.id, stream.windowId));
    if (window && window.openedAt >= owner.startedAt) return;
    await tx.update(streams).set({ windowId: null }).where(eq(streams.id, streamId));
    await tx.delete(deleteWindows).where(eq(deleteWindows.id, stream.windowId));
  });
  await openWindow(environment, streamId, owner);
}

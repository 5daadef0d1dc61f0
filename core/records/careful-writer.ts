// Saves that must not undo what somebody else wrote: a run with a merging strategy, and partial updates of what was just read.
import type { EnvironmentDb } from '../db/database.ts';
import { chunkSize, type PageOwner, pageError, type RunWriter, type SaveEntry } from './commit-page.ts';
import type { Stream } from './open-stream.ts';

export interface CarefulCounts {
  added: number;
  updated: number;
  unchanged: number;
  /** Changed by somebody else since the run's mark; they stay as they are. */
  leftAlone: number;
  /** Ids that changed since `readAt`; nothing of them was written. */
  stale: string[];
}

export interface CarefulWriter {
  /**
   * One transaction of at most `chunkSize` records. `readAt`: the highest change number among what was read to make them.
   * The journal entry is written by a call that leaves nothing stale.
   * @throws SynclineError run_superseded, unknown_connection
   */
  save(
    stream: Stream,
    page: { ids: string[]; bodies: Buffer[] },
    options?: { entry?: SaveEntry | undefined; readAt?: string },
  ): Promise<CarefulCounts>;
  delete(
    stream: Stream,
    page: { ids: string[]; deletedAt: (Date | null)[] },
    entry?: SaveEntry,
  ): Promise<{ deleted: number; leftAlone: number }>;
}

export function createCarefulWriter(
  { pages, cipher, environmentId }: EnvironmentDb,
  writer: PageOwner | null,
): CarefulWriter {
  const { texts, bytes, timestamps } = pages.types;
  return {
    async save(stream, { ids, bodies }, { entry, readAt } = {}) {
      const hashes = bodies.map((body) => cipher.contentHash(body));
      const sealed = bodies.map((body, i) =>
        cipher.encrypt({ table: 'records', column: 'body', row: `${stream.id}/${ids[i]}` }, body),
      );
      try {
        const [row] = await pages<
          (Omit<CarefulCounts, 'leftAlone'> & { left_alone: number; stale: string[] | null })[]
        >`
          SELECT * FROM commit_page_with_care(${environmentId}, ${stream.id}, ${writer?.syncId ?? null}, ${writer?.fence ?? null},
            ${writer?.runId ?? null}, ${stream.model}, ${texts(ids)}, ${bytes(hashes)}, ${bytes(sealed)},
            ${entry?.segment ?? null}, ${entry?.key ?? null}, ${entry?.occurrence ?? null}, ${readAt ?? null})`;
        const { left_alone: leftAlone, stale, ...counts } = row!;
        return { ...counts, leftAlone, stale: stale ?? [] };
      } catch (error) {
        throw pageError(error);
      }
    },
    async delete(stream, { ids, deletedAt }, entry) {
      const total = { deleted: 0, leftAlone: 0 };
      for (let from = 0; from < ids.length; from += chunkSize) {
        const to = from + chunkSize;
        const slot = to >= ids.length ? entry : undefined;
        try {
          const [row] = await pages<{ deleted: number; left_alone: number }[]>`
            SELECT * FROM delete_records_with_care(${environmentId}, ${stream.id}, ${writer?.syncId ?? null}, ${writer?.fence ?? null},
              ${writer?.runId ?? null}, ${stream.model}, ${texts(ids.slice(from, to))}, ${timestamps(deletedAt.slice(from, to))},
              ${slot?.segment ?? null}, ${slot?.key ?? null}, ${slot?.occurrence ?? null})`;
          total.deleted += row!.deleted;
          total.leftAlone += row!.left_alone;
        } catch (error) {
          throw pageError(error);
        }
      }
      return total;
    },
  };
}

/** From here on the run leaves alone what somebody else changes in the stream. The first call of a run counts. */
export async function setMergingMark(
  { pages, environmentId }: EnvironmentDb,
  stream: Stream,
  { syncId, fence, runId }: RunWriter,
): Promise<void> {
  try {
    await pages`SELECT set_merging_mark(${environmentId}, ${stream.id}, ${syncId}, ${fence}, ${runId})`;
  } catch (error) {
    throw pageError(error);
  }
}

// Saves pages: hash, look, encrypt, commit. One `commit_page` is one transaction with everything a page causes.
import type { EnvironmentDb } from '../db/database.ts';
import { fromUnknown, SynclineError } from '../errors.ts';
import type { Stream } from './open-stream.ts';

/** Most records one transaction takes; a longer save is several. */
export const chunkSize = 1_000;

/** Who writes: a run's attempt, under its fence. */
export interface RunWriter {
  syncId: string;
  runId: string;
  fence: number;
}

/** Who writes beside runs, a webhook function: its counts have an id, and no fence keeps it out. */
export interface UnfencedWriter {
  runId: string;
  syncId?: undefined;
  fence?: undefined;
}

export type PageOwner = RunWriter | UnfencedWriter;

/** The journal entry that commits with a save, so that a replay acknowledges it without writing again. */
export interface SaveEntry {
  segment: number;
  key: Buffer;
  occurrence: number;
}

export interface PageCounts {
  added: number;
  updated: number;
  unchanged: number;
}

export interface PageWriter {
  /** Ids must be distinct, bodies canonical JSON. @throws SynclineError run_superseded, unknown_connection (deleted meanwhile) */
  save(stream: Stream, page: { ids: string[]; bodies: Buffer[] }, entry?: SaveEntry): Promise<PageCounts>;
  delete(
    stream: Stream,
    page: { ids: string[]; deletedAt: (Date | null)[] },
    entry?: SaveEntry,
  ): Promise<{ deleted: number }>;
}

export const runSuperseded = (cause?: unknown) =>
  new SynclineError(
    'run_superseded',
    'Another attempt or a newer run has taken over; this one may not write any more.',
    { status: 409, cause },
  );

/** Translates the SQLSTATEs of the page functions. */
export function pageError(error: unknown): unknown {
  const { code } = error as { code?: string };
  if (code === 'SL001') return runSuperseded(error);
  if (code === 'SL002')
    return new SynclineError('unknown_connection', 'The connection was deleted meanwhile.', {
      status: 400,
      cause: error,
    });
  return fromUnknown(error);
}

const bodyWanted = (error: unknown) => (error as { code?: string }).code === '23502';

export function createPageWriter(environment: EnvironmentDb, writer: PageOwner | null): PageWriter {
  const { pages, cipher, environmentId } = environment;
  // 90 % of real upserts change nothing, so what the last page was decides how this one is sent: with all bodies; with those
  // that a look finds wanted; or, after a page that was wholly unchanged, with none. The commit refuses a wrong guess.
  let guess: 'changed' | 'mixed' | 'unchanged' = 'changed';

  const encrypt = (stream: Stream, id: string, body: Buffer) =>
    cipher.encrypt({ table: 'records', column: 'body', row: `${stream.id}/${id}` }, body);

  async function commit(
    stream: Stream,
    ids: string[],
    hashes: Buffer[],
    bodies: (Buffer | null)[],
    entry: SaveEntry | undefined,
  ) {
    const [row] = await pages<(PageCounts & { last_seq: string })[]>`
      SELECT * FROM commit_page(${environmentId}, ${stream.id}, ${writer?.syncId ?? null}, ${writer?.fence ?? null}, ${writer?.runId ?? null},
        ${stream.model}, ${pages.types.texts(ids)}, ${pages.types.bytes(hashes)}, ${pages.types.bytes(bodies)},
        ${entry?.segment ?? null}, ${entry?.key ?? null}, ${entry?.occurrence ?? null}, NULL, NULL, NULL, NULL)`;
    return { added: row!.added, updated: row!.updated, unchanged: row!.unchanged };
  }

  async function saveChunk(
    stream: Stream,
    ids: string[],
    bodies: Buffer[],
    entry: SaveEntry | undefined,
  ): Promise<PageCounts> {
    const hashes = bodies.map((body) => cipher.contentHash(body));
    if (guess === 'unchanged') {
      try {
        return await commit(stream, ids, hashes, new Array(ids.length).fill(null), entry);
      } catch (error) {
        if (!bodyWanted(error)) throw error;
      }
    }
    if (guess !== 'changed') {
      const [look] = await pages<{ wanted: number[] }[]>`
        SELECT look_page(${environmentId}, ${stream.id}, ${pages.types.texts(ids)}, ${pages.types.bytes(hashes)}) AS wanted`;
      const sealed: (Buffer | null)[] = new Array(ids.length).fill(null);
      for (const ordinal of look!.wanted)
        sealed[ordinal - 1] = encrypt(stream, ids[ordinal - 1]!, bodies[ordinal - 1]!);
      try {
        return await commit(stream, ids, hashes, sealed, entry);
      } catch (error) {
        if (!bodyWanted(error)) throw error; // a row changed between the look and the lock: send everything
      }
    }
    return commit(
      stream,
      ids,
      hashes,
      bodies.map((body, i) => encrypt(stream, ids[i]!, body)),
      entry,
    );
  }

  return {
    async save(stream, { ids, bodies }, entry) {
      const total: PageCounts = { added: 0, updated: 0, unchanged: 0 };
      for (let from = 0; from < ids.length || from === 0; from += chunkSize) {
        const to = from + chunkSize;
        const last = to >= ids.length; // only the last chunk's commit makes the save a replay need not repeat
        try {
          const counts = await saveChunk(stream, ids.slice(from, to), bodies.slice(from, to), last ? entry : undefined);
          total.added += counts.added;
          total.updated += counts.updated;
          total.unchanged += counts.unchanged;
          const changes = counts.added + counts.updated;
          guess = changes === 0 ? 'unchanged' : changes < counts.unchanged ? 'mixed' : 'changed';
        } catch (error) {
          throw pageError(error);
        }
      }
      return total;
    },
    async delete(stream, { ids, deletedAt }, entry) {
      let deleted = 0;
      for (let from = 0; from < ids.length; from += chunkSize) {
        const to = from + chunkSize;
        const slot = to >= ids.length ? entry : undefined;
        try {
          const [row] = await pages<{ deleted: number }[]>`
            SELECT delete_records(${environmentId}, ${stream.id}, ${writer?.syncId ?? null}, ${writer?.fence ?? null}, ${writer?.runId ?? null},
              ${stream.model}, ${pages.types.texts(ids.slice(from, to))}, ${pages.types.timestamps(deletedAt.slice(from, to))},
              ${slot?.segment ?? null}, ${slot?.key ?? null}, ${slot?.occurrence ?? null}) AS deleted`;
          deleted += row!.deleted;
        } catch (error) {
          throw pageError(error);
        }
      }
      return { deleted };
    },
  };
}

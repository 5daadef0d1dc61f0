// Rows of a stream in change order, a chunk a round trip, the next chunk on its way while this one is used.
import type { EnvironmentDb } from '../db/database.ts';
import type { recordActions } from '../db/schema/records.ts';

/** As the driver gives it: numbers and times as text, because a `Date` would lose the microseconds. */
export interface StoredRow {
  external_id: string;
  seq: string;
  action: number;
  /** Encrypted; empty once pruned. */
  body: Buffer;
  first_seen_at: string;
  changed_at: string;
  deleted_at: string | null;
  pruned_at: string | null;
}

export interface RowFilter {
  actions?: readonly (keyof typeof recordActions)[] | undefined;
  /** ISO 8601, compared with the last change to the microsecond. */
  modifiedAfter?: string | undefined;
  ids?: readonly string[] | undefined;
}

const actionNumbers = { added: 1, updated: 2, deleted: 3 } as const satisfies typeof recordActions;
const firstChunkRows = 101; // the default page and the row that tells whether there is another
const chunkRows = 500;
const chunkBytes = 8 * 2 ** 20;

interface Chunk {
  rows: StoredRow[];
  /** There may be more: the rows stop at the limit or at 8 MB, whichever comes first; one is always given. */
  reached: boolean;
}

export interface ChunkQuery {
  streamId: number;
  after: bigint;
  limit: number;
  filter?: RowFilter | undefined;
}

async function fetchChunk(env: EnvironmentDb, { streamId, after, limit, filter = {} }: ChunkQuery): Promise<Chunk> {
  const { actions, modifiedAfter, ids } = filter;
  const actionArray = actions === undefined ? null : `{${actions.map((action) => actionNumbers[action]).join(',')}}`;
  const iso = env.pages`'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'`;
  const rows = await env.pages<(StoredRow & { found: number })[]>`
    SELECT external_id, seq, action, body, found,
      to_char(first_seen_at AT TIME ZONE 'UTC', ${iso}) AS first_seen_at, to_char(changed_at AT TIME ZONE 'UTC', ${iso}) AS changed_at,
      to_char(deleted_at AT TIME ZONE 'UTC', ${iso}) AS deleted_at, to_char(pruned_at AT TIME ZONE 'UTC', ${iso}) AS pruned_at
    FROM (
      SELECT *, count(*) OVER ()::int AS found,
        sum(octet_length(body)) OVER (ROWS UNBOUNDED PRECEDING) - octet_length(body) AS bytes_before
      FROM read_records(${env.environmentId}, ${streamId}, ${after.toString()}, ${limit}, ${actionArray}::text::smallint[],
        ${modifiedAfter ?? null}::text::timestamptz, ${ids === undefined ? null : env.pages.types.texts([...ids])}::text[])
    ) r WHERE bytes_before < ${chunkBytes}`;
  const found = rows[0]?.found ?? 0;
  return { rows, reached: found === limit || rows.length < found };
}

/** Up to `limit` rows after `after`. Stop early with `return()`; what is on its way is dropped. */
export async function* fetchRows(env: EnvironmentDb, { streamId, after, limit, filter }: ChunkQuery): AsyncGenerator<StoredRow[]> {
  const fetch = (from: bigint, rows: number) => {
    const chunk = fetchChunk(env, { streamId, after: from, limit: rows, filter });
    chunk.catch(() => {}); // thrown where it is awaited; nobody awaits it when the reader went away
    return chunk;
  };
  let left = limit;
  let next: Promise<Chunk> | undefined = fetch(after, Math.min(left, firstChunkRows));
  while (next) {
    const { rows, reached }: Chunk = await next;
    left -= rows.length;
    next = reached && left > 0 ? fetch(BigInt(rows.at(-1)!.seq), Math.min(left, chunkRows)) : undefined;
    if (rows.length > 0) yield rows;
  }
}

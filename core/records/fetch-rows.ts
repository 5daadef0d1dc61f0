// Rows of a stream in change order, a chunk a round trip, the next chunk on its way while this one is used.
import type { EnvironmentDb } from '../db/database.ts';
import type { recordActions } from '../db/schema/records.ts';

export interface StoredRow {
  external_id: string;
  /** int8 and times (microseconds since 1970) as the driver gives them: a `Date` would lose the microseconds. */
  seq: string;
  first_seen_at: string;
  changed_at: string;
  deleted_at: string | null;
  pruned_at: string | null;
  action: number;
  /** Encrypted, in base64: a third less to send and to parse than the driver's hex. Empty once pruned. */
  body: string;
}

export interface RowFilter {
  actions?: readonly (keyof typeof recordActions)[] | undefined;
  /** ISO 8601, compared with the last change to the microsecond. */
  modifiedAfter?: string | undefined;
  ids?: readonly string[] | undefined;
}

const actionNumbers = { added: 1, updated: 2, deleted: 3 } as const satisfies typeof recordActions;
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
  // date_part gives float8, exact to the microsecond until the year 2255; to_char costs 1 us a value more.
  const rows = await env.pages<StoredRow[]>`
    SELECT external_id, seq, action, encode(body, 'base64') AS body,
      (date_part('epoch', first_seen_at) * 1e6)::int8 AS first_seen_at, (date_part('epoch', changed_at) * 1e6)::int8 AS changed_at,
      (date_part('epoch', deleted_at) * 1e6)::int8 AS deleted_at, (date_part('epoch', pruned_at) * 1e6)::int8 AS pruned_at
    FROM (
      SELECT *, sum(octet_length(body)) OVER (ROWS UNBOUNDED PRECEDING) - octet_length(body) AS bytes_before
      FROM read_records(${env.environmentId}, ${streamId}, ${after.toString()}, ${limit}, ${actionArray}::text::smallint[],
        ${modifiedAfter ?? null}::text::timestamptz, ${ids === undefined ? null : env.pages.types.texts([...ids])}::text[])
    ) r WHERE bytes_before < ${chunkBytes}`;
  // Of base64, so never less than the database has counted: at worst one more, empty chunk is asked for.
  const bytes = rows.reduce((sum, { body }) => sum + body.length, 0);
  return { rows, reached: rows.length === limit || bytes >= chunkBytes };
}

/** Up to `limit` rows after `after`. Stop early with `return()`; what is on its way is dropped. */
export async function* fetchRows(
  env: EnvironmentDb,
  { streamId, after, limit, filter }: ChunkQuery,
): AsyncGenerator<StoredRow[]> {
  const fetch = (from: bigint, rows: number) => {
    const chunk = fetchChunk(env, { streamId, after: from, limit: rows, filter });
    chunk.catch(() => {}); // thrown where it is awaited; nobody awaits it when the reader went away
    return chunk;
  };
  let left = limit;
  let next: Promise<Chunk> | undefined = fetch(after, Math.min(left, chunkRows));
  while (next) {
    const { rows, reached }: Chunk = await next;
    left -= rows.length;
    next = reached && left > 0 ? fetch(BigInt(rows.at(-1)!.seq), Math.min(left, chunkRows)) : undefined;
    if (rows.length > 0) yield rows;
  }
}

// Rows of a stream in change order, a chunk a round trip, the next chunk on its way while this one is used.
import type { EnvironmentDb } from '../db/database.ts';
import type { recordActions } from '../db/schema/records.ts';

export interface StoredRow {
  external_id: string;
  seq: bigint;
  action: number;
  /** Encrypted; empty once pruned. */
  body: Buffer;
  /** Microseconds since 1970: a `Date` would lose them. Exact as numbers until the year 2255. */
  first_seen_at: number;
  changed_at: number;
  deleted_at: number | null;
  pruned_at: number | null;
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
  // In binary form: as text, bodies are twice their size and every value is printed there and parsed here.
  const columns = await env.pages<Buffer[][]>`
    SELECT external_id, seq, action, body, first_seen_at, changed_at, deleted_at, pruned_at
    FROM (
      SELECT *, sum(octet_length(body)) OVER (ROWS UNBOUNDED PRECEDING) - octet_length(body) AS bytes_before
      FROM read_records(${env.environmentId}, ${streamId}, ${after.toString()}, ${limit}, ${actionArray}::text::smallint[],
        ${modifiedAfter ?? null}::text::timestamptz, ${ids === undefined ? null : env.pages.types.texts([...ids])}::text[])
    ) r WHERE bytes_before < ${chunkBytes}`.raw();
  const rows = (columns as unknown as (Buffer | null)[][]).map(toRow);
  const bytes = rows.reduce((sum, { body }) => sum + body.length, 0);
  return { rows, reached: rows.length === limit || bytes >= chunkBytes };
}

/** 2000-01-01, from which Postgres counts its microseconds (timestamptz_send). */
const postgresEpochMicros = 946_684_800_000_000;

const micros = (value: Buffer | null | undefined): number | null =>
  value ? Number(value.readBigInt64BE()) + postgresEpochMicros : null;

function toRow([id, seq, action, body, firstSeenAt, changedAt, deletedAt, prunedAt]: (Buffer | null)[]): StoredRow {
  return {
    external_id: id!.toString(),
    seq: seq!.readBigInt64BE(),
    action: action!.readInt16BE(),
    body: body!,
    first_seen_at: micros(firstSeenAt)!,
    changed_at: micros(changedAt)!,
    deleted_at: micros(deletedAt),
    pruned_at: micros(prunedAt),
  };
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
    next = reached && left > 0 ? fetch(rows.at(-1)!.seq, Math.min(left, chunkRows)) : undefined;
    if (rows.length > 0) yield rows;
  }
}

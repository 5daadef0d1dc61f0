// Rows of a stream in change order, a chunk a round trip, the next chunk on its way while this one is used.
import type { EnvironmentDb } from '../db/database.ts';
import type { recordActions } from '../db/schema/records.ts';
import { noMoment, type PackedRow, seqOf } from './packed-row.ts';

export interface RowFilter {
  actions?: readonly (keyof typeof recordActions)[] | undefined;
  /**
   * ISO 8601. Changes from the beginning of its millisecond on: a caller's clock knows no microseconds, and must not miss
   * what changed in the same moment as the last record it has.
   */
  modifiedAfter?: string | undefined;
  ids?: readonly string[] | undefined;
}

const actionNumbers = { added: 1, updated: 2, deleted: 3 } as const satisfies typeof recordActions;
const chunkRows = 500;
const chunkBytes = 8 * 2 ** 20;

interface Chunk {
  rows: PackedRow[];
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
    SELECT int8send(seq) || int2send(action) || timestamptz_send(first_seen_at) || timestamptz_send(changed_at)
      || coalesce(timestamptz_send(deleted_at), ${noMoment}) || coalesce(timestamptz_send(pruned_at), ${noMoment})
      || convert_to(external_id, 'UTF8'), body
    FROM (
      SELECT *, sum(octet_length(body)) OVER (ROWS UNBOUNDED PRECEDING) - octet_length(body) AS bytes_before
      FROM read_records(${env.environmentId}, ${streamId}, ${after.toString()}, ${limit}, ${actionArray}::text::smallint[],
        date_trunc('milliseconds', ${modifiedAfter ?? null}::text::timestamptz) - interval '1 microsecond',
        ${ids === undefined ? null : env.pages.types.texts([...ids])}::text[])
    ) r WHERE bytes_before < ${chunkBytes}`.raw();
  const rows = columns as unknown as PackedRow[];
  const bytes = rows.reduce((sum, [, body]) => sum + body.length, 0);
  return { rows, reached: rows.length === limit || bytes >= chunkBytes };
}

/** Up to `limit` rows after `after`. Stop early with `return()`; what is on its way is dropped. */
export async function* fetchRows(
  env: EnvironmentDb,
  { streamId, after, limit, filter }: ChunkQuery,
): AsyncGenerator<PackedRow[]> {
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
    next = reached && left > 0 ? fetch(seqOf(rows.at(-1)!), Math.min(left, chunkRows)) : undefined;
    if (rows.length > 0) yield rows;
  }
}

// Takes the payload out of records that the caller has stored elsewhere; the rows stay, so nothing is seen as new.
import { sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { invalidCursor } from './cursor.ts';
import { type CursorKey, findStream, type StreamNames } from './find-stream.ts';

export interface PruneQuery extends StreamNames, CursorKey {
  /** The last record to prune. */
  untilCursor: string;
  /** 1 to 10,000 */
  limit: number;
}

/**
 * Oldest changes first. No change number is taken: a reader that is behind finds the pruned record in its old place.
 * @throws SynclineError `unknown_connection`, `invalid_cursor`, `cursor_stale`
 */
export async function pruneRecords(
  env: EnvironmentDb,
  { untilCursor, limit, ...names }: PruneQuery,
): Promise<{ count: number; hasMore: boolean }> {
  const stream = await findStream(env, names);
  if (!stream) throw invalidCursor();
  const until = stream.cursors.decode(untilCursor, stream.lastSeq);
  return await env.transaction(async (tx) => {
    // Without statistics the planner would read the whole partition; records_seq is what must find these rows.
    await tx.execute(sql`SET LOCAL enable_seqscan = off`);
    // Under the stream's lock, like every writer of its records: two that lock rows in different orders would deadlock.
    await tx.execute(sql`SELECT 1 FROM streams WHERE id = ${stream.id} FOR UPDATE`);
    const [result] = await tx.execute<{ found: number; pruned: number }>(sql`
      WITH found AS (
        SELECT external_id, row_number() OVER (ORDER BY seq) AS n FROM records
        WHERE stream_id = ${stream.id} AND seq <= ${until.toString()}::bigint AND pruned_at IS NULL
        ORDER BY seq LIMIT ${limit + 1}
      ), pruned AS (
        UPDATE records r SET body = '', pruned_at = clock_timestamp() FROM found f
        WHERE r.stream_id = ${stream.id} AND r.external_id = f.external_id AND f.n <= ${limit} RETURNING 1
      )
      SELECT (SELECT count(*)::int FROM found) AS found, (SELECT count(*)::int FROM pruned) AS pruned`);
    return { count: result!.pruned, hasMore: result!.found > limit };
  });
}

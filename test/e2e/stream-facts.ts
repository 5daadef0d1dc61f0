// What only the database can say about a stream: its change numbers, and what its runs counted.
import postgres from 'postgres';

export interface StreamFacts {
  lastSeq: number;
  /** Numbers that records carry; each of their changes took one. */
  distinctSeqs: number;
  records: number;
  /** Added, updated and deleted by all runs of the connection. */
  changes: number;
}

/** @param connection the caller's text */
export async function readStreamFacts(databaseUrl: string, connection: string): Promise<StreamFacts> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const [facts] = await sql<StreamFacts[]>`
      SELECT s.last_seq::int AS "lastSeq", count(r.*)::int AS records, count(DISTINCT r.seq)::int AS "distinctSeqs",
        (SELECT coalesce(sum(c.added + c.updated + c.deleted), 0)::int
         FROM run_counts c JOIN runs ON runs.id = c.run_id JOIN syncs ON syncs.id = runs.sync_id
         WHERE syncs.connection_id = s.connection_id) AS changes
      FROM streams s
      JOIN connections ON connections.id = s.connection_id
      LEFT JOIN records r ON r.stream_id = s.id
      WHERE connections.connection_id = ${connection}
      GROUP BY s.id`;
    if (!facts) throw new Error(`${connection} has no stream.`);
    return facts;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

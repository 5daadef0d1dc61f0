// The reference of `sync`: the same rows into a table with a primary key and one index, unchanged ones filtered by hash,
// in the same Postgres. No tenant, no encryption, no change numbers in order, no journal.
import { hash } from 'node:crypto';
import postgres from 'postgres';
import { arrayTypes } from '../core/db/array-types.ts';
import { createItem } from '../simulator/items.ts';

export interface LeanTable {
  /** Rows/s of all rows at revision `rev`. */
  upsert(rev: number, batch: number): Promise<number>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function createLeanTable(databaseUrl: string, total: number): Promise<LeanTable> {
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  await admin`CREATE DATABASE bench_reference`;
  await admin.end();
  const url = new URL(databaseUrl);
  url.pathname = '/bench_reference';
  const sql = postgres(url.href, { max: 1, types: arrayTypes, fetch_types: false, onnotice: () => {} });
  const clear = async () => {
    await sql`DROP TABLE IF EXISTS lean`;
    await sql`CREATE TABLE lean (stream_id bigint, external_id text, seq bigint, hash bytea, body bytea, PRIMARY KEY (stream_id, external_id))`;
    await sql`CREATE INDEX lean_seq ON lean (stream_id, seq)`;
  };
  await clear();

  return {
    clear,
    async upsert(rev, batch) {
      let ms = 0;
      for (let from = 1; from <= total; from += batch) {
        const bodies = [];
        for (let id = from; id < from + batch && id <= total; id++)
          bodies.push(Buffer.from(JSON.stringify(createItem(id, rev))));
        const ids = bodies.map((_, index) => String(from + index));
        const hashes = bodies.map((body) => hash('sha256', body, 'buffer'));
        const at = performance.now(); // rows and hashes are made beforehand
        await sql`
          INSERT INTO lean AS l SELECT 1, e, ${String(from)} + o, h, b
          FROM unnest(${sql.types.texts(ids)}, ${sql.types.bytes(hashes)}, ${sql.types.bytes(bodies)}) WITH ORDINALITY AS i(e, h, b, o)
          ON CONFLICT (stream_id, external_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, body = excluded.body
          WHERE l.hash IS DISTINCT FROM excluded.hash`;
        ms += performance.now() - at;
      }
      return (total / ms) * 1000;
    },
    close: () => sql.end(),
  };
}

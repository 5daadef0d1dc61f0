// Puts the values of one column and environment under the data key that is active: batch by batch, each a short transaction, while
// others read and write. A row that somebody holds is left for the next pass, so nobody ever waits in a circle.
import type { Client, EnvironmentDb } from '../db/database.ts';
import { SynclineError } from '../errors.ts';
import type { EncryptedColumn } from './encrypted-columns.ts';

export interface Batch {
  changed: number;
  /** Held by somebody, or gone since they were listed. */
  skipped: number;
  /** `Place.row` of those that do not open. */
  unreadable: string[];
}

export interface BatchLimits {
  rows: number;
  bytes: number;
}

export const batchLimits: BatchLimits = { rows: 500, bytes: 8_000_000 };

type Sql = Pick<Client, 'unsafe' | 'types'>;

/** The id of the key that made a value, as it stands in it (envelope.ts); shorter ones hold nothing. */
export const isCiphertext = (column: string): string => `octet_length(${column}) > 32`;
export const keyIdBytes = (column: string): string => `substring(${column} FROM 2 FOR 4)`;

const idBytes = (keyId: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(keyId);
  return bytes;
};

const list = (parts: string[]): string => parts.join(', ');

export async function* reencryptColumn(
  environment: EnvironmentDb,
  column: EncryptedColumn,
  limits: BatchLimits = batchLimits,
): AsyncGenerator<Batch> {
  let after: string[] | undefined;
  for (;;) {
    const found = await byKey(environment, (sql) => listStale(sql, environment, { column, after, limits }));
    if (found.length === 0) return;
    yield await byKey(environment, (sql) => reencrypt(sql, environment, column, found));
    after = found.at(-1)!;
  }
}

/** By the primary key, whatever the planner believes about a tenant's share of the table: else each batch reads it whole. */
const byKey = <T>(environment: EnvironmentDb, work: (sql: Sql) => Promise<T>): Promise<T> =>
  inEnvironment(environment, async (sql) => {
    await sql.unsafe(
      'SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off',
    );
    return work(sql);
  });

export function inEnvironment<T>({ pages, environmentId }: EnvironmentDb, work: (sql: Sql) => Promise<T>): Promise<T> {
  return pages.begin(async (sql) => {
    await sql`
      SELECT set_config('app.env_id', ${environmentId}, true), set_config('statement_timeout', '600000', true)`;
    return work(sql as unknown as Sql);
  }) as Promise<T>;
}

interface Listing {
  column: EncryptedColumn;
  after: string[] | undefined;
  limits: BatchLimits;
}

/** Keys as text, in order; at least one, and no more than the limits let in. */
async function listStale(
  sql: Sql,
  { cipher }: EnvironmentDb,
  { column: { table, column, key }, after, limits }: Listing,
): Promise<string[][]> {
  const names = key.map(([name]) => name);
  const beyond = after
    ? `AND (${list(names)}) > (${list(key.map(([, type], index) => `$${index + 2}::text::${type}`))})`
    : '';
  const rows = await sql.unsafe<Record<string, string>[]>(
    `SELECT ${list(names.map((name, index) => `${name}::text AS k${index}`))}, octet_length(${column})::text AS bytes
     FROM ${table}
     WHERE ${isCiphertext(column)} AND ${keyIdBytes(column)} <> $1 ${beyond}
     ORDER BY ${list(names)} LIMIT ${limits.rows}`,
    [idBytes(cipher.activeKeyId), ...(after ?? [])],
  );
  let bytes = 0;
  const fitting = rows.filter((row, index) => {
    bytes += Number(row['bytes']);
    return index === 0 || bytes <= limits.bytes;
  });
  return fitting.map((row) => names.map((_, index) => row[`k${index}`]!));
}

async function reencrypt(
  sql: Sql,
  environment: EnvironmentDb,
  column: EncryptedColumn,
  found: string[][],
): Promise<Batch> {
  const batch: Batch = { changed: 0, skipped: 0, unreadable: [] };
  const neighbours = Map.groupBy(found, (key) => JSON.stringify(key.slice(0, -1)));
  for (const keys of neighbours.values()) {
    const { changed, skipped, unreadable } = await reencryptNeighbours(sql, environment, column, keys);
    batch.changed += changed;
    batch.skipped += skipped;
    batch.unreadable.push(...unreadable);
  }
  return batch;
}

/**
 * Rows whose keys differ in the last part only. `= ANY` is a probe of the index for each; a join with a list of keys is turned
 * round when the planner believes a tenant to have few rows (90 values a second instead of thousands).
 */
async function reencryptNeighbours(
  sql: Sql,
  { cipher }: EnvironmentDb,
  { table, column, key, row }: EncryptedColumn,
  keys: string[][],
): Promise<Batch> {
  const prefix = keys[0]!.slice(0, -1);
  const [lastName, lastType] = key.at(-1)!;
  const isPrefix = key.slice(0, -1).map(([name, type], index) => `${name} = $${index + 3}::text::${type} AND `);
  const isOne = `${isPrefix.join('')}${lastName} = ANY ($1::text[]::${lastType}[])`;
  const held = await sql.unsafe<{ last: string; value: Buffer }[]>(
    `SELECT ${lastName}::text AS last, ${column} AS value FROM ${table}
     WHERE ${isOne} AND ${isCiphertext(column)} AND ${keyIdBytes(column)} <> $2 FOR NO KEY UPDATE SKIP LOCKED`,
    [sql.types.texts(keys.map((values) => values.at(-1)!)), idBytes(cipher.activeKeyId), ...prefix],
  );
  const changed: string[] = [];
  const values: Buffer[] = [];
  const unreadable: string[] = [];
  for (const { last, value } of held) {
    const place = { table, column, row: row([...prefix, last]) };
    const plain = openOrNot(() => cipher.decrypt(place, value));
    if (plain) {
      changed.push(last);
      values.push(cipher.encrypt(place, plain));
    } else unreadable.push(place.row);
  }
  if (changed.length > 0) {
    await sql.unsafe(
      `UPDATE ${table} SET ${column} = ($2::bytea[])[array_position($1::text[]::${lastType}[], ${lastName})] WHERE ${isOne}`,
      [sql.types.texts(changed), sql.types.bytes(values), ...prefix],
    );
  }
  return { changed: changed.length, skipped: keys.length - held.length, unreadable };
}

/** One altered value must not keep the others on an old key. */
function openOrNot(open: () => Buffer): Buffer | undefined {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof SynclineError && ['undecryptable', 'wrong_encryption_key'].includes(cause.code))
      return undefined;
    throw cause;
  }
}

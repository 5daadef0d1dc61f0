import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, type EnvironmentDb, openDatabase } from './database.ts';
import { createOwnDatabase, type OwnDatabase } from './test-server.ts';

let own: OwnDatabase;
let database: Database;
let mine: EnvironmentDb;
let theirs: EnvironmentDb;
/** Every table with a tenant column, by the catalogue, so that a new one cannot be forgotten here. */
let tables: string[];

beforeAll(async () => {
  own = await createOwnDatabase('rls', { migrated: true });
  database = await openDatabase({
    url: own.url,
    encryptionKeys: [randomBytes(32)],
    pools: { main: 2, pages: 2, platform: 2 },
  });
  mine = await database.forEnvironment(randomUUID());
  theirs = await database.forEnvironment(randomUUID());
  await own.owner`DELETE FROM data_keys WHERE environment_id = ${theirs.environmentId}`; // no row of theirs anywhere
  const rows = await own.owner<{ name: string }[]>`
    SELECT c.relname AS name FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'environment_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`;
  tables = rows.map(({ name }) => name);
  for (const table of tables.filter((name) => name !== 'data_keys')) {
    await own.owner.unsafe(await insertStatement(table, mine.environmentId)); // the owner bypasses policies
  }
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

/** A row with the least that its columns demand. */
async function insertStatement(table: string, environmentId: string): Promise<string> {
  const columns = await own.owner<{ name: string; type: string }[]>`
    SELECT column_name AS name, data_type AS type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = ${table} AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'`;
  const value = (name: string, type: string): string => {
    if (name === 'environment_id') return `'${environmentId}'`;
    if (name === 'window_id') return 'COALESCE((SELECT min(id) FROM delete_windows), 1)'; // the one foreign key
    if (type === 'uuid') return 'gen_random_uuid()';
    if (type === 'ARRAY') return `'{}'`;
    if (type.startsWith('timestamp')) return 'now()';
    if (type === 'jsonb') return `'{}'`;
    if (type === 'bytea') return `'\\x${randomBytes(8).toString('hex')}'`;
    if (type === 'text') return `'${randomBytes(4).toString('hex')}'`;
    return '1';
  };
  return `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) VALUES (${columns.map(({ name, type }) => value(name, type)).join(', ')})`;
}

const countIn = async (env: EnvironmentDb, table: string) => {
  const [row] = await env.transaction((tx) =>
    tx.execute<{ count: number }>(sql.raw(`SELECT count(*)::int AS count FROM ${table}`)),
  );
  return row!.count;
};

describe('every table of a tenant', () => {
  it('is found by this test', () => {
    expect(tables).toEqual(
      expect.arrayContaining(['records', 'syncs', 'credentials', 'messages', 'journal', 'seen_pages']),
    );
  });

  it('forces its policy on the owner, too', async () => {
    const open = await own.owner`
      SELECT relname FROM pg_class
      WHERE relname = ANY (${tables}) AND relnamespace = 'public'::regnamespace AND NOT (relrowsecurity AND relforcerowsecurity)`;
    expect([...open]).toEqual([]);
  });

  it('shows no row without an environment', async () => {
    for (const table of tables) {
      const [row] = await mine.pages.unsafe(`SELECT count(*)::int AS count FROM ${table}`);
      expect(row!['count'], table).toBe(0);
    }
  });

  it('shows a row to its own environment and to no other', async () => {
    for (const table of tables) {
      expect(await countIn(mine, table), table).toBeGreaterThan(0);
      expect(await countIn(theirs, table), table).toBe(0);
    }
  });

  it('lets nobody change or remove the rows of another environment', async () => {
    for (const table of tables) {
      const removed = await theirs.transaction((tx) => tx.execute(sql.raw(`DELETE FROM ${table} RETURNING 1`)));
      expect(removed.length, table).toBe(0);
      const moved = await theirs.transaction((tx) =>
        tx.execute(sql.raw(`UPDATE ${table} SET environment_id = '${theirs.environmentId}' RETURNING 1`)),
      );
      expect(moved.length, table).toBe(0);
    }
  });

  it('refuses a row for another environment', async () => {
    for (const table of tables) {
      const statement = await insertStatement(table, mine.environmentId);
      const attempt = theirs.transaction((tx) => tx.execute(sql.raw(statement)));
      await expect(attempt, table).rejects.toMatchObject({ cause: { code: '42501' } });
    }
  });

  it('is out of reach directly by partition', async () => {
    await expect(mine.pages`SELECT * FROM records_0`).rejects.toMatchObject({ code: '42501' });
    await expect(mine.pages`SELECT * FROM messages_default`).rejects.toMatchObject({ code: '42501' });
  });
});

describe('the platform role', () => {
  it('reads the desired state of all syncs and no records, credentials or runs', async () => {
    const [row] = await database.platform`SELECT count(*)::int AS count FROM syncs`;
    expect(row!['count']).toBeGreaterThan(0);
    for (const table of ['records', 'credentials', 'runs', 'connections']) {
      await expect(database.platform.unsafe(`SELECT * FROM ${table}`), table).rejects.toMatchObject({ code: '42501' });
    }
    await expect(database.platform`UPDATE syncs SET desired = 'paused'`).rejects.toMatchObject({ code: '42501' });
  });
});

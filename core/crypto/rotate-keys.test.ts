import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../simulator/random.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { createOwnDatabase, type OwnDatabase } from '../db/test-server.ts';
import { checkKeys } from './check-keys.ts';
import { encryptedColumns, otherBytes } from './encrypted-columns.ts';
import { keyIdOf } from './envelope.ts';
import { type RotationProgress, rotateKeys } from './rotate-keys.ts';
import { openAll, type Seeded, seedValues } from './test-values.ts';

const activateAfterMs = 600;
const keyRefreshMs = 100;
let own: OwnDatabase;
let keys: Buffer[];
const open: Database[] = [];

async function start(encryptionKeys = keys): Promise<Database> {
  const database = await openDatabase({ url: own.url, encryptionKeys, keyRefreshMs });
  open.push(database);
  return database;
}

beforeAll(async () => {
  own = await createOwnDatabase('rotate_keys', { migrated: true });
  keys = [randomBytes(32)];
});
afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await own.drop();
});

const plainOf = async ({ environment }: Seeded) =>
  (await openAll(environment)).map(({ column, row, plain }) => `${column.table}.${column.column} ${row} ${plain}`);

it('knows every column of bytes: as ciphertext with its place, or as something else', async () => {
  const rows = await own.owner<{ name: string }[]>`
    SELECT c.relname || '.' || a.attname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.atttypid = 'bytea'::regtype AND NOT a.attisdropped`;
  const known = [...encryptedColumns.map(({ table, column }) => `${table}.${column}`), ...otherBytes];
  expect(rows.map(({ name }) => name).sort()).toEqual(known.sort());
});

it('opens what the server writes, of each column at least two values', async () => {
  const seeded = await seedValues(await start(), { connections: 3, records: 3 });
  const opened = await openAll(seeded.environment);
  const counts = Object.groupBy(opened, ({ column }) => `${column.table}.${column.column}`);
  for (const { table, column } of encryptedColumns) {
    const wanted = table === 'environments' ? 1 : 2;
    expect(counts[`${table}.${column}`]?.length, `${table}.${column}`).toBeGreaterThanOrEqual(wanted);
  }
});

it('moves every value to new data keys and the new key while others read, write and hold rows', async () => {
  const [old] = keys as [Buffer];
  keys = [randomBytes(32), old];
  const [reader, writer] = [await start(), await start()];
  const seeded = await seedValues(reader, { connections: 200, records: 200 });
  const before = await plainOf(seeded);
  const { environmentId } = seeded.environment;
  const written = await writer.forEnvironment(environmentId);
  const failures: unknown[] = [];
  let busy = true;
  let reads = 0;
  const reading = (async () => {
    while (busy) {
      await openAll(seeded.environment).catch((cause) => failures.push(cause));
      reads++;
    }
  })();
  const place = { table: 'variables', column: 'value', row: 'FIRST' };
  const writing = (async () => {
    while (busy) {
      await written.pages.begin(async (sql) => {
        await sql`SELECT set_config('app.env_id', ${environmentId}, true)`;
        await sql`UPDATE variables SET value = ${written.cipher.encryptText(place, 'value of FIRST')} WHERE name = 'FIRST'`;
        await sleep(5);
      });
    }
  })();
  const held = written.locks.begin(async (sql) => {
    await sql`SELECT set_config('app.env_id', ${environmentId}, true)`;
    await sql`SELECT 1 FROM credentials WHERE connection_id = ${seeded.connectionIds[0]!} FOR UPDATE`;
    await sleep(2_000); // a token call
  });
  const told: RotationProgress[] = [];
  const result = await rotateKeys({
    url: own.url,
    encryptionKeys: keys,
    activateAfterMs,
    limits: { rows: 50, bytes: 20_000 },
    onProgress: (progress) => told.push(progress),
  });
  busy = false;
  await Promise.all([reading, writing, held]);
  expect(failures).toEqual([]);
  expect(reads).toBeGreaterThan(2);
  expect(result).toMatchObject({ resumed: false, left: 0, unreadable: { count: 0 } });
  expect(result.values).toBeGreaterThan(400);
  expect(told.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['wrap', 'wait', 'encrypt']));
  expect(told.at(-1)!.done).toBe(told.at(-1)!.total);

  const { keys: checked, columns, rotationSince } = await checkKeys({ url: own.url, encryptionKeys: keys });
  expect(rotationSince).toBeNull();
  expect(columns.filter(({ older }) => older > 0)).toEqual([]);
  expect(checked.map(({ droppable }) => droppable)).toEqual([false, true]);
  const after = await start([keys[0]!]);
  const again = { ...seeded, environment: await after.forEnvironment(environmentId) };
  expect(await plainOf(again)).toEqual(before);
  await expect(start([old])).rejects.toMatchObject({ code: 'wrong_encryption_key' });
  keys = [keys[0]!];
});

it('goes on after kill -9 at any moment, with the data keys it had begun with', async () => {
  const seed = Number(process.env['SEED'] ?? randomInt(1e9));
  console.log(`seed ${seed} (repeat with SEED=${seed})`);
  const random = createRandom(seed);
  keys = [randomBytes(32), ...keys];
  const database = await start();
  const seeded = await seedValues(database, { connections: 250, records: 250 });
  const before = await plainOf(seeded);
  let kills = 0;
  let resumed = 0;
  for (let attempt = 0; attempt < 8; attempt++) {
    const child = spawn(
      process.execPath,
      [
        ...['--import', new URL('../db/driver-patch.ts', import.meta.url).pathname],
        new URL('./test-rotation.ts', import.meta.url).pathname,
        own.url,
        keys.map((key) => key.toString('base64')).join(','),
        String(activateAfterMs),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    const announced = Promise.withResolvers<void>();
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      announced.resolve();
    });
    const closed = once(child, 'close');
    await Promise.race([announced.promise, closed]);
    const isLast = attempt === 7;
    if (!isLast) {
      await Promise.race([sleep(random() * (attempt < 4 ? 80 : 900)), closed]);
      child.kill('SIGKILL');
    }
    const [code] = await closed;
    expect((await plainOf(seeded)).join('\n')).toBe(before.join('\n'));
    if (code === 0) {
      resumed = Number(JSON.parse(output.trim().split('\n').at(-1)!).resumed);
      break;
    }
    kills++;
  }
  expect(kills).toBeGreaterThanOrEqual(4);
  expect(resumed).toBe(1);
  const { environmentId } = seeded.environment;
  const [{ count } = { count: 0 }] = await own.owner<{ count: number }[]>`
    SELECT count(*)::int AS count FROM data_keys WHERE environment_id = ${environmentId}`;
  expect(count).toBe(2);
  const after = await (await start([keys[0]!])).forEnvironment(environmentId);
  const values = await openAll(after);
  expect(values.filter(({ value }) => keyIdOf(value) !== after.cipher.activeKeyId)).toEqual([]);
  expect((await checkKeys({ url: own.url, encryptionKeys: [keys[0]!] })).rotationSince).toBeNull();
  keys = [keys[0]!];
});

it('goes past a value that does not open, says where it is, and does not call itself done', async () => {
  const database = await start();
  const { environment, connectionIds } = await seedValues(database, { connections: 3, records: 3 });
  const [broken] = connectionIds as [string];
  await environment.pages.begin(async (sql) => {
    await sql`SELECT set_config('app.env_id', ${environment.environmentId}, true)`;
    await sql`UPDATE credentials SET value = set_byte(value, 40, get_byte(value, 40) # 1) WHERE connection_id = ${broken}`;
  });
  const result = await rotateKeys({ url: own.url, encryptionKeys: keys, activateAfterMs });
  expect(result).toMatchObject({
    left: 0,
    unreadable: { count: 1, places: [{ table: 'credentials', column: 'value', row: broken }] },
  });
  expect((await checkKeys({ url: own.url, encryptionKeys: keys })).rotationSince).not.toBeNull();
});

it('runs once at a time', async () => {
  const rotations = [1, 2].map(() => rotateKeys({ url: own.url, encryptionKeys: keys, activateAfterMs }));
  const outcomes = await Promise.allSettled(rotations);
  expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: expect.objectContaining({ code: 'rotation_running' }) },
  ]);
});

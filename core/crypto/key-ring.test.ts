import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../db/database.ts';
import { createOwnDatabase, type OwnDatabase } from '../db/test-server.ts';

const place = { table: 'variables', column: 'value', row: 'A' };
const first = randomBytes(32);
let own: OwnDatabase;
const open: Database[] = [];

async function start(...encryptionKeys: Buffer[]): Promise<Database> {
  const database = await openDatabase({ url: own.url, encryptionKeys, pools: { main: 1, pages: 1, platform: 1 } });
  open.push(database);
  return database;
}

async function addEnvironment(): Promise<string> {
  const [row] = await own.owner`
    INSERT INTO environments (id, name, webhook_signing_key) VALUES (gen_random_uuid(), ${randomBytes(6).toString('hex')}, 'x') RETURNING id`;
  return row!['id'] as string;
}

beforeAll(async () => {
  own = await createOwnDatabase('key_ring', { migrated: true });
});
afterAll(async () => {
  await Promise.all(open.map((database) => database.close()));
  await own.drop();
});

it('opens what an earlier start has sealed, and derives the same purpose keys', async () => {
  const environmentId = await addEnvironment();
  const before = await start(first);
  const value = (await before.forEnvironment(environmentId)).cipher.encryptText(place, 'kept');
  const after = await start(first);
  const { cipher } = await after.forEnvironment(environmentId);
  expect(cipher.decryptText(place, value)).toBe('kept');
  expect(after.keys.purpose('cursor').export()).toEqual(before.keys.purpose('cursor').export());
  expect(after.keys.purpose('cursor').export()).not.toEqual(after.keys.purpose('api-key').export());
});

it('gives every environment keys of its own', async () => {
  const database = await start(first);
  const [one, two] = [
    await database.forEnvironment(await addEnvironment()),
    await database.forEnvironment(await addEnvironment()),
  ];
  expect(() => two.cipher.decryptText(place, one.cipher.encryptText(place, 'x'))).toThrow();
  expect(one.cipher.contentHash('x')).not.toEqual(two.cipher.contentHash('x'));
});

it('makes one data key however many ask for it at once', async () => {
  const environmentId = await addEnvironment();
  const databases = await Promise.all([start(first), start(first), start(first)]);
  const ciphers = await Promise.all(databases.map((database) => database.keys.cipherFor(environmentId)));
  expect(ciphers[2]!.decryptText(place, ciphers[0]!.encryptText(place, 'x'))).toBe('x');
});

it('refuses to start with a key that does not open what is stored', async () => {
  await expect(start(randomBytes(32))).rejects.toMatchObject({ code: 'wrong_encryption_key' });
});

it('opens old data when the old key is only the second one', async () => {
  const environmentId = await addEnvironment();
  const value = (await (await start(first)).forEnvironment(environmentId)).cipher.encryptText(place, 'kept');
  const rotated = await start(randomBytes(32), first);
  expect((await rotated.forEnvironment(environmentId)).cipher.decryptText(place, value)).toBe('kept');
});

it('refuses to start while a data key of a missing key is left', async () => {
  const environmentId = await addEnvironment();
  const second = randomBytes(32);
  await (await start(second, first)).forEnvironment(environmentId); // its data key is wrapped with the second
  await expect(start(first)).rejects.toMatchObject({ code: 'wrong_encryption_key' });
  await own.owner`DELETE FROM data_keys WHERE environment_id = ${environmentId}`;
});

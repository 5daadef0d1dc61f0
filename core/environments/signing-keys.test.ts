import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EnvironmentDb } from '../db/database.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { createEnvironment } from './environments.ts';
import { readSigningKeys, rotateSigningKey, signatureHeaders } from './signing-keys.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('signing_keys');
});
afterAll(() => test.close());

async function environment(name: string): Promise<EnvironmentDb> {
  const { id } = await createEnvironment(test.database, name, false);
  return test.database.forEnvironment(id);
}

const hmac = (key: string, body: string) => createHmac('sha256', key).update(body).digest('hex');

it('signs with the new key at once, and tells the digest of the old one until the overlap ends', async () => {
  const env = await environment('overlap');
  const before = await readSigningKeys(env);
  expect(before.previous).toBeNull();
  expect(signatureHeaders(before, 'body')).toEqual({ 'X-Nango-Hmac-Sha256': hmac(before.current, 'body') });

  const now = new Date();
  const after = await rotateSigningKey(env, { overlapSeconds: 60, now });
  expect(after.current).not.toBe(before.current);
  expect(await readSigningKeys(env)).toEqual(after);
  expect(signatureHeaders(after, 'body')).toEqual({
    'X-Nango-Hmac-Sha256': hmac(after.current, 'body'),
    'X-Nango-Hmac-Sha256-Previous': hmac(before.current, 'body'),
  });
  const later = await readSigningKeys(env, new Date(now.getTime() + 60_000));
  expect(later).toEqual({ current: after.current, previous: null });
});

it('keeps at most two, and none but the new one without an overlap', async () => {
  const env = await environment('two');
  const first = await rotateSigningKey(env, { overlapSeconds: 60 });
  const second = await rotateSigningKey(env, { overlapSeconds: 60 });
  expect(second.previous?.key).toBe(first.current);
  const third = await rotateSigningKey(env, { overlapSeconds: 0 });
  expect(third.previous).toBeNull();
  expect(await readSigningKeys(env)).toEqual(third);
});

it('loses no key when many rotate at once', async () => {
  const env = await environment('race');
  const made = await Promise.all(Array.from({ length: 8 }, () => rotateSigningKey(env, { overlapSeconds: 60 })));
  const last = await readSigningKeys(env);
  expect(made.map(({ current }) => current)).toContain(last.current);
  expect(made.map(({ current }) => current)).toContain(last.previous?.key);
});

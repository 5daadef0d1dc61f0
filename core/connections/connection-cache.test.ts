import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EnvironmentDb } from '../db/database.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { createConnectionCache } from './connection-cache.ts';
import { fetchConnection } from './fetch-connection.ts';

let test: TestDatabase;
let env: EnvironmentDb;
const key = { providerConfigKey: 'crm', connectionId: 'c1' };

beforeAll(async () => {
  test = await openTestDatabase('connection_cache');
  ({ env } = await test.environment());
});
afterAll(() => test.close());

/** Its clock stands still, so that nothing is forgotten by age. */
function createStill(clock = { ms: 0 }) {
  let reads = 0;
  const cache = createConnectionCache(test.database, {
    now: () => clock.ms,
    read: (environment, wanted) => {
      reads += 1;
      return fetchConnection(environment, wanted);
    },
  });
  return { cache, reads: () => reads, clock };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The condition did not come.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('reads a connection once for many, and again after a second', async () => {
  const { cache, reads, clock } = createStill();
  await Promise.all(Array.from({ length: 50 }, () => cache.fetch(env, key)));
  const settled = reads(); // the first notice that it listens empties it once
  await until(async () => {
    const before = reads();
    await cache.fetch(env, key);
    return reads() === before;
  });
  expect(settled).toBeLessThanOrEqual(2);
  const before = reads();
  clock.ms += 1_000;
  await cache.fetch(env, key);
  expect(reads()).toBe(before + 1);
});

it.each([
  ['connection', sql`UPDATE connections SET metadata = metadata || '{"seen": "connection"}'`],
  ['integration', sql`UPDATE integrations SET display_name = 'seen integration'`],
])('forgets it when another process changes its %s', async (what, change) => {
  const { cache } = createStill();
  const shown = async () => {
    const { connection, integration } = await cache.fetch(env, key);
    return `${JSON.stringify(connection.metadata)} ${integration.displayName}`;
  };
  await new Promise((resolve) => setTimeout(resolve, 200)); // it listens
  await shown();
  await env.transaction((tx) => tx.execute(change));
  await until(async () => new RegExp(`seen"?:? ?"?${what}`).test(await shown()));
});

it('forgets what this process has written at once, and knows nothing of other environments', async () => {
  const { cache } = createStill();
  await cache.fetch(env, key);
  await env.transaction((tx) => tx.execute(sql`UPDATE connections SET metadata = '{"own": true}'`));
  cache.forget(env.environmentId);
  expect((await cache.fetch(env, key)).connection.metadata).toEqual({ own: true });
  const { env: other } = await test.environment();
  expect((await cache.fetch(other, key)).connection.metadata).toEqual({});
});

it('keeps no failure', async () => {
  const { cache } = createStill();
  const missing = { ...key, connectionId: 'later' };
  await expect(cache.fetch(env, missing)).rejects.toMatchObject({ code: 'unknown_connection' });
  await env.transaction((tx) => tx.execute(sql`UPDATE connections SET connection_id = 'later'`));
  expect((await cache.fetch(env, missing)).connection.connectionId).toBe('later');
});

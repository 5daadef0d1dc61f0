import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { createCredentials } from './credentials.ts';
import { findDue, sweepCredentials } from './sweep.ts';
import { openRenewalTest, type RenewalTest } from './test-renewal.ts';

let test: RenewalTest;
beforeAll(async () => {
  test = await openRenewalTest(createSimulator());
});
afterAll(() => test.close());

const whole = { shard: 0, shards: 1 };
const idsInOrder = (due: { connectionId: string }[]) => due.map(({ connectionId }) => connectionId);
const idsOf = (due: { connectionId: string }[]) => idsInOrder(due).sort();

it('renews what is due, each once although several sweep, and leaves the rest alone', async () => {
  const due = await Promise.all(Array.from({ length: 12 }, () => test.connect({ expiresInMs: 60_000 })));
  const fresh = await test.connect({ expiresInMs: 3_600_000 });
  const [tired, over] = [await test.connect({ expiresInMs: 60_000 }), await test.connect({ expiresInMs: 60_000 })];
  const set = (connection: typeof tired, columns: string) =>
    connection.environment.transaction((tx) =>
      tx.execute(sql`UPDATE credentials SET ${sql.raw(columns)} WHERE connection_id = ${connection.connectionId}`),
    );
  await set(tired, "backoff_until = now() + interval '1 h'");
  await set(over, 'needs_reauth_at = now()');

  const { database } = test;
  expect(idsOf(await findDue(database.platform, { ...whole, limit: 100 }))).toEqual(idsOf(due));
  const halves = await Promise.all([0, 1].map((shard) => findDue(database.platform, { shard, shards: 2, limit: 100 })));
  expect(halves.every(({ length }) => length < due.length)).toBe(true);
  expect(idsOf(halves.flat())).toEqual(idsOf(due));

  const open = async () => createCredentials({ ...test, database: await test.openAgain() });
  const sweepers = await Promise.all([open(), open(), open()]);
  await Promise.all(
    sweepers.map((credentials) => sweepCredentials({ database, credentials }, { ...whole, budgetMs: 30_000 })),
  );
  for (const connection of due) {
    expect((await connection.readRow()).version).toBe(2);
    expect(await connection.readAttempts()).toHaveLength(1);
  }
  for (const connection of [fresh, tired, over]) expect((await connection.readRow()).version).toBe(1);
  expect(await findDue(database.platform, { ...whole, limit: 100 })).toEqual([]);
});

it('takes integrations in turns, so that a thousand due of one do not keep another waiting', async () => {
  const crowd = await Promise.all(Array.from({ length: 6 }, () => test.connect({ expiresInMs: 30_000 })));
  const late = await test.connect({ expiresInMs: 290_000 });
  const [first] = crowd as [(typeof crowd)[0]];
  const { owner } = test.own;
  const ids = crowd.map(({ connectionId }) => connectionId);
  await owner`
    UPDATE connections c SET connection_id = c.id::text, environment_id = f.environment_id, integration_id = f.integration_id
    FROM connections f WHERE f.id = ${first.connectionId} AND c.id = ANY (${ids}::uuid[])`;
  await owner`
    UPDATE credentials SET environment_id = ${first.environment.environmentId} WHERE connection_id = ANY (${ids}::uuid[])`;
  const order = idsInOrder(await findDue(test.database.platform, { ...whole, limit: 100 }));
  expect(order).toHaveLength(7);
  expect(order.indexOf(late.connectionId)).toBeLessThanOrEqual(1);

  const tried: string[] = [];
  let atWork = 0;
  let most = 0;
  const credentials = {
    async refresh(_environmentId: string, connectionId: string) {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setTimeout(resolve, 20));
      tried.push(connectionId);
      atWork--;
      throw new Error('the provider is down');
    },
  };
  const options = { ...whole, budgetMs: 10_000, atOnce: 3, atOnceEach: 2 };
  const result = await sweepCredentials({ database: test.database, credentials }, options);
  expect(result).toEqual({ tried: 7, needsReauth: 0, failed: 7 });
  expect(new Set(tried).size).toBe(7);
  expect(most).toBe(3);
  expect(tried.indexOf(late.connectionId)).toBeLessThan(3);
});

it('finds the due ones of 100,000 by the index', async () => {
  const { environment } = await test.connect({ expiresInMs: 60_000 });
  const id = environment.environmentId;
  await test.own.owner`
    INSERT INTO credentials (connection_id, environment_id, type, value, refresh_at)
    SELECT gen_random_uuid(), ${id}, 'OAUTH2', '', now() + n * interval '1 s' FROM generate_series(1, 100000) n`;
  await test.own.owner`ANALYZE credentials`;
  const plan = await test.database.platform<{ 'QUERY PLAN': string }[]>`
    EXPLAIN SELECT connection_id FROM credentials
    WHERE environment_id = ${id} AND refresh_at <= now() AND refresh_at IS NOT NULL AND needs_reauth_at IS NULL
    ORDER BY refresh_at LIMIT 1000`;
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('credentials_renewable');
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../crypto/uuid.ts';
import { runCounts } from '../db/schema/syncs.ts';
import { openStream } from './open-stream.ts';
import { quarantine, refuseManyRejects } from './quarantine.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('quarantine');
});
afterAll(() => test.close());

/** A run that has saved 1,000 records, in whichever attempts. */
async function setUp() {
  const { env, connectionId } = await test.environment();
  const stream = await openStream(env, { connectionId, model: 'Contact', variant: 'base' });
  const runId = uuidv7();
  const { environmentId } = env;
  await env.transaction((tx) =>
    tx.insert(runCounts).values({ runId, model: 'Contact', environmentId, added: 400, unchanged: 600 }),
  );
  const reject = (count: number) =>
    quarantine(env, {
      stream,
      runId,
      records: Array.from({ length: count }, () => ({ id: null, reason: 'id_missing' })),
    });
  return { env, runId, reject };
}

it('counts rejected records with the run', async () => {
  const { env, runId, reject } = await setUp();
  await reject(2);
  await reject(3);
  const [counts] = await env.transaction((tx) => tx.select().from(runCounts));
  expect(counts).toMatchObject({ runId, added: 400, quarantined: 5 });
});

it('judges the share over the whole run, so that one reject after a kill does not fail it', async () => {
  const { env, runId, reject } = await setUp();
  await reject(10);
  await refuseManyRejects(env, runId);
  await reject(1);
  await expect(refuseManyRejects(env, runId)).rejects.toMatchObject({ code: 'too_many_rejects' });
});

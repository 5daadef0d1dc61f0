import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../crypto/uuid.ts';
import { connections, credentials, refreshAttempts } from '../db/schema/connections.ts';
import { quarantinedRecords, records, streams } from '../db/schema/records.ts';
import { deleteWindows, journal, runCounts, runs, seenPages, syncs } from '../db/schema/syncs.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { createSyncsForFunction, markSyncsDeleted } from './create-syncs.ts';
import { purgeConnection, teardownSync } from './teardown.ts';
import {
  begin,
  createTestSync,
  deploy,
  ids,
  liveIds,
  readRow,
  runComplete,
  saveWithoutRun,
  type TestSync,
} from './test-sync.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('teardown');
});
afterAll(() => test.close());

const tables = {
  syncs,
  runs,
  runCounts,
  journal,
  deleteWindows,
  seenPages,
  records,
  streams,
  quarantinedRecords,
  credentials,
  refreshAttempts,
  connections,
};

/** Names of tables in which the environment still has rows. */
async function leftIn({ env }: TestSync): Promise<string[]> {
  const left: string[] = [];
  for (const [name, table] of Object.entries(tables)) {
    if ((await env.transaction((tx) => tx.select().from(table).limit(1))).length > 0) left.push(name);
  }
  return left;
}

async function busySync(records = 3): Promise<TestSync> {
  const sync = await createTestSync(test);
  await runComplete(sync, ids(records));
  const run = await begin(sync);
  await run.trackDeletesStart();
  await run.save(['r1']);
  const { environmentId } = sync.env;
  await sync.env.transaction(async (tx) => {
    await tx
      .insert(journal)
      .values({ runId: run.attempt.runId, segment: 0, key: randomBytes(8), occurrence: 0, environmentId, kind: 1 });
    const [stream] = await tx.select().from(streams);
    await tx
      .insert(quarantinedRecords)
      .values({ environmentId, streamId: stream!.id, runId: run.attempt.runId, reason: 'id_missing' });
  });
  return sync;
}

const markDeleted = ({ env, functionId }: TestSync) => env.transaction((tx) => markSyncsDeleted(tx, { functionId }));

it('purges a deleted sync with everything it made, and may be repeated', async () => {
  const sync = await busySync();
  await markDeleted(sync);
  await teardownSync(sync.env, sync.syncId);
  expect(await leftIn(sync)).toEqual(['connections']);
  await teardownSync(sync.env, sync.syncId);
});

it('fences a deleted sync off at once, and lets the reconciler find it', async () => {
  const sync = await createTestSync(test);
  const run = await begin(sync);
  const before = await readRow(sync);
  expect(await markDeleted(sync)).toEqual([sync.syncId]);
  await expect(run.save(['a'])).rejects.toMatchObject({ code: 'run_superseded' });
  expect((await readRow(sync)).revision).toBe(before.revision + 1);
});

it('leaves a live sync alone', async () => {
  const sync = await busySync();
  await teardownSync(sync.env, sync.syncId);
  expect(await leftIn(sync)).toContain('records');
  expect(await readRow(sync)).toMatchObject({ desired: 'active' });
});

it('keeps a stream that another live sync of the connection writes', async () => {
  const sync = await busySync();
  const other = await deploy(sync.env, sync.integrationId, {
    name: 'contacts-too',
    definition: { models: ['Contact'] },
  });
  const [otherId] = await sync.env.transaction((tx) =>
    createSyncsForFunction(tx, { environmentId: sync.env.environmentId, functionId: other }),
  );
  await markDeleted(sync);
  await teardownSync(sync.env, sync.syncId);
  expect((await liveIds(sync)).length).toBe(3);
  expect(await leftIn(sync)).toEqual(['syncs', 'records', 'streams', 'connections']);
  expect((await sync.env.transaction((tx) => tx.select().from(streams)))[0]!.windowId).toBeNull();

  await sync.env.transaction((tx) => markSyncsDeleted(tx, { functionId: other }));
  await teardownSync(sync.env, otherId!);
  expect(await leftIn(sync)).toEqual(['connections']);
});

it('goes on after it was killed half-way, with a beat between batches', async () => {
  const sync = await busySync(6_000);
  await markDeleted(sync);
  const killed = teardownSync(sync.env, sync.syncId, () => {
    throw new Error('killed');
  });
  await expect(killed).rejects.toThrow('killed');
  expect((await liveIds(sync)).length).toBe(1_000);
  let beats = 0;
  await Promise.all([teardownSync(sync.env, sync.syncId, () => beats++), teardownSync(sync.env, sync.syncId)]);
  expect(beats).toBeGreaterThan(0);
  expect(await leftIn(sync)).toEqual(['connections']);
});

it('purges a deleted connection with its secrets, and no other', async () => {
  const sync = await busySync();
  const { env, connectionId } = sync;
  const { environmentId } = env;
  await env.transaction(async (tx) => {
    await tx.insert(credentials).values({ connectionId, environmentId, type: 'API_KEY', value: randomBytes(40) });
    await tx.insert(refreshAttempts).values({ id: uuidv7(), environmentId, connectionId, version: 1 });
    await tx.insert(streams).values({ environmentId, connectionId, model: 'Written', variant: 'by an action' });
  });
  await purgeConnection(env, connectionId);
  expect(await leftIn(sync)).toContain('credentials');

  await env.transaction((tx) =>
    tx.update(connections).set({ deletedAt: new Date() }).where(eq(connections.id, connectionId)),
  );
  await purgeConnection(env, connectionId);
  expect(await leftIn(sync)).toEqual([]);
  await purgeConnection(env, connectionId);
  await saveWithoutRun(await busySync(), ['unharmed']);
});

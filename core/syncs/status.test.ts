import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncs } from '../db/schema/syncs.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { pauseSyncs, startSyncs, triggerSyncs, updateFrequency } from './commands.ts';
import { listSyncs } from './list-syncs.ts';
import { listRuns, readRun } from './runs.ts';
import { syncStatus } from './status.ts';
import { begin, createTestSync, deployAgain, ids, readRow, runComplete, type TestSync } from './test-sync.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('status');
});
afterAll(() => test.close());

const all = { providerConfigKey: 'crm', syncs: [] };
const statusOf = async ({ env }: TestSync) => (await syncStatus(env, { providerConfigKey: 'crm', syncs: '*' }))[0]!;

describe('the status of a sync', () => {
  it('of which none ran has no result yet', async () => {
    const sync = await createTestSync(test, { definition: { autoStart: false, runs: 'every day' } });
    expect(await statusOf(sync)).toEqual({
      id: sync.syncId,
      connection_id: 'c1',
      name: 'contacts',
      variant: 'base',
      type: 'INITIAL',
      status: 'PAUSED',
      frequency: 'every day',
      nextScheduledSyncAt: null,
      recordCount: { Contact: 0 },
      checkpoint: null,
    });
    await startSyncs(sync.env, all);
    expect(await statusOf(sync)).toMatchObject({ status: 'SUCCESS', nextScheduledSyncAt: expect.stringMatching(/Z$/) });
  });

  it('follows its runs', async () => {
    const sync = await createTestSync(test, { definition: { syncType: 'incremental' } });
    const run = await begin(sync);
    await run.save(ids(3));
    const during = await statusOf(sync);
    expect(during).toMatchObject({
      status: 'RUNNING',
      type: 'INITIAL',
      latestExecutionStatus: 'RUNNING',
      recordCount: { Contact: 3 },
    });
    expect(during.finishedAt).toBeUndefined();
    expect(Date.parse(during.nextScheduledSyncAt!)).toBeGreaterThan(Date.now());
    await run.finish();
    expect(await statusOf(sync)).toMatchObject({
      status: 'SUCCESS',
      type: 'INITIAL',
      latestExecutionStatus: 'SUCCESS',
      latestResult: { Contact: { added: 3, updated: 0, deleted: 0 } },
      finishedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    await (await begin(sync)).finish({ ok: false, error: { type: 'x', message: '' } });
    expect(await statusOf(sync)).toMatchObject({
      status: 'ERROR',
      type: 'INCREMENTAL',
      latestExecutionStatus: 'STOPPED',
      latestResult: { Contact: { added: 0, updated: 0, deleted: 0 } },
    });
  });

  it('is RUNNING from the trigger on, and PAUSED with a parked run', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, ids(1));
    await triggerSyncs(sync.env, { ...all, mode: 'incremental' });
    expect((await statusOf(sync)).status).toBe('RUNNING');
    const run = await begin(sync);
    await pauseSyncs(sync.env, all);
    expect((await statusOf(sync)).status).toBe('RUNNING');
    await run.finish({ ok: false, stopped: true });
    expect(await statusOf(sync)).toMatchObject({
      status: 'PAUSED',
      nextScheduledSyncAt: null,
      latestExecutionStatus: 'STOPPED',
    });
  });

  it('shows deletes that wait for confirmation', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, ids(100));
    await runComplete(sync, ids(10));
    expect(await statusOf(sync)).toMatchObject({
      status: 'SUCCESS',
      pendingDeletes: { Contact: 90 },
      recordCount: { Contact: 100 },
    });
  });

  it('selects by name and variant, and knows nothing of what is not there', async () => {
    const { env } = await createTestSync(test);
    const status = (connectionId: string | undefined, name: string, variant = 'base', providerConfigKey = 'crm') =>
      syncStatus(env, { providerConfigKey, ...(connectionId && { connectionId }), syncs: [{ name, variant }] });
    expect((await status('c1', 'contacts')).length).toBe(1);
    expect(await status(undefined, 'contacts', 'us')).toEqual([]);
    expect(await status(undefined, 'nope')).toEqual([]);
    expect(await status('c1', 'contacts', 'base', 'nope')).toEqual([]);
    await expect(status('nope', 'contacts')).rejects.toMatchObject({ code: 'invalid_body', status: 400 });
  });
});

describe('the frequency', () => {
  it('is echoed without its every, and null goes back to the declared one', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, []);
    const change = { providerConfigKey: 'crm', connectionId: 'c1', name: 'contacts', variant: 'base' };
    const set = await updateFrequency(sync.env, { ...change, frequency: 'every 2 hours' });
    expect(set).toEqual({ frequency: '2 hours', poke: [sync.syncId] });
    expect((await statusOf(sync)).frequency).toBe('2 hours');
    expect((await readRow(sync)).periodMs).toBe(7_200_000);
    expect((await updateFrequency(sync.env, { ...change, frequency: null })).frequency).toBe('every hour');
    await expect(updateFrequency(sync.env, { ...change, frequency: 'often' })).rejects.toMatchObject({
      code: 'invalid_body',
    });
    await expect(updateFrequency(sync.env, { ...change, name: 'nope', frequency: null })).rejects.toMatchObject({
      code: 'unknown_sync',
    });
  });

  it('of a new version is taken over, poked and planned, but not where it was overridden', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, []);
    const before = await readRow(sync);
    expect(await deployAgain(sync.env, sync.functionId, { runs: 'every hour' })).toEqual([]);
    expect(await deployAgain(sync.env, sync.functionId, { runs: 'every 5m' })).toEqual([sync.syncId]);
    const after = await readRow(sync);
    expect([after.periodMs, after.revision]).toEqual([300_000, before.revision + 1]);
    expect(after.nextRunAt.getTime() - Date.now()).toBeLessThanOrEqual(300_000);
    await sync.env.transaction((tx) => tx.update(syncs).set({ frequency: '1h' }).where(eq(syncs.id, sync.syncId)));
    expect(await deployAgain(sync.env, sync.functionId, { runs: 'every day' })).toEqual([]);
  });
});

describe('the list of syncs', () => {
  it('comes in pages, filtered', async () => {
    const sync = await createTestSync(test, { name: 'a' });
    const { env } = sync;
    for (const variant of ['v1', 'v2', 'v3']) {
      const { id: _, ...row } = await readRow(sync);
      const id = crypto.randomUUID();
      await env.transaction((tx) =>
        tx.insert(syncs).values({ ...row, id, variant, ...(variant === 'v3' && { desired: 'paused' }) }),
      );
    }
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await listSyncs(env, { limit: 2, ...(cursor && { cursor }) });
      expect(page.data.length).toBe(2);
      seen.push(...page.data.map(({ variant }) => variant));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen.sort()).toEqual(['base', 'v1', 'v2', 'v3']);
    expect((await listSyncs(env, { status: 'PAUSED' })).data.map(({ variant }) => variant)).toEqual(['v3']);
    expect(
      (await listSyncs(env, { variant: 'v1', name: 'a', providerConfigKey: 'crm', connectionId: 'c1' })).data,
    ).toEqual([
      expect.objectContaining({ provider_config_key: 'crm', auto_start: true, active_run_id: null, last_run_id: null }),
    ]);
    expect((await listSyncs(env, { connectionId: 'nope' })).data).toEqual([]);
    await expect(listSyncs(env, { cursor: 'bm9wZQ' })).rejects.toMatchObject({ code: 'invalid_cursor', status: 400 });
  });
});

describe('runs', () => {
  it('are listed newest first, filtered, and read one by one', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, ids(3));
    await (await begin(sync)).finish({ ok: false, error: { type: 'script_error', message: 'boom' } });
    const open = await begin(sync);
    const { env, syncId } = sync;
    const first = await listRuns(env, { syncId, limit: 2 });
    expect(first.data.map(({ number, state }) => [number, state])).toEqual([
      [3, 'running'],
      [2, 'failed'],
    ]); // prettier-ignore
    const rest = await listRuns(env, { syncId, limit: 2, cursor: first.next_cursor! });
    expect(rest).toMatchObject({ data: [{ number: 1, state: 'succeeded' }], next_cursor: null });
    expect((await listRuns(env, { syncId, states: ['failed'] })).data).toEqual([
      expect.objectContaining({ error: { type: 'script_error', message: 'boom' }, number: 2 }),
    ]);
    expect((await listRuns(env, { syncId, to: new Date(0) })).data).toEqual([]);
    expect(await readRun(env, rest.data[0]!.id)).toMatchObject({
      sync_id: syncId,
      connection_id: 'c1',
      provider_config_key: 'crm',
      pages: 1,
      trigger: 'connection',
      results: { Contact: { added: 3, updated: 0, deleted: 0, unchanged: 0, quarantined: 0 } },
      checkpoint: null,
      pending_deletes: null,
    });
    expect(await readRun(env, open.attempt.runId)).toMatchObject({ finished_at: null, attempts: 1 });
  });

  it('of others are not there', async () => {
    const [mine, theirs] = [await createTestSync(test), await createTestSync(test)];
    const run = await begin(theirs);
    await expect(readRun(mine.env, run.attempt.runId)).rejects.toMatchObject({ code: 'not_found' });
    await expect(listRuns(mine.env, { syncId: theirs.syncId })).rejects.toMatchObject({ code: 'not_found' });
  });
});

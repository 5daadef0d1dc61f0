import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events } from '../db/schema/events.ts';
import { functions } from '../db/schema/functions.ts';
import { syncs } from '../db/schema/syncs.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { beginAttempt } from './begin-attempt.ts';
import { readSync } from './desired-state.ts';
import { finishRun } from './finish-run.ts';
import {
  begin,
  createTestSync,
  deployAgain,
  ids,
  liveIds,
  readRow,
  readRuns,
  runComplete,
  type TestSync,
} from './test-sync.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('finish_run');
});
afterAll(() => test.close());

const superseded = expect.objectContaining({ code: 'run_superseded' });
const readEvents = async ({ env }: TestSync) =>
  (await env.transaction((tx) => tx.select().from(events))).map(({ payload }) => payload);

describe('an attempt', () => {
  it('takes the fence, so that an older one commits nothing more', async () => {
    const sync = await createTestSync(test);
    const first = await begin(sync);
    await first.save(['a']);
    const second = await begin(sync);
    expect([second.attempt.runId, second.attempt.attempt]).toEqual([first.attempt.runId, 2]);
    expect(second.attempt.fence).toBeGreaterThan(first.attempt.fence);
    await expect(first.save(['b'])).rejects.toEqual(superseded);
    await second.save(['c']);
    expect(await liveIds(sync)).toEqual(['a', 'c']);
  });

  it('is refused for another run than the current, and for a deleted sync', async () => {
    const sync = await createTestSync(test);
    await expect(beginAttempt(sync.env, { syncId: sync.syncId, runNo: 2 })).rejects.toEqual(superseded);
    await sync.env.transaction((tx) => tx.update(syncs).set({ desired: 'deleted' }).where(eq(syncs.id, sync.syncId)));
    await expect(begin(sync)).rejects.toEqual(superseded);
  });

  it('stays with the version its run began with', async () => {
    const sync = await createTestSync(test);
    const first = await begin(sync);
    await deployAgain(sync.env, sync.functionId, { models: ['Contact', 'Deal'] });
    const second = await begin(sync);
    expect(second.attempt.bundleHash).toBe(first.attempt.bundleHash);
    await second.finish();
    expect((await begin(sync)).attempt.definition.models).toEqual(['Contact', 'Deal']);
  });

  it('of a disabled function is refused, and the sync waits for its next slot', async () => {
    for (const definition of [{}, { runs: '' }]) {
      const sync = await createTestSync(test, { definition });
      await sync.env.transaction((tx) => tx.update(functions).set({ enabled: false }));
      await expect(begin(sync)).rejects.toMatchObject({ code: 'disabled_resource' });
      const outcome = { ok: false, error: { type: 'disabled_resource', message: '' } };
      const { status, next } = await finishRun(sync.env, { syncId: sync.syncId, runNo: 1, outcome });
      expect([status, next.runNo]).toEqual(['cancelled', 1]);
      expect(next.nextRunAt).toBeGreaterThan(Date.now());
    }
  });
});

describe('a run that ends', () => {
  it('moves lastSyncDate to its start, frees the row, plans the next slot and tells the app', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await run.save(ids(3));
    const report = await run.finish();
    const [row] = await readRuns(sync);
    expect(report).toMatchObject({
      status: 'succeeded',
      text: '1 pages, 3 records, 0 deleted',
      ended: { state: 'succeeded' },
    });
    expect(report.next).toMatchObject({ runNo: 2, requested: null, desired: 'active' });
    expect(report.next.nextRunAt).toBeGreaterThan(Date.now());
    expect(await readRow(sync)).toMatchObject({ openRunId: null, lastRunId: row!.id, lastSuccessAt: row!.startedAt });
    const [event] = await readEvents(sync);
    expect(event).toMatchObject({
      type: 'sync',
      success: true,
      syncName: 'contacts',
      model: 'Contact',
      syncType: 'INITIAL',
      connectionId: 'c1',
      responseResults: { added: 3, updated: 0, deleted: 0 },
    }); // prettier-ignore
  });

  it('is ended once, however often it is finished', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await run.save(ids(3));
    const first = await run.finish();
    const row = await readRow(sync);
    const second = await run.finish();
    expect([second.status, second.text, second.ended]).toEqual([first.status, first.text, undefined]);
    expect(await readRow(sync)).toEqual(row);
    expect((await readEvents(sync)).length).toBe(1);
  });

  it('keeps lastSyncDate where it was when it failed', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, ids(1));
    const { lastSuccessAt } = await readRow(sync);
    const run = await begin(sync);
    expect(run.attempt.lastSuccessAt).toEqual(lastSuccessAt);
    const report = await run.finish({ ok: false, error: { type: 'script_error', message: 'boom' } });
    expect(report.status).toBe('failed');
    expect((await readRow(sync)).lastSuccessAt).toEqual(lastSuccessAt);
    expect((await readEvents(sync)).at(-1)).toMatchObject({
      success: false,
      error: { type: 'script_error', description: 'boom' },
    });
  });

  it('runs again only when asked without a frequency', async () => {
    const sync = await createTestSync(test, { definition: { runs: '' } });
    expect((await readSync(sync.env, sync.syncId)).nextRunAt).toBeLessThanOrEqual(Date.now());
    expect((await runComplete(sync, [])).next.nextRunAt).toBeNull();
  });

  it('waits for the reset time of the provider', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    const notBefore = Date.now() + 5 * 3_600_000;
    const { next } = await run.finish({ ok: false, error: { type: 'rate_limited', message: '' }, notBefore });
    expect(next.nextRunAt).toBeGreaterThan(notBefore);
  });
});

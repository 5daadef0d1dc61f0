import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events } from '../db/schema/events.ts';
import { deleteWindows, syncs } from '../db/schema/syncs.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { pauseSyncs, startSyncs, triggerSyncs } from './commands.ts';
import { readSync } from './desired-state.ts';
import { cancelRun } from './runs.ts';
import { begin, createTestSync, ids, liveIds, readRuns, readStreams, runComplete, type TestSync } from './test-sync.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('commands');
});
afterAll(() => test.close());

const all = { providerConfigKey: 'crm', syncs: [] };
const superseded = expect.objectContaining({ code: 'run_superseded' });
const stopped = { ok: false, stopped: true };

const setCheckpoint = ({ env, syncId }: TestSync, checkpoint: { page: number }) =>
  env.transaction((tx) => tx.update(syncs).set({ checkpoint }).where(eq(syncs.id, syncId)));

const readEvents = async ({ env }: TestSync) =>
  (await env.transaction((tx) => tx.select().from(events))).map(({ payload }) => payload);

describe('a pause', () => {
  it('keeps the run open under the same number, and start continues it', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await run.trackDeletesStart();
    await run.save(['a']);
    await pauseSyncs(sync.env, all);
    const report = await run.finish(stopped);
    expect(report).toMatchObject({ status: 'paused', next: { desired: 'paused', runNo: 1 } });
    expect(report.ended).toBeUndefined();
    expect(await readRuns(sync)).toEqual([expect.objectContaining({ state: 'queued', finishedAt: null })]);

    await startSyncs(sync.env, all);
    const resumed = await begin(sync);
    expect([resumed.attempt.runId, resumed.attempt.attempt]).toEqual([run.attempt.runId, 2]);
    await resumed.save(['b']);
    expect(await resumed.trackDeletesEnd()).toEqual([]);
    expect((await resumed.finish()).status).toBe('succeeded');
  });

  it('that is taken back before its stop arrives cancels nothing', async () => {
    // Broke once: the run was cancelled, because the row said active when the stop was handled.
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await pauseSyncs(sync.env, all);
    await startSyncs(sync.env, all);
    const report = await run.finish(stopped);
    expect(report).toMatchObject({ status: 'paused', next: { desired: 'active', runNo: 1, nextRunAt: 0 } });
    expect((await begin(sync)).attempt.runId).toBe(run.attempt.runId);
  });

  it('with a trigger makes one run and stays paused', async () => {
    const sync = await createTestSync(test);
    await pauseSyncs(sync.env, all);
    await triggerSyncs(sync.env, { ...all, mode: 'incremental' });
    const { next } = await runComplete(sync, ['a']);
    expect(next).toMatchObject({ desired: 'paused', requested: null, runNo: 2 });
  });

  it('with a trigger while its run is parked means that run', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await pauseSyncs(sync.env, all);
    await run.finish(stopped);
    await triggerSyncs(sync.env, { ...all, mode: 'incremental' });
    expect((await readSync(sync.env, sync.syncId)).requested).toBe('user');
    const resumed = await begin(sync);
    expect(resumed.attempt.runId).toBe(run.attempt.runId);
    expect((await resumed.finish()).next).toMatchObject({ desired: 'paused', requested: null, runNo: 2 });
  });
});

describe('a trigger during a run', () => {
  it('stays requested over further attempts, for one more run', async () => {
    const sync = await createTestSync(test);
    await begin(sync);
    const { queued } = await triggerSyncs(sync.env, { ...all, mode: 'incremental' });
    expect(queued).toEqual([{ connection_id: 'c1', name: 'contacts', variant: 'base' }]);
    const { next } = await (await begin(sync)).finish();
    expect(next).toMatchObject({ requested: 'user', runNo: 2 });
    expect((await (await begin(sync)).finish()).next).toMatchObject({ requested: null, runNo: 3 });
    expect((await readRuns(sync)).map(({ trigger }) => trigger)).toEqual(['connection', 'api']);
  });

  it('of a paused sync, too, when its worker is killed meanwhile', async () => {
    // Broke once: the second attempt took the trigger for its own.
    const sync = await createTestSync(test);
    await pauseSyncs(sync.env, all);
    await triggerSyncs(sync.env, { ...all, mode: 'incremental' });
    await begin(sync);
    await triggerSyncs(sync.env, { ...all, mode: 'incremental' });
    expect((await (await begin(sync)).finish()).next).toMatchObject({ desired: 'paused', requested: 'user' });
  });
});

describe('a reset', () => {
  it('starts without checkpoint, lastSyncDate and pass, and keeps the records', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, ids(3));
    await setCheckpoint(sync, { page: 7 });
    const failing = await begin(sync);
    expect(failing.attempt.checkpoint).toEqual({ page: 7 });
    await failing.trackDeletesStart();
    await failing.finish({ ok: false, error: { type: 'x', message: '' } });
    const [before] = await readStreams(sync);

    await triggerSyncs(sync.env, { ...all, mode: 'reset' });
    const run = await begin(sync);
    expect(run.attempt).toMatchObject({ mode: 'reset', checkpoint: null, lastSuccessAt: null });
    expect(await run.save(ids(3))).toEqual({ added: 0, updated: 0, unchanged: 3 });
    expect((await readStreams(sync))[0]).toMatchObject({ epoch: before!.epoch, windowId: null, liveCount: 3 });
    expect(await sync.env.transaction((tx) => tx.select().from(deleteWindows))).toEqual([]);
    expect((await run.finish()).status).toBe('succeeded');
    expect((await begin(sync)).attempt.mode).toBe('incremental');
  });

  it('with emptied cache removes the records and raises the epoch', async () => {
    const sync = await createTestSync(test);
    await runComplete(sync, ids(3));
    const [before] = await readStreams(sync);
    await triggerSyncs(sync.env, { ...all, mode: 'reset_and_clear' });
    const run = await begin(sync);
    expect(await liveIds(sync)).toEqual([]);
    expect(await run.save(ids(2))).toEqual({ added: 2, updated: 0, unchanged: 0 });
    expect((await readStreams(sync))[0]).toMatchObject({ epoch: before!.epoch + 1, liveCount: 2 });
  });

  it('during a run lets it commit nothing more, and ends it as cancelled before the new one', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await run.save(['a']);
    await triggerSyncs(sync.env, { ...all, mode: 'reset' });
    await expect(run.save(['b'])).rejects.toEqual(superseded);
    await expect(begin(sync)).rejects.toEqual(superseded); // nor does another attempt of it
    const report = await run.finish({ ok: false, error: { type: 'run_superseded', message: '' } });
    expect(report).toMatchObject({
      status: 'cancelled',
      ended: { state: 'cancelled' },
      next: { runNo: 2, requested: 'backfill' },
    });
    expect(await readEvents(sync)).toEqual([]);
    expect((await begin(sync)).attempt).toMatchObject({ mode: 'reset', runNo: 2 });
  });

  it('of a parked run is not lost', async () => {
    // Broke once: the resumed run took the request and dropped its mode.
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await pauseSyncs(sync.env, all);
    await run.finish(stopped);
    await triggerSyncs(sync.env, { ...all, mode: 'reset' });
    await expect(begin(sync)).rejects.toEqual(superseded);
    const outcome = { ok: false, error: { type: 'run_superseded', message: '' } };
    expect((await run.finish(outcome)).next).toMatchObject({ desired: 'paused', requested: 'backfill', runNo: 2 });
    expect((await begin(sync)).attempt).toMatchObject({ mode: 'reset', runNo: 2 });
  });
});

describe('a cancel', () => {
  it('ends the run with its committed pages; the next one comes at its slot', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await run.save(['a']);
    expect(await cancelRun(sync.env, run.attempt.runId)).toEqual({ poke: [sync.syncId] });
    const report = await run.finish(stopped);
    expect(report).toMatchObject({ status: 'cancelled', next: { desired: 'active', requested: null, runNo: 2 } });
    expect(report.next.nextRunAt).toBeGreaterThan(Date.now());
    expect(await liveIds(sync)).toEqual(['a']);
    expect(await readEvents(sync)).toEqual([]);
    expect((await begin(sync)).attempt.runNo).toBe(2);
  });

  it('wins over a pause, and over a run that finishes first it loses', async () => {
    const paused = await createTestSync(test);
    const run = await begin(paused);
    await pauseSyncs(paused.env, all);
    await cancelRun(paused.env, run.attempt.runId);
    expect((await run.finish(stopped)).status).toBe('cancelled');

    const done = await createTestSync(test);
    const quick = await begin(done);
    await cancelRun(done.env, quick.attempt.runId);
    expect((await quick.finish()).status).toBe('succeeded');
    await expect(cancelRun(done.env, quick.attempt.runId)).rejects.toMatchObject({ code: 'run_finished', status: 409 });
  });

  it('ends a run that a pause has parked', async () => {
    const sync = await createTestSync(test);
    const run = await begin(sync);
    await pauseSyncs(sync.env, all);
    await run.finish(stopped);
    await cancelRun(sync.env, run.attempt.runId);
    // The workflow is woken as for a run; its slice is refused at once.
    expect(await readSync(sync.env, sync.syncId)).toMatchObject({ desired: 'paused', requested: 'user', runNo: 1 });
    await expect(begin(sync)).rejects.toEqual(superseded);
    const report = await run.finish({ ok: false, error: { type: 'run_superseded', message: '' } });
    expect(report).toMatchObject({ status: 'cancelled', next: { desired: 'paused', requested: null, runNo: 2 } });
  });

  it('of an unknown run is not found', async () => {
    const sync = await createTestSync(test);
    await expect(cancelRun(sync.env, sync.syncId)).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });
});

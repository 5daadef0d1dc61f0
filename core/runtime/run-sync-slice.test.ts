// What a killed attempt of a sync leaves to the next, with real guests: the first one hangs at a request, and never hears of its end.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { openStream } from '../records/open-stream.ts';
import { readRecordsByIds } from '../records/read-for-functions.ts';
import { readRuns, saveWithoutRun } from '../syncs/test-sync.ts';
import { runSyncSlice } from './run-sync-slice.ts';
import { openTestRuntime, type TestRuntime } from './test-runtime.ts';

const simulator = createSimulator();
let runtime: TestRuntime;
let dead: AbortController;
const abandoned: Promise<unknown>[] = [];
beforeAll(async () => {
  runtime = await openTestRuntime('run_sync_slice', simulator, { guests: 4 });
});
afterAll(() => runtime.close());
beforeEach(() => {
  dead = new AbortController();
  simulator.requests.clear();
});
afterEach(async () => {
  dead.abort();
  await Promise.all(abandoned.splice(0));
});

async function syncOf(body: string) {
  const tenant = await runtime.tenant();
  const js = `exports.default = { type: 'sync', exec: async (nango) => {\n${body}\n} };`;
  const { syncId } = await tenant.deploySync({ name: 'copy', js, definition: { models: ['Contact'] } });
  const sync = { ...tenant, syncId };
  const attempt = (signal = new AbortController().signal) =>
    runSyncSlice(runtime.parts, { environmentId: sync.env.environmentId, syncId, runNo: 1, signal, progress() {} });
  return {
    sync,
    attempt,
    /** The first attempt: the provider keeps it waiting at its `nth` request of this kind, and that is where it stays. */
    async killedAt(match: { method?: string; path: string; nth?: number }) {
      simulator.faults.set([{ match, fault: { noAnswer: true, processed: true } }]);
      abandoned.push(attempt(dead.signal).catch(() => {}));
      await expect.poll(() => asked(match.path, match.method), { timeout: 30_000 }).toBe(match.nth ?? 1);
      simulator.faults.set([]);
    },
    async lines() {
      const [run] = await readRuns(sync);
      return sync.linesOf(run!.operationId);
    },
  };
}

const asked = (path: string, method = 'GET') =>
  simulator.requests.list({ path }).filter((request) => request.method === method).length;

it('goes on where it was: nothing asked, saved or logged again, but for what was on its way', async () => {
  const { sync, attempt, killedAt, lines } = await syncOf(`
    await nango.log('begun');
    const { data } = await nango.get({ endpoint: '/contacts/c0000001' });
    await nango.batchSave([{ id: data.id, text: 'page' }], 'Contact');
    await nango.batchDelete([{ id: 'b' }], 'Contact');
    await nango.post({ endpoint: '/contacts', data: { name: 'Ada' } });`);
  await saveWithoutRun(sync, ['b']);
  await killedAt({ method: 'POST', path: '/contacts' });
  await saveWithoutRun(sync, ['c0000001', 'b'], 'webhook');
  expect(await attempt()).toEqual({ done: true });

  expect([asked('/contacts/c0000001'), asked('/contacts', 'POST')]).toEqual([1, 2]); // a sync’s POST is made again
  expect((await lines()).filter((line) => line === 'begun')).toHaveLength(1);
  const stream = await openStream(sync.env, { connectionId: sync.connectionId, model: 'Contact', variant: 'base' });
  const cursorKey = runtime.parts.database.keys.purpose('cursor');
  const stored = await readRecordsByIds(sync.env, { streamId: stream.id, ids: ['c0000001', 'b'], cursorKey });
  for (const text of stored.values())
    expect(JSON.parse(text)).toMatchObject({ text: 'webhook', _nango_metadata: { deleted_at: null } });
  expect(stored.size).toBe(2);
});

it('begins at its checkpoint, and what was answered before that is asked again', async () => {
  const { attempt, killedAt } = await syncOf(`
    if ((await nango.getCheckpoint()) === null) {
      await nango.get({ endpoint: '/me' });
      await nango.get({ endpoint: '/contacts/c0000001' });
      await nango.saveCheckpoint({ page: 1 });
    }
    await nango.get({ endpoint: '/me' });`);
  await killedAt({ path: '/me', nth: 2 });
  expect(await attempt()).toEqual({ done: true });
  expect([asked('/me'), asked('/contacts/c0000001')]).toEqual([3, 1]);
});

it('begins afresh, once, when the first request after a restart is refused: a page token may have expired', async () => {
  const { attempt, killedAt, lines } = await syncOf(`
    await nango.get({ endpoint: '/me' });
    await nango.get({ endpoint: '/contacts/c0000002' });`);
  await killedAt({ path: '/contacts/c0000002' });
  simulator.faults.set([{ match: { path: '/contacts/c0000002' }, fault: { status: 410 }, times: 1 }]);
  expect(await attempt()).toEqual({ done: false });
  expect(asked('/me')).toBe(1);
  expect(await attempt()).toEqual({ done: true });
  expect([asked('/me'), asked('/contacts/c0000002')]).toEqual([2, 3]);
  expect((await lines()).filter((line) => line.includes('begins again without its journal'))).toHaveLength(1);
});

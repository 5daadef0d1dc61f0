import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import { createPageWriter } from '../../records/commit-page.ts';
import { liveIds, saveWithoutRun } from '../../syncs/test-sync.ts';
import { openTestHost, type TestHost } from './test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await openTestHost('record_calls', createSimulator());
});
afterAll(() => host.close());

const model = 'Contact';
const old = 'deleteRecordsFromPreviousExecutions';
const records = (...ids: string[]) => host.page(ids.map((id) => ({ id })));
type Attempt = Awaited<ReturnType<TestHost['attempt']>>;

async function listed({ call }: Attempt, first: string | null = null) {
  const pages: string[][] = [];
  let cursor = first;
  let until: string | undefined;
  for (;;) {
    const { result, body } = await call('listRecords', { model, cursor, ...(until !== undefined && { until }) });
    pages.push((JSON.parse(String(body)) as { id: string }[]).map(({ id }) => id));
    const next = result as { cursor: string; until: string; more: boolean };
    if (!next.more) return pages;
    ({ cursor, until } = next);
  }
}

describe('setMergingStrategy', () => {
  const careful = { model, strategy: 'ignore_if_modified_after' };

  it('keeps what a webhook changed, also in the next attempt; a second call is told and ignored', async () => {
    const sync = await host.connect();
    const first = await host.attempt(sync);
    await first.call('setMergingStrategy', careful);
    await first.call('setMergingStrategy', { model, strategy: 'override' });
    await first.call('batchSave', ...records('a', 'b'));
    await saveWithoutRun(sync, ['a'], 'webhook');
    await first.call(
      'batchSave',
      ...host.page([
        { id: 'a', ...{ text: 'run' } },
        { id: 'b', ...{ text: 'run' } },
      ]),
    );
    const second = await host.attempt(sync);
    await second.call('setMergingStrategy', careful);
    await second.call(
      'batchUpdate',
      ...host.page([
        { id: 'a', ...{ more: 1 } },
        { id: 'b', ...{ more: 1 } },
      ]),
    );
    const rows = [
      { id: 'a', deletedAt: null },
      { id: 'b', deletedAt: null },
    ];
    await second.call('batchDelete', { model, rows, skipped: 0 });
    const { body } = await second.call('getRecordsByIds', { model, ids: ['a', 'b'] });
    expect(JSON.parse(String(body))).toMatchObject([
      { id: 'a', text: 'webhook', _nango_metadata: { last_action: 'UPDATED' } },
      { id: 'b', text: 'run', more: 1, _nango_metadata: { last_action: 'DELETED' } },
    ]);
    const lines = (await host.linesOf(second.context)).map(({ message }) => message);
    expect(lines.filter((line) => line.includes('changed by somebody else'))).toHaveLength(3);
    expect(lines.some((line) => line.includes('second call is ignored'))).toBe(true);
  });

  it('is an error when nobody knows the strategy, and a warning when it comes late', async () => {
    const run = await host.attempt(await host.connect());
    await expect(run.call('setMergingStrategy', { model, strategy: 'newest' })).rejects.toMatchObject({
      code: 'invalid_merging_strategy',
    });
    await run.call('batchSave', ...records('a'));
    await run.call('setMergingStrategy', { model, strategy: 'ignore_if_modified_after_cursor' });
    expect(await host.linesOf(run.context)).toMatchObject([{ message: expect.stringContaining('before the first') }]);
  });
});

describe(old, () => {
  it('deletes what this run was not served, through a kill in its middle', async () => {
    const sync = await host.connect();
    await saveWithoutRun(sync, ['a', 'b', 'c', 'd']);
    const first = await host.attempt(sync, { js: `nango.${old}(…)` });
    await first.call('batchSave', ...records('a'));
    await first.call('saveCheckpoint', { checkpoint: { page: 1 } });
    const second = await host.attempt(sync, { js: `nango.${old}(…)` });
    await second.call('batchSave', ...records('b'));
    expect(await second.result(old, { model })).toEqual({ deletedKeys: expect.arrayContaining(['c', 'd']) });
    await second.finish();
    expect(await liveIds(sync)).toEqual(['a', 'b']);
  });

  it('does not count what an earlier run was served', async () => {
    const sync = await host.connect();
    await saveWithoutRun(sync, ['a', 'b', 'c']);
    const failed = await host.attempt(sync, { js: old });
    await failed.call('batchSave', ...records('a', 'b'));
    await failed.finish({ ok: false, error: { type: 'script_internal_error', message: 'x' } });
    const next = await host.attempt(sync, { js: old });
    await next.call('batchSave', ...records('a'));
    await next.result(old, { model });
    await next.finish();
    expect(await liveIds(sync)).toEqual(['a']);
  });

  it('fails in a run that began from a checkpoint, and where it was not foreseen', async () => {
    const sync = await host.connect();
    const unforeseen = await host.attempt(sync);
    const incomplete = { code: 'delete_tracking_incomplete' };
    await expect(unforeseen.call(old, { model })).rejects.toMatchObject(incomplete);
    await unforeseen.call('saveCheckpoint', { checkpoint: { page: 1 } });
    await unforeseen.finish();
    const next = await host.attempt(sync, { js: old });
    await expect(next.call(old, { model })).rejects.toMatchObject(incomplete);
  });
});

describe('delete tracking', () => {
  it('of a stale attempt is refused', async () => {
    const sync = await host.connect();
    const stale = await host.attempt(sync);
    await stale.call('trackDeletesStart', { model });
    await host.attempt(sync);
    const superseded = { code: 'run_superseded' };
    await expect(stale.call('trackDeletesStart', { model })).rejects.toMatchObject(superseded);
    await expect(stale.call('trackDeletesEnd', { model })).rejects.toMatchObject(superseded);
  });

  it('that ends without a start is an error; a model that does its own is noted', async () => {
    const run = await host.attempt(await host.connect());
    await expect(run.call('trackDeletesEnd', { model })).rejects.toMatchObject({ code: 'delete_tracking_not_started' });
    await run.call('trackDeletesStart', { model });
    await run.call('batchSave', ...records('a'));
    expect(await run.result('trackDeletesEnd', { model })).toEqual({ deletedKeys: [] });
    expect(run.context.run!.trackedModels).toEqual(new Set([model]));
  });
});

describe('reading', () => {
  it('lists in pages up to where the list began, while the loop saves', async () => {
    const run = await host.attempt(await host.connect());
    const many = Array.from({ length: 1_200 }, (_, n) => `r${n}`);
    await run.call('batchSave', ...records(...many));
    const { result, body } = await run.call('listRecords', { model, cursor: null });
    expect(JSON.parse(String(body))).toHaveLength(500);
    expect(result).toMatchObject({ until: '1200', more: true });
    await run.call('batchSave', ...records('new'));
    const { cursor, until } = result as { cursor: string; until: string };
    const { body: second } = await run.call('listRecords', { model, cursor, until });
    expect(JSON.parse(String(second))).toHaveLength(500);
    const all = (await listed(run)).flat();
    expect(all).toEqual([...many, 'new']);
    const from = (JSON.parse(String(body)) as { _nango_metadata: { cursor: string } }[])[9]!._nango_metadata.cursor;
    expect((await listed(run, from)).flat()).toEqual([...many.slice(10), 'new']);
  });

  it('gives no more than fits into an answer, and says so', async () => {
    const sync = await host.connect();
    const run = await host.attempt(sync);
    const large = Array.from({ length: 20 }, (_, n) => ({ id: `big${n}`, text: 'x'.repeat(1_000_000) }));
    for (const record of large) await run.call('batchSave', ...host.page([record]));
    const ids = large.map(({ id }) => id);
    const { result, body } = await run.call('getRecordsByIds', { model, ids });
    expect(result).toEqual({ complete: false });
    const got = JSON.parse(String(body)) as { id: string }[];
    expect(got.length).toBeGreaterThan(0);
    expect(body!.length).toBeLessThan(20_000_000);
    const pages = await listed(run);
    expect(pages.flat()).toEqual(ids);
    expect(Math.max(...pages.map(({ length }) => length))).toBeLessThan(15);
  });
});

it('a webhook function saves without a run, and tracks no deletes', async () => {
  const sync = await host.connect();
  const { context, state, call } = await host.execute(sync, { kind: 'webhook', name: 'contacts' });
  expect(state.stopped).toBe(false);
  const hook = host.answering({ ...context, records: { variant: 'base', pages: createPageWriter(sync.env, null) } });
  await expect(call('batchSave', ...records('a'))).rejects.toMatchObject({ code: 'unknown_call' });
  await hook.call('batchSave', ...records('a', 'b'));
  await hook.call('batchUpdate', ...host.page([{ id: 'a', ...{ text: 'hook' } }]));
  await hook.call('batchDelete', { model, rows: [{ id: 'b', deletedAt: null }], skipped: 1 });
  await hook.call('batchSave', {
    model,
    ids: [],
    lengths: [],
    duplicates: 0,
    quarantined: [{ id: null, reason: 'id_missing' }],
  });
  expect(await liveIds(sync)).toEqual(['a']);
  await hook.call('setMergingStrategy', { model, strategy: 'ignore_if_modified_after' });
  await expect(hook.call('trackDeletesStart', { model })).rejects.toMatchObject({
    code: 'delete_tracking_not_available',
  });
  const rows = await sync.env.transaction((tx) => tx.execute(sql`SELECT run_id, reason FROM quarantined_records`));
  expect([...rows]).toEqual([{ run_id: null, reason: 'id_missing' }]);
});

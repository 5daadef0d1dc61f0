// A run that must not undo what a webhook wrote meanwhile, and partial updates that race with other writers.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { begin, createTestSync, ids, liveIds, saveWithoutRun, type TestSync } from '../syncs/test-sync.ts';
import { createCarefulWriter, setMergingMark } from './careful-writer.ts';
import { createPageWriter } from './commit-page.ts';
import { openStream } from './open-stream.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';
import { updateRecords } from './update-records.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('careful_writer');
});
afterAll(() => test.close());

const page = (wanted: string[], text: string, more: object = {}) => ({
  ids: wanted,
  bodies: wanted.map((id) => Buffer.from(JSON.stringify({ id, text, ...more }))),
});

async function attempt(sync: TestSync) {
  const { env, connectionId, syncId } = sync;
  const run = await begin(sync);
  const stream = await openStream(env, { connectionId, model: 'Contact', variant: 'base' });
  const writer = { syncId, runId: run.attempt.runId, fence: run.attempt.fence };
  const careful = createCarefulWriter(env, writer);
  return { ...run, stream, writer, careful, mark: () => setMergingMark(env, stream, writer) };
}

async function contentOf({ env, connectionId }: TestSync): Promise<Record<string, Record<string, unknown>>> {
  const stream = await openStream(env, { connectionId, model: 'Contact', variant: 'base' });
  const rows = await env.pages<{ external_id: string; body: Buffer }[]>`
    SELECT external_id, body FROM read_records(${env.environmentId}, ${stream.id}, -1, 100000, NULL, NULL, NULL)`;
  const entries = rows.map(({ external_id, body }) => {
    const place = { table: 'records', column: 'body', row: `${stream.id}/${external_id}` };
    return [external_id, JSON.parse(env.cipher.decrypt(place, body).toString())] as const;
  });
  return Object.fromEntries(entries);
}

it('leaves alone what a webhook changed after the mark, and takes its own writes for its own', async () => {
  const sync = await createTestSync(test);
  await saveWithoutRun(sync, ids(4), 'before');
  const { careful, stream, mark } = await attempt(sync);
  await mark();
  expect(await careful.save(stream, page(['r0', 'r1'], 'run'))).toMatchObject({ updated: 2, leftAlone: 0 });
  await saveWithoutRun(sync, ['r1', 'r2', 'hook'], 'webhook');
  const saved = await careful.save(stream, page(['r0', 'r1', 'r2', 'r3', 'r4', 'hook'], 'run again'));
  expect(saved).toMatchObject({ added: 1, updated: 2, leftAlone: 3, stale: [] });
  expect(await careful.save(stream, page(['r3', 'r4'], 'once more'))).toMatchObject({ updated: 2, leftAlone: 0 });
  const content = await contentOf(sync);
  const texts = Object.fromEntries(Object.entries(content).map(([id, { text }]) => [id, text]));
  expect(texts).toEqual({
    r0: 'run again',
    r1: 'webhook',
    r2: 'webhook',
    r3: 'once more',
    r4: 'once more',
    hook: 'webhook',
  });
});

it('keeps its mark through a kill: the next attempt leaves alone what was written before it began', async () => {
  const sync = await createTestSync(test);
  await saveWithoutRun(sync, ids(2), 'before');
  const first = await attempt(sync);
  await first.mark();
  await first.careful.save(first.stream, page(['r0'], 'first'));
  await saveWithoutRun(sync, ['r1'], 'webhook');
  const second = await attempt(sync);
  await second.mark();
  expect(await second.careful.save(second.stream, page(['r0', 'r1'], 'second'))).toMatchObject({
    updated: 1,
    leftAlone: 1,
  });
  await expect(first.careful.save(first.stream, page(['r0'], 'stale'))).rejects.toMatchObject({
    code: 'run_superseded',
  });
  await expect(first.mark()).rejects.toMatchObject({ code: 'run_superseded' });
});

it('counts what it left alone as seen, so that the end of the pass does not delete it', async () => {
  const sync = await createTestSync(test);
  await saveWithoutRun(sync, ids(3), 'before');
  const run = await attempt(sync);
  await run.mark();
  await saveWithoutRun(sync, ['r1'], 'webhook');
  await run.trackDeletesStart();
  expect(await run.careful.save(run.stream, page(['r0', 'r1'], 'run'))).toMatchObject({ leftAlone: 1 });
  expect(await run.trackDeletesEnd()).toEqual(['r2']);
  expect((await run.finish()).status).toBe('succeeded');
  expect(await liveIds(sync)).toEqual(['r0', 'r1']);
});

it('does not delete what somebody else changed after the mark, but what it wrote itself', async () => {
  const sync = await createTestSync(test);
  await saveWithoutRun(sync, ids(3), 'before');
  const { careful, stream, mark } = await attempt(sync);
  await mark();
  await careful.save(stream, page(['r0'], 'run'));
  await saveWithoutRun(sync, ['r1'], 'webhook');
  const all = { ids: ids(3), deletedAt: ids(3).map(() => null) };
  expect(await careful.delete(stream, all)).toEqual({ deleted: 2, leftAlone: 1 });
  expect(await careful.save(stream, page(['r0', 'r2'], 'back'))).toMatchObject({ added: 2, leftAlone: 0 });
  expect(await liveIds(sync)).toEqual(['r0', 'r1', 'r2']);
});

it('ends its marks with the run: the next one overwrites again', async () => {
  const sync = await createTestSync(test);
  const first = await attempt(sync);
  await first.mark();
  await saveWithoutRun(sync, ['r0'], 'webhook');
  await first.finish();
  const second = await attempt(sync);
  expect(await second.careful.save(second.stream, page(['r0'], 'run'))).toMatchObject({ updated: 1, leftAlone: 0 });
});

it('keeps the change numbers of the stream dense', async () => {
  const sync = await createTestSync(test);
  const { careful, stream, mark } = await attempt(sync);
  await mark();
  await careful.save(stream, page(ids(5), 'a'));
  await saveWithoutRun(sync, ids(3), 'webhook');
  await careful.save(stream, page(ids(6), 'b'));
  const rows = await sync.env.pages<{ seq: string }[]>`
    SELECT seq FROM read_records(${sync.env.environmentId}, ${stream.id}, -1, 100, NULL, NULL, NULL)`;
  expect(rows.map(({ seq }) => Number(seq))).toEqual([6, 7, 8, 9, 10, 11]);
});

it('merges partial updates into what is stored, and ignores what is not there, deleted or not', async () => {
  const sync = await createTestSync(test);
  const { env } = sync;
  const { careful: writer, stream, writer: run } = await attempt(sync);
  const plain = createPageWriter(env, run);
  await plain.save(stream, page(['r0', 'r1'], 'stored', { tags: ['a', 'b'], address: { city: 'Rome', zip: '1' } }));
  await plain.delete(stream, { ids: ['r1'], deletedAt: [null] });
  const partial = { ids: ['r0', 'r1', 'unknown'], bodies: [] as Buffer[] };
  partial.bodies = partial.ids.map((id) => Buffer.from(JSON.stringify({ id, tags: ['c'], address: { zip: null } })));
  expect(await updateRecords(env, { stream, writer, page: partial })).toEqual({ ignored: 2, leftAlone: 0 });
  const content = await contentOf(sync);
  expect(content['r0']).toEqual({ id: 'r0', text: 'stored', tags: ['c'], address: { city: 'Rome', zip: null } });
  expect(Object.keys(content).sort()).toEqual(['r0', 'r1']);
  expect(await liveIds(sync)).toEqual(['r0']);
});

it('takes the merged result for unchanged when the partial says nothing new, however it spells the id', async () => {
  const sync = await createTestSync(test);
  const { careful: writer, stream } = await attempt(sync);
  const stored = { ids: ['7'], bodies: [Buffer.from('{"id":7,"text":"stored"}')] };
  await writer.save(stream, stored);
  const partial = { ids: ['7'], bodies: [Buffer.from('{"id":"7","text":"stored"}')] };
  await updateRecords(sync.env, { stream, writer, page: partial });
  expect(await writer.save(stream, stored)).toMatchObject({ unchanged: 1 });
});

it('loses no partial update of two writers that race for the same records', async () => {
  const sync = await createTestSync(test);
  const { env } = sync;
  const { careful: writer, stream } = await attempt(sync);
  const wanted = ids(50);
  await writer.save(stream, page(wanted, 'stored'));
  const hook = createCarefulWriter(env, null);
  const fields = Array.from({ length: 8 }, (_, n) => `f${n}`);
  await Promise.all(
    fields.map((field, n) => {
      const bodies = wanted.map((id) => Buffer.from(JSON.stringify({ id, [field]: n })));
      return updateRecords(env, { stream, writer: n % 2 ? hook : writer, page: { ids: wanted, bodies } });
    }),
  );
  const content = await contentOf(sync);
  for (const id of wanted) for (const [n, field] of fields.entries()) expect(content[id]![field]).toBe(n);
});

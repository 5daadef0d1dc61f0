import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentDb } from '../db/database.ts';
import { createPageWriter } from './commit-page.ts';
import { readStream } from './find-stream.ts';
import { listModels } from './list-models.ts';
import { openStream, type Stream } from './open-stream.ts';
import { pruneRecords } from './prune-records.ts';
import { iterateRecords, readRecordsByIds } from './read-for-functions.ts';
import { type ReadRecordsQuery, readRecords } from './read-records.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

interface Shown {
  id?: string;
  _nango_metadata: Record<'first_seen_at' | 'last_modified_at' | 'last_action' | 'cursor', string> &
    Record<'deleted_at' | 'pruned_at', string | null>;
  [field: string]: unknown;
}
interface Page {
  records: Shown[];
  next_cursor: string | null;
}

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('read_records');
});
afterAll(() => test.close());

async function setUp(model = 'Contact') {
  const { env, connectionId } = await test.environment();
  const stream = await openStream(env, { connectionId, model, variant: 'base' });
  const cursorKey = test.database.keys.purpose('cursor');
  const names = { cursorKey, providerConfigKey: 'crm', connectionId: 'c1', model, variant: 'base' };
  return {
    env,
    stream,
    connectionId,
    cursorKey,
    names,
    writer: createPageWriter(env, null),
    read: (query: Partial<ReadRecordsQuery> = {}) => readAll(env, { ...names, limit: 100, ...query }),
  };
}

async function readAll(env: EnvironmentDb, query: ReadRecordsQuery): Promise<Page> {
  const chunks: Buffer[] = [];
  for await (const chunk of await readRecords(env, query)) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString()) as Page;
}

const lastCursor = ({ records }: Page): string => records.at(-1)!._nango_metadata.cursor;

const save = (writer: ReturnType<typeof createPageWriter>, stream: Stream, records: Record<string, unknown>[]) =>
  writer.save(stream, {
    ids: records.map(({ id }) => String(id)),
    bodies: records.map((record) => Buffer.from(JSON.stringify(record))),
  });

const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ({ id: `${from + n}`, n: from + n }));
const micros = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

describe('a page', () => {
  it('shows content as it was saved, with metadata in microseconds', async () => {
    const { read, writer, stream } = await setUp();
    await save(writer, stream, [{ id: 'ä"\\', name: 'Zoë 🦊', nested: { a: [1, '}'] } }]);
    const page = await read();
    const { _nango_metadata: metadata, ...fields } = page.records[0]!;
    expect(fields).toEqual({ id: 'ä"\\', name: 'Zoë 🦊', nested: { a: [1, '}'] } });
    expect(Object.keys(metadata)).toEqual([
      'first_seen_at',
      'last_modified_at',
      'last_action',
      'deleted_at',
      'pruned_at',
      'cursor',
    ]);
    expect(metadata).toMatchObject({ last_action: 'ADDED', deleted_at: null, pruned_at: null });
    expect(metadata.first_seen_at).toMatch(micros);
    expect(metadata.last_modified_at).toMatch(micros);
    expect(page.next_cursor).toBeNull();
  });

  it('has no next cursor when it ends exactly at the limit, and one when a record is left', async () => {
    const { read, writer, stream } = await setUp();
    await save(writer, stream, many(5));
    expect(await read({ limit: 5 })).toMatchObject({ next_cursor: null });
    const four = await read({ limit: 4 });
    expect(four.next_cursor).toBe(four.records[3]!._nango_metadata.cursor);
  });

  it.each([7, 101, 102, 600, 10_000])('of %i leads to every record once, in order of change', async (limit) => {
    const { read, writer, stream } = await setUp();
    for (const from of [0, 350, 700, 1050]) await save(writer, stream, many(350, from));
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await read({ limit, ...(cursor !== null && { cursor }) });
      expect(page.records.length).toBeLessThanOrEqual(limit);
      seen.push(...page.records.map(({ n }) => n));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(Array.from({ length: 1400 }, (_, n) => n));
  });

  it('continues after any record of a page', async () => {
    const { read, writer, stream } = await setUp();
    await save(writer, stream, many(20));
    const { records } = await read();
    for (const at of [0, 7, 19]) {
      const rest = await read({ cursor: records[at]!._nango_metadata.cursor });
      expect(rest.records.map(({ n }) => n)).toEqual(
        many(20)
          .slice(at + 1)
          .map(({ n }) => n),
      );
    }
  });

  it('is cut at its byte budget, and goes on behind a record of any size', async () => {
    const { read, writer, stream } = await setUp();
    const big = 'x'.repeat(300_000);
    for (let n = 0; n < 60; n += 10)
      await save(
        writer,
        stream,
        many(10, n).map((record) => ({ ...record, big })),
      );
    const seen: unknown[] = [];
    const sizes: number[] = [];
    for (let cursor: string | undefined, last = false; !last; ) {
      const { records, next_cursor } = await read({ limit: 10_000, maxBytes: 7_000_000, cursor });
      seen.push(...records.map(({ n }) => n));
      sizes.push(records.length);
      cursor = next_cursor ?? undefined;
      last = next_cursor === null;
    }
    expect(seen).toEqual(many(60).map(({ n }) => n));
    expect(sizes).toEqual([23, 23, 14]);
    expect((await read({ maxBytes: 10 })).records).toHaveLength(1);
  });

  it('is empty for a model that does not exist, and an error for a connection that does not', async () => {
    const { read } = await setUp();
    expect(await read({ model: 'Other' })).toEqual({ records: [], next_cursor: null });
    await expect(read({ connectionId: 'c2' })).rejects.toMatchObject({ code: 'unknown_connection', status: 400 });
    await expect(read({ providerConfigKey: 'other' })).rejects.toMatchObject({ code: 'unknown_connection' });
  });

  it('is empty behind the last record, until there is another', async () => {
    const { read, writer, stream } = await setUp();
    expect(await read()).toEqual({ records: [], next_cursor: null });
    await save(writer, stream, many(2));
    const cursor = lastCursor(await read());
    expect(await read({ cursor })).toEqual({ records: [], next_cursor: null });
    await save(writer, stream, many(1, 2));
    expect((await read({ cursor })).records.map(({ n }) => n)).toEqual([2]);
  });

  it('splices metadata into an object without members', async () => {
    const { read, writer, stream } = await setUp();
    await writer.save(stream, { ids: ['e'], bodies: [Buffer.from('{}')] });
    expect((await read()).records).toEqual([{ _nango_metadata: expect.any(Object) }]);
  });
});

describe('changes', () => {
  it('move a record to the end, and keep what was deleted with its payload', async () => {
    const { read, writer, stream } = await setUp();
    await save(writer, stream, many(4));
    await save(writer, stream, [{ id: '1', n: 100 }]);
    await writer.delete(stream, { ids: ['2'], deletedAt: [null] });
    await writer.delete(stream, { ids: ['3'], deletedAt: [new Date('2020-01-02T03:04:05.678Z')] });
    await save(writer, stream, [{ id: '3', n: 3 }]);
    const { records } = await read();
    expect(
      records.map(({ id, n, _nango_metadata: { last_action, deleted_at } }) => [
        id,
        n,
        last_action,
        deleted_at !== null,
      ]),
    ).toEqual([
      ['0', 0, 'ADDED', false],
      ['1', 100, 'UPDATED', false],
      ['2', 2, 'DELETED', true],
      ['3', 3, 'ADDED', false],
    ]);
    const of = async (...actions: ('added' | 'updated' | 'deleted')[]) =>
      (await read({ actions })).records.map(({ id }) => id);
    expect(await of('added')).toEqual(['0', '3']);
    expect(await of('updated', 'deleted')).toEqual(['1', '2']);
  });

  it('are found by time from the named millisecond on, so that none of the same moment is missed', async () => {
    const { env, read, writer, stream } = await setUp();
    await save(writer, stream, many(3));
    for (const [id, at] of [
      ['0', '2026-11-01T00:00:00.123999Z'],
      ['1', '2026-11-01T00:00:00.124000Z'],
      ['2', '2026-11-01T00:00:00.124999Z'],
    ] as const) {
      await env.transaction((tx) =>
        tx.execute(sql`UPDATE records SET changed_at = ${at} WHERE stream_id = ${stream.id} AND external_id = ${id}`),
      );
    }
    const since = async (modifiedAfter: string) => (await read({ modifiedAfter })).records.map(({ id }) => id);
    expect(await since('2026-11-01T00:00:00.124999+00:00')).toEqual(['1', '2']);
    expect(await since('2026-11-01T00:00:00.124Z')).toEqual(['1', '2']);
    expect(await since('2026-11-01T00:00:00.125Z')).toEqual([]);
  });

  it('are found by id', async () => {
    const { read, writer, stream } = await setUp();
    await save(writer, stream, many(3));
    expect((await read({ ids: ['2', 'no', '0', 'a,"b\\'] })).records.map(({ id }) => id)).toEqual(['0', '2']);
  });
});

describe('cursors', () => {
  it('of another connection, model or environment are refused', async () => {
    const one = await setUp();
    const two = await setUp();
    for (const { writer, stream } of [one, two]) await save(writer, stream, many(2));
    const cursor = lastCursor(await one.read());
    await expect(two.read({ cursor })).rejects.toMatchObject({ code: 'invalid_cursor', status: 400 });
    await expect(one.read({ cursor, model: 'Other' })).rejects.toMatchObject({ code: 'invalid_cursor' });
    await expect(one.read({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('of before an emptied cache are stale, and rewind to the start', async () => {
    const { env, read, writer, stream } = await setUp();
    await save(writer, stream, many(2));
    const cursor = lastCursor(await read());
    await env.transaction((tx) => tx.execute(sql`UPDATE streams SET epoch = epoch + 1 WHERE id = ${stream.id}`));
    const refusal = await read({ cursor }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'cursor_stale',
      status: 409,
      payload: { rewind_cursor: expect.any(String) },
    });
    const rewound = (refusal as { payload: { rewind_cursor: string } }).payload.rewind_cursor;
    expect((await read({ cursor: rewound })).records).toHaveLength(2);
  });

  it('beyond the numbers that a restored stream has given out are stale', async () => {
    const { env, read, writer, stream } = await setUp();
    await save(writer, stream, many(5));
    const cursor = lastCursor(await read());
    await env.transaction((tx) => tx.execute(sql`UPDATE streams SET last_seq = 3 WHERE id = ${stream.id}`));
    await expect(read({ cursor })).rejects.toMatchObject({ code: 'cursor_stale' });
  });
});

describe('pruning', () => {
  it('takes payloads up to the cursor, in portions, without a change number', async () => {
    const { env, names, read, writer, stream } = await setUp();
    await save(writer, stream, many(6));
    const before = await read();
    const untilCursor = before.records[4]!._nango_metadata.cursor;
    expect(await pruneRecords(env, { ...names, untilCursor, limit: 3 })).toEqual({ count: 3, hasMore: true });
    expect(await pruneRecords(env, { ...names, untilCursor, limit: 3 })).toEqual({ count: 2, hasMore: false });
    expect(await pruneRecords(env, { ...names, untilCursor, limit: 3 })).toEqual({ count: 0, hasMore: false });
    const { records } = await read();
    for (const record of records.slice(0, 5)) {
      expect(Object.keys(record)).toEqual(['id', '_nango_metadata']);
      expect(record._nango_metadata.pruned_at).toMatch(micros);
    }
    expect(records[5]).toEqual(before.records[5]);
    expect(records.map(({ _nango_metadata: { cursor } }) => cursor)).toEqual(
      before.records.map(({ _nango_metadata: { cursor } }) => cursor),
    );
  });

  it('is undone by new content, not by the same', async () => {
    const { env, names, read, writer, stream } = await setUp();
    await save(writer, stream, many(2));
    await pruneRecords(env, { ...names, untilCursor: lastCursor(await read()), limit: 10 });
    await save(writer, stream, [
      { id: '0', n: 0 },
      { id: '1', n: 11 },
    ]);
    expect((await read()).records).toMatchObject([
      { id: '0', _nango_metadata: { pruned_at: expect.any(String) } },
      { n: 11, _nango_metadata: { pruned_at: null } },
    ]);
  });

  it('refuses a cursor that is not of the stream', async () => {
    const { env, names } = await setUp();
    await expect(pruneRecords(env, { ...names, untilCursor: 'x', limit: 1 })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });
});

describe('functions', () => {
  it('read by id as JSON text, deleted ones too, absent ones not', async () => {
    const { env, cursorKey, writer, stream } = await setUp();
    await save(writer, stream, many(3));
    await writer.delete(stream, { ids: ['1'], deletedAt: [null] });
    const found = await readRecordsByIds(env, { cursorKey, streamId: stream.id, ids: ['1', 'no', '2'] });
    expect([...found.keys()].sort()).toEqual(['1', '2']);
    expect(JSON.parse(found.get('1')!)).toMatchObject({ n: 1, _nango_metadata: { last_action: 'DELETED' } });
  });

  it('come to the end of a list that they save into', async () => {
    const { env, cursorKey, writer, stream } = await setUp();
    await save(writer, stream, many(250));
    const state = await readStream(env, { cursorKey, streamId: stream.id });
    const seen: unknown[] = [];
    for await (const json of iterateRecords(env, { stream: state, afterSeq: 10n })) {
      const { id, n } = JSON.parse(json) as Shown;
      seen.push(n);
      if (seen.length % 50 === 0) await save(writer, stream, [{ id: `new-${String(id)}`, n: -1 }]);
    }
    expect(seen).toEqual(many(240, 10).map(({ n }) => n));
  });

  it('see no stream of another environment', async () => {
    const { stream, cursorKey } = await setUp();
    const other = await setUp();
    await expect(readRecordsByIds(other.env, { cursorKey, streamId: stream.id, ids: ['1'] })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are told the models of a connection with their counts', async () => {
    const { env, connectionId, writer, stream } = await setUp();
    await save(writer, stream, many(3));
    await writer.delete(stream, { ids: ['1'], deletedAt: [null] });
    expect(await listModels(env, { connectionId })).toEqual([
      { model: 'Contact', variant: 'base', liveCount: 2, streamId: stream.id },
    ]);
    expect(await listModels(env, { connectionId: randomUUID() })).toEqual([]);
  });
});

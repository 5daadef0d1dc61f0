import { describe, expect, it } from 'vitest';
import { createTestGuest } from './test-guest.ts';

const bodiesOf = ({ args, body }: { args: Record<string, unknown>; body: Buffer | undefined }) => {
  let at = 0;
  return (args['lengths'] as number[]).map((length) => {
    const text = body!.toString('utf8', at, at + length);
    at += length;
    return JSON.parse(text) as unknown;
  });
};

describe('batchSave', () => {
  it('sends canonical bodies without metadata of ours, and leaves the caller’s objects as they are', async () => {
    const { nango, of } = createTestGuest();
    const record = { name: 'a', id: 7, _nango_metadata: { cursor: 'x' }, at: new Date(0), gone: undefined };
    expect(await nango['batchSave']([record], 'Contact')).toBe(true);
    const [call] = of('batchSave');
    expect(call!.args).toMatchObject({ model: 'Contact', ids: ['7'], quarantined: [], duplicates: 0 });
    expect(String(call!.body)).toBe('{"at":"1970-01-01T00:00:00.000Z","id":7,"name":"a"}');
    expect(record._nango_metadata).toEqual({ cursor: 'x' });
  });

  it('does nothing for an empty or missing list, and refuses a model that is not declared', async () => {
    const { nango, asked } = createTestGuest();
    for (const nothing of [[], undefined, null]) expect(await nango['batchSave'](nothing, 'Contact')).toBe(true);
    await expect(nango['batchSave']([{ id: '1' }], 'Deal')).rejects.toMatchObject({ code: 'unknown_model' });
    expect(asked).toHaveLength(0);
  });

  it('keeps the last of equal ids, and sets poison aside with its reason', async () => {
    const { nango, of } = createTestGuest();
    const deep = { id: 'deep' } as Record<string, unknown>;
    let at = deep;
    for (let level = 0; level < 70; level++) at = at['in'] = {} as Record<string, unknown>;
    const records = [
      { id: 'a', n: 1 },
      null,
      { n: 1 },
      { id: '' },
      { id: 'x\0' },
      { id: {} },
      { id: 'l'.repeat(2001) },
      { id: 'big', text: 'x'.repeat(6_000_000) },
      deep,
      JSON.parse('{"id":"p","__proto__":{}}'),
      JSON.parse('{"id":"q","in":{"__proto__":{}}}'),
      { id: 'a', n: 2 },
      { id: 0 },
    ];
    await nango['batchSave'](records, 'Contact');
    const [call] = of('batchSave');
    expect(call!.args).toMatchObject({ ids: ['a', '0'], duplicates: 1 });
    expect(bodiesOf(call!)).toEqual([{ id: 'a', n: 2 }, { id: 0 }]);
    expect((call!.args['quarantined'] as { reason: string }[]).map(({ reason }) => reason)).toEqual([
      'not_an_object',
      'id_missing',
      'id_invalid',
      'id_invalid',
      'id_invalid',
      'id_too_long',
      'too_large',
      'too_deep',
      'own_proto',
      'own_proto',
    ]);
  });

  it('is refused for a BigInt, as JSON is', async () => {
    const { nango } = createTestGuest();
    await expect(nango['batchSave']([{ id: '1', n: 1n }], 'Contact')).rejects.toThrow(TypeError);
  });

  it('crosses in parts that fit through the pipe, issued at once so that nothing comes between', async () => {
    const { nango, asked } = createTestGuest();
    const many = Array.from({ length: 12_000 }, (_, n) => ({ id: n }));
    const first = nango['batchSave'](many, 'Contact');
    const second = nango['batchDelete']([{ id: 1 }], 'Contact');
    await Promise.all([first, second]);
    expect(asked.map(({ method }) => method)).toEqual(['batchSave', 'batchSave', 'batchSave', 'batchDelete']);
    expect(asked.slice(0, 3).map(({ args }) => (args['ids'] as string[]).length)).toEqual([5000, 5000, 2000]);
    const large = Array.from({ length: 10 }, (_, n) => ({ id: n, text: 'x'.repeat(4_000_000) }));
    await nango['batchSave'](large, 'Contact');
    for (const { body } of asked) expect(body?.length ?? 0).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it('tells poison even when there is nothing else', async () => {
    const { nango, of } = createTestGuest();
    await nango['batchSave']([null], 'Contact');
    expect(of('batchSave')).toHaveLength(1);
  });
});

describe('batchUpdate', () => {
  it('applies two partials of one record one after the other', async () => {
    const { nango, of } = createTestGuest();
    const partials = [
      { id: 'a', x: 1 },
      { id: 'b', x: 1 },
      { id: 'a', y: 2 },
    ];
    expect(await nango['batchUpdate'](partials, 'Contact')).toBe(true);
    expect(of('batchUpdate').map(bodiesOf)).toEqual([
      [
        { id: 'a', x: 1 },
        { id: 'b', x: 1 },
      ],
      [{ id: 'a', y: 2 }],
    ]);
    expect(of('batchUpdate').map(({ args }) => args['duplicates'])).toEqual([0, 0]);
  });
});

describe('batchDelete', () => {
  it('sends ids with their times, and counts what has no usable id', async () => {
    const { nango, of } = createTestGuest();
    const records = [
      { id: 1 },
      { id: 'b', deletedAt: '2026-01-01' },
      { id: 'c', deletedAt: new Date(0) },
      null,
      {},
      { id: '' },
    ];
    expect(await nango['batchDelete'](records, 'Contact')).toBe(true);
    expect(of('batchDelete')[0]!.args).toEqual({
      model: 'Contact',
      rows: [
        { id: '1', deletedAt: null },
        { id: 'b', deletedAt: '2026-01-01T00:00:00.000Z' },
        { id: 'c', deletedAt: '1970-01-01T00:00:00.000Z' },
      ],
      skipped: 3,
    });
    await expect(nango['batchDelete']([{ id: 1, deletedAt: 'soon' }], 'Contact')).rejects.toThrow('is no date');
  });
});

describe('reading', () => {
  it('gives a map by the id as it was given, in chunks of 100, and asks again for what had no room', async () => {
    const { nango, of } = createTestGuest(({ args }) => {
      const ids = (args['ids'] as string[]).filter((id) => id !== 'gone').slice(0, 60);
      const records = ids.map((id) => ({ id: Number.isNaN(Number(id)) ? id : Number(id) }));
      return { result: { complete: ids.length < 60 }, body: JSON.stringify(records) };
    });
    const wanted = [...Array.from({ length: 150 }, (_, n) => n), 'x', 'gone', 'a\0'];
    const found = (await nango['getRecordsByIds'](wanted, 'Contact')) as Map<unknown, unknown>;
    expect([...found.keys()]).toEqual(wanted.filter((id) => id !== 'gone' && id !== 'a\0'));
    expect(found.get(3)).toEqual({ id: 3 });
    for (const { args } of of('getRecordsByIds')) expect((args['ids'] as string[]).length).toBeLessThanOrEqual(100);
    expect(await nango['getRecordsByIds']([], 'Contact')).toEqual(new Map());
  });

  it('lists one record at a time, up to where the stream was when the list began', async () => {
    const { nango, of } = createTestGuest(({ args }) =>
      args['cursor'] === null
        ? { result: { cursor: '2', until: '3', more: true }, body: '[{"id":"a"},{"id":"b"}]' }
        : { result: { cursor: '3', until: '3', more: false }, body: '[{"id":"c"}]' },
    );
    const ids: unknown[] = [];
    for await (const { id } of nango['listRecords']('Contact')) ids.push(id);
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(of('listRecords').map(({ args }) => args)).toEqual([
      { model: 'Contact', cursor: null },
      { model: 'Contact', cursor: '2', until: '3' },
    ]);
  });
});

describe('the schema of the model', () => {
  const schemas = {
    Contact: {
      type: 'object',
      properties: { id: { type: 'string' }, age: { type: 'number' } },
      required: ['id'],
      additionalProperties: false,
    },
  };

  it('is no condition: what differs is saved, and each field is told once with a count at the end', async () => {
    const { nango, of, settle } = createTestGuest(undefined, { schemas });
    await nango['batchSave']([{ id: 'a', age: 1 }], 'Contact');
    await nango['batchSave']([{ id: 1, age: 'old' }, null, { id: 'c', age: 'older' }], 'Contact');
    await nango['batchSave']([{ id: 'd', age: 'oldest', extra: 1 }], 'Contact');
    await settle();
    expect(of('batchSave').flatMap(({ args }) => args['ids'] as string[])).toEqual(['a', '1', 'c', 'd']);
    expect(of('log').map(({ args }) => `${args['level']} ${args['message']}`)).toEqual([
      'warn Schema drift: Contact.id is a number instead of string. The record is saved as it is.',
      'warn Schema drift: Contact.age is a string instead of number. The record is saved as it is.',
      'warn Schema drift: Contact.extra is not in the schema. The record is saved as it is.',
      'info Schema drift: 3 records do not match their schema (Contact.id 1, Contact.age 3, Contact.extra 1).',
    ]);
  });
});

it('where schemas are enforced, a record that differs fails its save and nothing of the page is sent', async () => {
  const schemas = { Contact: { type: 'object', properties: { id: { type: 'string' } } } };
  const { nango, asked } = createTestGuest(undefined, { schemas, enforceSchemas: true });
  await expect(nango['batchSave']([{ id: 'a' }, { id: 1 }], 'Contact')).rejects.toMatchObject({
    code: 'invalid_sync_record',
    payload: {
      model: 'Contact',
      data: { id: 1 },
      validation: [{ path: 'id', message: 'is a number instead of string' }],
    },
  });
  expect(asked).toHaveLength(0);
});

it('asks for a merging strategy of a declared model', async () => {
  const { nango, of } = createTestGuest();
  await nango['setMergingStrategy']({ strategy: 'ignore_if_modified_after' }, 'Contact');
  expect(of('setMergingStrategy')[0]!.args).toEqual({ model: 'Contact', strategy: 'ignore_if_modified_after' });
  await expect(nango['setMergingStrategy']({ strategy: 'override' }, 'Deal')).rejects.toMatchObject({
    code: 'unknown_model',
  });
});

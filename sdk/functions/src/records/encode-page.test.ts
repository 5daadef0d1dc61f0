import { expect, it } from 'vitest';
import { encodePage } from './encode-page.ts';

const texts = (records: unknown[]) => {
  const { ids, bodies, ...rest } = encodePage(records);
  return { rows: Object.fromEntries(ids.map((id, i) => [id, bodies[i]?.toString()])), ...rest };
};

it('keeps the last of equal ids and says how many it dropped', () => {
  expect(texts([{ id: 1, v: 1 }, { id: '2' }, { id: '1', v: 2 }])).toEqual({
    rows: { '1': '{"id":"1","v":2}', '2': '{"id":"2"}' },
    quarantined: [],
    duplicates: 1,
  });
});

it('sets poison aside with its reason and saves the rest', () => {
  const deep: Record<string, unknown> = { id: 'deep' };
  let level = deep;
  for (let n = 0; n < 80; n++) {
    level['x'] = {};
    level = level['x'] as Record<string, unknown>;
  }
  const { rows, quarantined } = texts([
    null,
    [],
    'text',
    {},
    { id: null },
    { id: {} },
    { id: '' },
    { id: 'a\u0000b' },
    { id: '\ud800' },
    { id: Number.NaN },
    { id: 'x'.repeat(2_001) },
    deep,
    { id: 'big', text: 'x'.repeat(5 * 1024 * 1024) },
    JSON.parse('{"id":"proto","__proto__":{"admin":true}}'),
    { id: 0, note: 'a\u0000b \ud800' },
    { id: 'x'.repeat(300) },
  ]);
  expect(Object.keys(rows)).toEqual(['0', 'x'.repeat(300)]);
  expect(rows['0']).toBe('{"id":0,"note":"a\\u0000b \\ud800"}');
  expect(quarantined.map(({ reason }) => reason)).toEqual([
    'not_an_object',
    'not_an_object',
    'not_an_object',
    'id_missing',
    'id_missing',
    'id_invalid',
    'id_invalid',
    'id_invalid',
    'id_invalid',
    'id_invalid',
    'id_too_long',
    'too_deep',
    'too_large',
    'own_proto',
  ]); // prettier-ignore
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

it('removes the platform metadata and leaves the caller’s object alone', () => {
  const record = { id: 'a', _nango_metadata: { cursor: 'x' } };
  expect(texts([record]).rows).toEqual({ a: '{"id":"a"}' });
  expect(record._nango_metadata).toEqual({ cursor: 'x' });
});

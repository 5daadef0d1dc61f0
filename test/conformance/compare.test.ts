import { expect, it } from 'vitest';
import { difference, expectedModel, recordDifferences } from './compare.ts';

it('takes values as JSON: key order and undefined do not matter, null and order in lists do', () => {
  expect(difference({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1.0, d: undefined })).toBeUndefined();
  expect(difference({ a: null }, {})).toBe('$.a: missing null');
  expect(difference({}, { a: null })).toBe('$.a: unexpected null');
  expect(difference([1, 2], [2, 1])).toBe('$[0]: another number');
  expect(difference({ a: 1 }, { a: '1' })).toBe('$.a: number expected, string found');
  expect(difference({ a: [] }, { a: {} })).toBe('$.a: list expected, object found');
});

it('names kinds of values and never the values', () => {
  expect(difference({ mail: 'one@example.com' }, { mail: 'two@example.com' })).toBe('$.mail: another string');
});

it('lets the last save of an id win and takes deleted ids away', () => {
  const { records, added, deleted } = expectedModel(
    [
      { id: 1, v: 'a' },
      { id: '2', v: 'b' },
      { id: '1', v: 'c' },
    ],
    [{ id: '2' }, { id: '9' }],
  );
  expect([...records]).toEqual([['1', { id: '1', v: 'c' }]]);
  expect({ added, deleted }).toEqual({ added: 2, deleted: 1 });
});

it('finds missing, additional and changed records', () => {
  const expected = new Map([
    ['1', { id: '1', v: 1 }],
    ['2', { id: '2' }],
  ]);
  const actual = new Map([
    ['1', { id: '1', v: 2 }],
    ['3', { id: '3' }],
  ]);
  expect(recordDifferences('Item', expected, actual)).toEqual([
    'records missing: Item lacks 1 of 2',
    'records too many: Item has 1 more than 2',
    'record differs: Item $.v: another number',
  ]);
});

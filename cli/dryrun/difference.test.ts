import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { difference } from './difference.ts';

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

it('finds a difference exactly where two JSON values are not the same', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(difference(a, structuredClone(a))).toBeUndefined();
      expect(difference(a, b) === undefined).toBe(isDeepStrictEqual(a, b));
    }),
  );
});

it('says where and what', () => {
  const said = (a: unknown, b: unknown) => difference(a, b);
  expect(said({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toBe('a[0].b is 2 instead of 1');
  expect(said({ a: 1 }, {})).toBe('a is missing (recorded: 1)');
  expect(said({}, { a: null })).toBe('a was not recorded (now: null)');
  expect(said({ a: [1] }, { a: [] })).toBe('a has 0 elements instead of 1');
  expect(said({ a: 1, b: undefined }, { b: undefined, a: 1 })).toBeUndefined();
});

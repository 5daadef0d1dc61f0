import { describe, expect, it } from 'vitest';
import { compareBodies, type Rule } from './compare.ts';

const places = (expected: unknown, actual: unknown, rule?: Rule) =>
  compareBodies(expected, actual, rule).map(({ pointer }) => pointer);

describe('an exact comparison', () => {
  it('finds missing, additional, retyped and changed values, each by its pointer', () => {
    const expected = { a: 1, b: { c: 'x', 'd/e': null }, f: [true, 2] };
    expect(places(expected, { a: 1, b: { c: 'x', 'd/e': null }, f: [true, 2] })).toEqual([]);
    expect(places(expected, { a: '1', b: { c: 'y', 'd/e': {} }, f: [true], g: 1 })).toEqual([
      '/a',
      '/b/c',
      '/b/d~1e',
      '/f',
      '/g',
    ]);
    expect(places({ a: null }, {})).toEqual(['/a']);
  });

  it('lets messages differ anywhere, but not their type', () => {
    expect(places({ error: { errors: [{ message: 'a' }] } }, { error: { errors: [{ message: 'b' }] } })).toEqual([]);
    expect(places({ message: 'a' }, { message: null })).toEqual(['/message']);
  });

  it('looks at volatile values for their type only', () => {
    const volatile = ['/ids/*/at', '/headers'];
    expect(
      places({ ids: [{ at: 'x' }], headers: {} }, { ids: [{ at: 'y' }], headers: { a: 1 } }, { volatile }),
    ).toEqual([]);
    expect(places({ ids: [{ at: 'x' }] }, { ids: [{ at: null }] }, { volatile })).toEqual(['/ids/0/at']);
  });

  it('lets keys be added that are ours, where they are ours', () => {
    const extra = ['/error/hint'];
    expect(places({ error: {} }, { error: { hint: 'a' } }, { extra })).toEqual([]);
    expect(places({ error: {} }, { error: {}, hint: 'a' }, { extra })).toEqual(['/hint']);
  });
});

describe('a list in any order', () => {
  const unordered = ['/list'];

  it('matches each element once', () => {
    expect(places({ list: [1, 2, 2] }, { list: [2, 1, 2] }, { unordered })).toEqual([]);
    expect(places({ list: [1, 2, 2] }, { list: [2, 1, 1] }, { unordered })).toEqual(['/list/2']);
    expect(places({ list: [1, 2] }, { list: [2, 1] })).toEqual(['/list/0', '/list/1']);
  });

  it('names the difference to the nearest element', () => {
    const expected = {
      list: [
        { id: 1, n: 'a', m: 'b' },
        { id: 2, n: 'c', m: 'd' },
      ],
    };
    const actual = {
      list: [
        { id: 2, n: 'c', m: 'd' },
        { id: 1, n: 'a', m: 'x' },
      ],
    };
    expect(places(expected, actual, { unordered })).toEqual(['/list/1/m']);
  });

  it('takes volatile parts of its elements as such', () => {
    const volatile = ['/list/*/at'];
    expect(
      places(
        {
          list: [
            { id: 1, at: 'a' },
            { id: 2, at: 'b' },
          ],
        },
        {
          list: [
            { id: 2, at: 'c' },
            { id: 1, at: 'd' },
          ],
        },
        { unordered, volatile },
      ),
    ).toEqual([]);
  });
});

describe('a comparison of shapes', () => {
  const shape = true;

  it('looks at types, and lets an answer say more', () => {
    expect(places({ a: 'x', b: [] }, { a: 'y', b: [1], c: 2 }, { shape })).toEqual([]);
    expect(places({ a: 'x', b: { c: 1 } }, { a: 1, b: {} }, { shape })).toEqual(['/a', '/b/c']);
  });

  it('needs of each element what all captured ones share, in the type that one of them has', () => {
    const captured = {
      list: [
        { id: 1, at: null, more: { a: 1, b: 2 } },
        { id: 2, at: 'x', more: { a: 1 }, extra: 1 },
      ],
    };
    expect(places(captured, { list: [{ id: 3, at: 'y', more: { a: 2 } }] }, { shape })).toEqual([]);
    expect(places(captured, { list: [{ id: 3, at: 'y', more: {} }] }, { shape })).toEqual(['/list/0/more/a']);
    expect(places(captured, { list: [] }, { shape })).toEqual(['/list']);
  });
});

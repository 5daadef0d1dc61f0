import { describe, expect, it } from 'vitest';
import { readPointer } from './pointer.ts';
import { type Line, toSeries } from './series.ts';
import { MissingValue, substitute } from './substitute.ts';

const setup = (seq: number, name: string) => ({ seq, name });
const line = (seq: number, name: string) => ({ seq, name, response: {} }) as Line;
const namesOf = (...args: Parameters<typeof toSeries>) => toSeries(...args).map(({ name }) => name);

it('plays lines and setup steps in the order of seq, a step not where a line makes its change', () => {
  const steps = [setup(0.1, 'first'), setup(2, 'b'), setup(3, 'c')];
  expect(namesOf([line(4, 'd'), line(2, 'b')], steps, undefined)).toEqual(['first', 'b', 'c', 'd']);
});

it('makes the changes of lines that are not chosen, up to the last chosen one', () => {
  const steps = [setup(1, 'a'), setup(2, 'b'), setup(9, 'late')];
  expect(namesOf([line(1, 'a'), line(2, 'b'), line(3, 'chosen')], steps, 'chosen')).toEqual(['a', 'b', 'chosen']);
});

describe('a placeholder', () => {
  const request = { method: 'POST', path: '/a?b={{x}}', headers: { h: 'Bearer {{x}}' }, body: { list: ['{{x}}', 1] } };

  it('is filled everywhere, encoded in the path', () => {
    expect(substitute(request, new Map([['x', 'a/b&']]))).toEqual({
      method: 'POST',
      path: '/a?b=a%2Fb%26',
      headers: { h: 'Bearer a/b&' },
      body: { list: ['a/b&', 1] },
    });
  });

  it('that nothing has given is an error that names it', () => {
    expect(() => substitute(request, new Map())).toThrow(new MissingValue('{{x}} was never given'));
  });
});

it('reads the last element of a list by -1', () => {
  expect(readPointer({ list: [{ a: 1 }, { 'b/c': 2 }] }, '/list/-1/b~1c')).toBe(2);
  expect(readPointer({ list: [] }, '/list/-1/b')).toBeUndefined();
});

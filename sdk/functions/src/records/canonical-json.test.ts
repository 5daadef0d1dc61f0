import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

const text = (value: unknown) => canonicalJson(value);

it('writes what RFC 8785 says, for any JSON value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(text(value)).toBe(canonicalize(value));
    }),
    { numRuns: 2_000 },
  );
});

it('keeps the content that JSON.stringify keeps, lone surrogates and odd keys included', () => {
  const anything = fc.object({
    key: fc.string({ unit: 'binary' }),
    withBigInt: false,
    withDate: true,
    withNullPrototype: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      expect(JSON.parse(text(value) ?? 'null')).toEqual(JSON.parse(JSON.stringify(value) ?? 'null'));
    }),
    { numRuns: 500 },
  );
});

it('does not depend on the order of keys', () => {
  expect(text({ b: 1, a: { d: 2, c: 3 } })).toBe(text({ a: { c: 3, d: 2 }, b: 1 }));
});

it('drops undefined, turns dates and NaN as JSON does, refuses BigInt and bottomless values', () => {
  expect(text({ a: undefined, b: [undefined, Number.NaN], c: new Date(0), d: () => 1 })).toBe(
    '{"b":[null,null],"c":"1970-01-01T00:00:00.000Z"}',
  );
  expect(() => text({ a: 1n })).toThrow(TypeError);
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  expect(() => text(loop)).toThrow('too_deep');
});

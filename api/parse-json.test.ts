import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';

it('reads every JSON value that has no forbidden key as JSON.parse does', () => {
  const key = fc.string().filter((text) => text !== '__proto__');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.jsonValue({ maxDepth: 0 }),
      fc.array(tie('value')),
      fc.dictionary(key, tie('value')),
    ),
  }));
  fc.assert(
    fc.property(value, (given) => {
      const text = JSON.stringify(given);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

it.each([
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"x":[{"b":{},"c":"}","b":1}]}',
  '{"__proto__":{"admin":true}}',
  '{"a":{"\\u005f_proto__":1}}',
  `${'['.repeat(65)}${']'.repeat(65)}`,
  '{"a":}',
])('refuses %s', (text) => expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'invalid_json' })));

it.each([
  '{"a":{"k":1},"b":{"k":1}}',
  '[{"k":1},{"k":1}]',
  '{"a":"\\"a\\":1,\\"a\\""}',
  '{"a\\\\":1,"a":2}',
  '["a","a","__proto__"]',
  '{"k":"__proto__"}',
  `${'['.repeat(64)}${']'.repeat(64)}`,
])('accepts %s', (text) => expect(parseJson(text)).toEqual(JSON.parse(text)));

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TypeProblemCode, YamlType } from './type-syntax.ts';
import { parseType } from './type-syntax.ts';

const models = new Set(['Contact', 'Deal', 'Date2', 'string2']);

function parse(text: string): { type: YamlType; codes: TypeProblemCode[] } {
  const codes: TypeProblemCode[] = [];
  return { type: parseType(text, { models, report: ({ code }) => codes.push(code) }), codes };
}

/** The words that mean a type, in the case of the peer's documentation; `render` writes them in any. */
const primitives = [
  'string',
  'number',
  'boolean',
  'bigint',
  'any',
  'never',
  'void',
  'undefined',
  'null',
  'date',
] as const;

const atom: fc.Arbitrary<YamlType> = fc.oneof(
  fc.constantFrom(...primitives).map((name): YamlType => ({ kind: 'primitive', name })),
  fc.constantFrom(...models).map((name): YamlType => ({ kind: 'model', name })),
  fc.boolean().map((value): YamlType => ({ kind: 'literal', value })),
  fc.integer({ min: -1e9, max: 1e9 }).map((value): YamlType => ({ kind: 'literal', value })),
  fc.stringMatching(/^[a-z ][a-z0-9 _()|-]{0,12}$/).map((value): YamlType => ({ kind: 'literal', value })),
);

const type = fc.letrec<{ type: YamlType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    atom,
    tie('type').map((of): YamlType => ({ kind: 'array', of })),
    fc.array(tie('type'), { minLength: 2, maxLength: 4 }).map((of): YamlType => ({ kind: 'union', of })),
  ),
})).type;

/** White space and the case of words are free. */
function render(given: YamlType, spaces: string, upper: boolean): string {
  const inner = (of: YamlType) => {
    const text = render(of, spaces, upper);
    return of.kind === 'union' ? `(${text})` : text;
  };
  switch (given.kind) {
    case 'primitive':
      return upper ? given.name.toUpperCase() : given.name;
    case 'model':
      return given.name;
    case 'literal':
      return typeof given.value === 'string' ? `'${given.value}'` : String(given.value);
    case 'array':
      return `${inner(given.of)}${spaces}[]`;
    case 'union':
      return given.of.map(inner).join(`${spaces}|${spaces}`);
    default:
      throw new Error(given.kind);
  }
}

it('reads back whatever can be written, without a remark', () => {
  fc.assert(
    fc.property(type, fc.constantFrom('', ' ', '  '), fc.boolean(), (given, spaces, upper) => {
      expect(parse(render(given, spaces, upper))).toEqual({ type: given, codes: [] });
    }),
    { numRuns: 1_000 },
  );
});

it('never throws, whatever is written, and says so when it is no type', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab1 |[](){}<>\'"') }), (text) => {
      const { type: read, codes } = parse(text);
      const plain = read.kind === 'primitive' || codes.length > 0;
      expect(
        plain || read.kind !== 'literal' || typeof read.value !== 'string' || /^\(*\s*['"]/.test(text.trim()),
      ).toBe(true);
    }),
  );
});

it.each([
  ['integer', { kind: 'primitive', name: 'number' }],
  ['VarChar', { kind: 'primitive', name: 'string' }],
  ['bool', { kind: 'primitive', name: 'boolean' }],
  ['array', { kind: 'array', of: { kind: 'primitive', name: 'any' } }],
  ['object', { kind: 'object', fields: [], rest: { kind: 'primitive', name: 'any' } }],
  ['12', { kind: 'literal', value: 12 }],
  ['-1.5', { kind: 'literal', value: -1.5 }],
  [
    '(Contact | null)[]',
    {
      kind: 'array',
      of: {
        kind: 'union',
        of: [
          { kind: 'model', name: 'Contact' },
          { kind: 'primitive', name: 'null' },
        ],
      },
    },
  ],
  [
    'string | number[]',
    {
      kind: 'union',
      of: [
        { kind: 'primitive', name: 'string' },
        { kind: 'array', of: { kind: 'primitive', name: 'number' } },
      ],
    },
  ],
] satisfies [string, YamlType][])('reads %s', (text, expected) => {
  expect(parse(text)).toEqual({ type: expected, codes: [] });
});

it('takes an unknown word as that very text, with a warning; 1abc is text, too', () => {
  expect(parse('open | 1abc')).toEqual({
    type: {
      kind: 'union',
      of: [
        { kind: 'literal', value: 'open' },
        { kind: 'literal', value: '1abc' },
      ],
    },
    codes: ['model_not_found_fallback', 'model_not_found_fallback'],
  });
  expect(parse('it is a | text').codes).toEqual(['model_not_found_fallback', 'model_not_found_fallback']);
});

it.each([
  ['Record<string, string | number>', 'type_syntax_error'],
  ['Promise<Contact>[]', 'type_syntax_error'],
  ['Array<string>', 'type_syntax_error'],
  ['[]', 'type_syntax_error'],
  ['(string | number', 'type_syntax_error'],
  ["'open", 'type_syntax_error'],
  ['string[', 'failed_to_parse_array'],
  ['[string]', 'failed_to_parse_array'],
  ['string |', 'failed_to_parse_union'],
  ['| string', 'failed_to_parse_union'],
  ['{ a: string }', 'failed_to_parse_object'],
])('refuses %s', (text, code) => {
  expect(parse(text).codes).toEqual([code]);
});

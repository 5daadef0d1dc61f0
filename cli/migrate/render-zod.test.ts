import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Model } from '../nango-yaml/models.ts';
import type { YamlType } from '../nango-yaml/type-syntax.ts';
import { renderModels } from './render-models.ts';
import { renderZod } from './render-zod.ts';

/** A type, and a value that it allows. */
type Case = [type: YamlType, value: unknown];

const primitive = (name: 'string' | 'number' | 'boolean' | 'null' | 'any' | 'date', value: fc.Arbitrary<unknown>) =>
  value.map((one): Case => [{ kind: 'primitive', name }, one]);

const key = fc.stringMatching(/^[a-z$_ '"-][a-zA-Z0-9 '-]{0,8}$/).filter((name) => name !== '__proto__');

const cases = fc.letrec<{ one: Case }>((tie) => ({
  one: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    primitive('string', fc.string()),
    primitive('number', fc.double({ noNaN: true, noDefaultInfinity: true })),
    primitive('boolean', fc.boolean()),
    primitive('null', fc.constant(null)),
    primitive('any', fc.jsonValue()),
    primitive('date', fc.date({ noInvalidDate: true })),
    fc.oneof(fc.string(), fc.integer(), fc.boolean()).map((value): Case => [{ kind: 'literal', value }, value]),
    fc
      .tuple(tie('one'), fc.nat(3))
      .map(([[of, value], length]): Case => [{ kind: 'array', of }, Array(length).fill(value)]),
    fc
      .array(tie('one'), { minLength: 1, maxLength: 3 })
      .map((all): Case => [{ kind: 'tuple', of: all.map(([of]) => of) }, all.map(([, value]) => value)]),
    fc
      .tuple(fc.array(tie('one'), { minLength: 2, maxLength: 3 }), fc.nat())
      .map(([all, pick]): Case => [{ kind: 'union', of: all.map(([of]) => of) }, all[pick % all.length]![1]]),
    fc
      .uniqueArray(fc.tuple(key, tie('one'), fc.boolean(), fc.boolean()), { maxLength: 3, selector: ([name]) => name })
      .map(
        (fields): Case => [
          { kind: 'object', fields: fields.map(([name, [type], optional]) => ({ name, optional, type })) },
          Object.fromEntries(
            fields.flatMap(([name, [, value], optional, left]) => (optional && left ? [] : [[name, value]])),
          ),
        ],
      ),
    tie('one').map(
      ([rest, value]): Case => [
        { kind: 'object', fields: [], rest },
        { a: value, b: value },
      ],
    ),
  ),
})).one;

const evaluate = (source: string) => new Function('z', `return ${source}`)(z) as z.ZodType;

/** A union's first fitting object wins, and drops the keys of the one that was meant: zod's own reading of a union. */
function mayStrip(type: YamlType): boolean {
  switch (type.kind) {
    case 'union':
      return type.of.some(({ kind }) => kind === 'object') || type.of.some(mayStrip);
    case 'tuple':
      return type.of.some(mayStrip);
    case 'array':
      return mayStrip(type.of);
    case 'object':
      return type.fields.some((field) => mayStrip(field.type)) || (type.rest !== undefined && mayStrip(type.rest));
    default:
      return false;
  }
}

it('renders a schema that takes what the type allows, and gives it back', () => {
  fc.assert(
    fc.property(cases, ([type, value]) => {
      const taken = evaluate(renderZod(type)).parse(value);
      if (!mayStrip(type)) expect(taken).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

it.each<[YamlType, unknown]>([
  [{ kind: 'literal', value: "it's" }, 'its'],
  [
    {
      kind: 'union',
      of: [
        { kind: 'literal', value: 'a' },
        { kind: 'literal', value: 'b' },
      ],
    },
    'c',
  ],
  [
    {
      kind: 'object',
      fields: [{ name: 'a', optional: false, type: { kind: 'primitive', name: 'any' } }],
      rest: { kind: 'primitive', name: 'number' },
    },
    { a: 1, b: 'x' },
  ],
  [{ kind: 'primitive', name: 'never' }, null],
])('refuses what the type does not allow: %#', (type, value) => {
  expect(evaluate(renderZod(type)).safeParse(value).success).toBe(false);
});

it('renders models that mention each other, whatever their order, circles included', () => {
  const model = (name: string, ...mentions: string[]): [string, Model] => [
    name,
    {
      name,
      type: {
        kind: 'object',
        fields: mentions.map((other) => ({
          name: `of${other}`,
          optional: true,
          type: { kind: 'array', of: { kind: 'model', name: other } },
        })),
      },
    },
  ];
  const source = renderModels(new Map([model('A', 'B', 'A'), model('B', 'C'), model('C', 'B', 'D'), model('D')]))
    .replaceAll(/^(import|export type) .*$/gm, '')
    .replaceAll('export const', 'const');
  const { A } = new Function('z', `${source}; return { A, B, C, D };`)(z) as { A: z.ZodType };
  const value = { ofB: [{ ofC: [{ ofD: [{}], ofB: [{}] }] }], ofA: [{ ofB: [] }] };
  expect(A.parse(value)).toEqual(value);
  expect(A.safeParse({ ofB: [{ ofC: [1] }] }).success).toBe(false);
});

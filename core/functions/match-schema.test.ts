import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toDefinitions } from '../../cli/compile/json-schema.ts';
import { createMatcher, type JsonSchema } from './match-schema.ts';

function mismatches(schema: JsonSchema, value: unknown, definitions: Record<string, JsonSchema> = {}) {
  const found: string[] = [];
  const good = createMatcher(schema, definitions)(value, (path, problem) => found.push(`${path} ${problem}`.trim()));
  expect(good).toBe(found.length === 0);
  return found;
}

/** As a compiler publishes it. */
function mismatchesOf(model: z.ZodType, value: unknown) {
  const { definitions } = toDefinitions([{ name: 'Model', schema: model, io: 'output' }]) as {
    definitions: Record<string, JsonSchema>;
  };
  return mismatches(definitions['Model']!, value, definitions);
}

const contact = z.object({
  id: z.string(),
  age: z.number().int().optional(),
  email: z.string().nullable(),
  state: z.enum(['on', 'off']),
  address: z.object({ city: z.string() }).nullable(),
  tags: z.array(z.string()),
  createdAt: z.date(),
  extra: z.unknown(),
});
const good = {
  id: 'c1',
  email: null,
  state: 'on',
  address: { city: 'Rome' },
  tags: ['a'],
  createdAt: new Date(),
  extra: { any: 1 },
};

describe('a record against the schema that a compiler makes of its model', () => {
  it('matches when it is what the model says, as it will be stored', () => {
    expect(mismatchesOf(contact, good)).toEqual([]);
    expect(
      mismatchesOf(contact, { ...good, age: undefined, createdAt: '2026-11-24T00:00:00Z', hook: () => 1 }),
    ).toEqual([]);
  });

  it('names each field that differs', () => {
    const bad = {
      ...good,
      id: 7,
      email: undefined,
      state: 'maybe',
      address: { city: null, street: 'x' },
      tags: ['a', 1, 2],
      age: 1.5,
      surprise: true,
    };
    expect(mismatchesOf(contact, bad).sort()).toEqual([
      'address.city is null instead of string',
      'address.street is not in the schema',
      'age is a number instead of integer',
      'email is missing',
      'id is a number instead of string',
      'state is none of the listed values',
      'surprise is not in the schema',
      'tags[] is a number instead of string',
      'tags[] is a number instead of string',
    ]);
  });

  it('tells what is wrong inside of the one alternative that is meant', () => {
    expect(mismatchesOf(contact, { ...good, address: { city: 1 } })).toEqual([
      'address.city is a number instead of string',
    ]);
    expect(mismatchesOf(contact, { ...good, email: 7 })).toEqual(['email is a number instead of string or null']);
  });

  it('follows a schema that holds itself', () => {
    type Node = { id: string; children: Node[] };
    const node: z.ZodType<Node> = z.lazy(() => z.object({ id: z.string(), children: z.array(node) }));
    const tree = { id: 'a', children: [{ id: 'b', children: [] }] };
    expect(mismatchesOf(node, tree)).toEqual([]);
    expect(mismatchesOf(node, { id: 'a', children: [{ id: 'b', children: [{ id: 1, children: [] }] }] })).toEqual([
      'children[].children[].id is a number instead of string',
    ]);
  });

  it.each<[string, z.ZodType, unknown]>([
    ['a union', z.union([z.string(), z.number()]), 1],
    ['a record', z.record(z.string(), z.number()), { a: 1 }],
    ['a loose object', z.looseObject({ id: z.string() }), { id: 'a', more: [1] }],
    ['a tuple', z.tuple([z.string(), z.number()]), ['a', 1]],
    [
      'an intersection',
      z.intersection(z.looseObject({ a: z.string() }), z.looseObject({ b: z.number() })),
      { a: 'x', b: 1 },
    ],
    [
      'a discriminated union',
      z.discriminatedUnion('t', [z.object({ t: z.literal('a') }), z.object({ t: z.literal('b') })]),
      { t: 'b' },
    ],
    ['an email', z.email(), 'ada@example.com'],
    ['anything', z.any(), undefined],
  ])('takes %s', (_name, schema, value) => {
    expect(mismatchesOf(schema, value)).toEqual([]);
  });

  it.each<[z.ZodType, unknown, string]>([
    [z.string().min(2), 'a', 'is too short'],
    [z.string().max(2), 'abc', 'is too long'],
    [z.number().min(1), 0, 'is too small'],
    [z.number().lt(1), 1, 'is too large'],
    [z.array(z.string()).max(1), ['a', 'b'], 'has too many elements'],
    [z.email(), 'nobody', 'does not have the form of the schema'],
    [z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), { c: 1 }, 'fits none of the alternatives'],
    [z.number(), Number.NaN, 'is null instead of number'],
  ])('knows the bounds of %j', (schema, value, problem) => {
    expect(mismatchesOf(schema, value)).toEqual([problem]);
  });
});

it('lets a caller send more keys than are read, at every level', () => {
  const schema = { properties: { a: { properties: {}, additionalProperties: false } }, additionalProperties: false };
  expect(createMatcher(schema, {}, { extraKeys: true })({ a: { b: 1 }, c: 1 })).toBe(true);
  expect(createMatcher(schema, {})({ a: { b: 1 }, c: 1 })).toBe(false);
});

it('takes schemas of other compilers: type lists, constants, references that are not there', () => {
  expect(mismatches({ type: ['string', 'null'] }, null)).toEqual([]);
  expect(mismatches({ const: 'a' }, 'b')).toEqual(['is none of the listed values']);
  expect(mismatches({ $ref: '#/definitions/Gone' }, 1)).toEqual([]);
  expect(mismatches({ pattern: '[' }, 'x')).toEqual([]);
  expect(
    mismatches({ patternProperties: { '^x-': { type: 'string' } }, additionalProperties: false }, { 'x-a': 'b', y: 1 }),
  ).toEqual(['y is not in the schema']);
});

import { expect, it } from 'vitest';
import { z } from 'zod';
import { generatedName, toDefinitions } from './json-schema.ts';

const one = (schema: z.ZodType, io: 'input' | 'output' = 'output') =>
  toDefinitions([{ name: 'M', schema, io }]).definitions;

it('lists the keys of objects, at every depth, and leaves loose ones open', () => {
  expect(
    one(z.object({ id: z.string(), owner: z.object({ n: z.number() }).nullable(), t: z.string().optional() })),
  ).toEqual({
    M: {
      type: 'object',
      properties: {
        id: { type: 'string' },
        owner: {
          anyOf: [
            { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false },
            { type: 'null' },
          ],
        },
        t: { type: 'string' },
      },
      required: ['id', 'owner'],
      additionalProperties: false,
    },
  });
  expect(one(z.looseObject({ id: z.string() }))['M']).toMatchObject({ additionalProperties: {} });
});

it('gives void as null, dates as date-time text, and what has no form as anything', () => {
  expect(one(z.void())).toEqual({ M: { type: 'null' } });
  expect(one(z.object({ at: z.date(), big: z.bigint() }))['M']).toMatchObject({
    properties: { at: { type: 'string', format: 'date-time' }, big: {} },
  });
});

it('asks a caller only for what has no default', () => {
  const schema = z.object({ a: z.string().default('x'), b: z.string() });
  expect(one(schema, 'input')['M']).toMatchObject({ required: ['b'], additionalProperties: false });
  expect(one(schema, 'output')['M']).toMatchObject({ required: ['a', 'b'] });
});

it('keeps recursive schemas, with references that hold inside the set', () => {
  const Node = z.object({
    id: z.string(),
    get children() {
      return z.array(Node);
    },
  });
  expect(JSON.stringify(one(Node))).toContain('"$ref":"#/definitions/M"');

  const wrapped = one(z.object({ tree: Node, other: Node }));
  const refs = [...JSON.stringify(wrapped).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name]) => name);
  expect(refs.length).toBeGreaterThan(0);
  for (const ref of refs) expect(wrapped).toHaveProperty(String(ref));
});

it('names generated schemas after integration and function', () => {
  const id = { providerConfigKey: 'my.crm-eu', name: 'rename-task_v2' };
  expect(generatedName('ActionInput', id)).toBe('ActionInput_my_crm_eu_renametaskv2');
});

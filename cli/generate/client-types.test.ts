import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type JsonSchema, toDefinitions } from '../compile/json-schema.ts';
import { typecheck } from '../compile/typecheck.ts';
import { renderClientTypes } from './client-types.ts';
import type { DescribedFunction } from './deployed-functions.ts';
import { printType } from './print-type.ts';

const print = (schema: unknown) => printType(schema, { nameOf: (key) => key });
const ofZod = (schema: z.ZodType) => print(toDefinitions([{ name: 'T', schema, io: 'output' }]).definitions['T']);

it.each([
  [z.string(), 'string'],
  [z.number().int().nullable(), 'number | null'],
  [z.literal(['a', 'b']), '"a" | "b"'],
  [z.enum(['x', 'y']), '"x" | "y"'],
  [z.array(z.union([z.string(), z.number()])), '(string | number)[]'],
  [z.tuple([z.string(), z.number()]), '[string, number]'],
  [z.tuple([z.string()]).rest(z.number()), '[string, ...number[]]'],
  [z.record(z.string(), z.boolean()), 'Record<string, boolean>'],
  [z.any(), 'unknown'],
  [z.date(), 'string'],
  [z.void(), 'null'],
  [z.never(), 'never'],
  [z.object({}), 'Record<string, never>'],
  [z.object({ 'a-b': z.string().optional(), c: z.null() }), '{\n  "a-b"?: string;\n  c: null;\n}'],
  [
    z.looseObject({ id: z.string().describe('Of the\nprovider */') }),
    '{\n  /**\n   * Of the\n   * provider * /\n   */\n  id: string;\n  [key: string]: unknown;\n}',
  ],
])('prints %# as one would write it', (schema, text) => {
  expect(ofZod(schema)).toBe(text);
});

const object = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const functions: DescribedFunction[] = [
  {
    type: 'sync',
    integration: 'github',
    name: 'issues',
    description: 'Copies.',
    returns: ['GithubIssue'],
    definitions: {
      GithubIssue: object({ id: { type: 'string' }, author: { $ref: '#/definitions/Person' } }),
      Person: object({ name: { type: 'string' }, boss: { $ref: '#/definitions/Person' } }),
    },
  },
  {
    type: 'sync',
    integration: 'crm',
    name: 'people',
    description: '',
    returns: ['Contact', 'Other'],
    definitions: {
      Contact: object({ id: { type: 'number' }, owner: { $ref: '#/definitions/Person' } }),
      Other: object({ id: { type: 'string' } }),
      Person: object({ mail: { type: 'string' } }),
    },
  },
  {
    type: 'sync',
    integration: 'erp',
    name: 'others',
    description: '',
    returns: ['Other'],
    definitions: { Other: object({ id: { type: 'number' } }) },
  },
  {
    type: 'action',
    integration: 'github',
    name: 'create-issue',
    description: 'Creates one.',
    input: 'In',
    returns: ['Out'],
    definitions: { In: object({ title: { type: 'string' } }), Out: object({ id: { type: 'string' } }) },
  },
  {
    type: 'action',
    integration: 'github',
    name: 'ping',
    description: '',
    input: 'In',
    returns: ['Out'],
    definitions: { In: { type: 'null' }, Out: { type: 'null' } },
  },
];

it('gives the same file whatever the order of the functions', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(functions, { minLength: functions.length }), (shuffled) => {
      expect(renderClientTypes(shuffled)).toBe(renderClientTypes(functions));
    }),
  );
});

it('makes the client typed: right calls compile, wrong ones do not', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'generate-'));
  writeFileSync(path.join(dir, 'syncline.gen.ts'), renderClientTypes(functions));
  const client = path.join(import.meta.dirname, '..', '..', 'sdk', 'node', 'src', 'index.ts');
  const use = path.join(dir, 'use.ts');
  writeFileSync(
    use,
    `import './syncline.gen.js';
import { Syncline } from '@syncline/node';
const syncline = new Syncline({ host: 'http://localhost', apiKey: 'k' });
const place = { providerConfigKey: 'github', connectionId: 'acme' };
export async function good() {
  const { records } = await syncline.listRecords('GithubIssue', place);
  const name: string = records[0]!.author.boss.name;
  const contacts = await syncline.listRecords({ ...place, model: 'Contact' });
  const mail: string = contacts.records[0]!.owner.mail;
  const others = await syncline.listRecords('Other', place);
  const either: string | number = others.records[0]!.id;
  const made: { id: string } = await syncline.triggerAction('create-issue', { title: 'a' }, place);
  const nothing: null = await syncline.triggerAction('ping', undefined, place);
  return [name, mail, either, made, nothing];
}
export async function bad() {
  await syncline.listRecords('GitHubIssue', place);
  const { records } = await syncline.listRecords('GithubIssue', place);
  records[0]!.titel;
  await syncline.triggerAction('create-issue', { titel: 'a' }, place);
  await syncline.triggerAction('create-isue', {}, place);
}
`,
  );
  const problems = await typecheck({ files: [use], dir, modules: { '@syncline/node': client } });
  const own = problems.filter(({ file }) => file === 'use.ts');
  expect(own.map(({ line }) => line)).toEqual([17, 19, 20, 21]);
  expect(problems.filter(({ file }) => file === 'syncline.gen.ts')).toEqual([]);
});

it('prints schemas that it has never seen as something that compiles', () => {
  const schema = fc.letrec<{ schema: unknown }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>(
        true,
        false,
        {},
        { type: 'string' },
        { type: ['string', 'null'] },
        { enum: [1, 'a', null] },
      ),
      fc.record({ type: fc.constant('array'), items: tie('schema') }),
      fc.record({ type: fc.constant('array'), items: fc.array(tie('schema'), { maxLength: 3 }) }),
      fc.record({ anyOf: fc.array(tie('schema'), { maxLength: 3 }) }),
      fc.record({
        type: fc.constant('object'),
        properties: fc.dictionary(fc.string({ maxLength: 5 }), tie('schema'), { maxKeys: 3 }),
        additionalProperties: tie('schema'),
      }),
    ),
  })).schema;
  fc.assert(
    fc.property(schema, (given) => {
      const text = print(given);
      expect(text).not.toBe('');
      const count = (pattern: RegExp) => (text.replaceAll(/"(\\.|[^"\\])*"/g, '""').match(pattern) ?? []).length;
      expect(count(/[{[(]/g)).toBe(count(/[}\])]/g));
    }),
  );
});

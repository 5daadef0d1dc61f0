import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { compileProject } from '../compile/compile-project.ts';
import type { FlowConfig } from '../compile/flow-config.ts';
import { migrateProject } from './migrate-project.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'migrate-'));
});

function write(files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
}
const read = (file: string) => readFileSync(path.join(dir, file), 'utf8');

const yaml = `
integrations:
  github:
    syncs:
      issues:
        description: "Copies every issue, the author's too."
        runs: every 2 hours
        endpoint: { path: /github/issues, group: Issues }
        output: [Issue, Author]
        endpoint: [/github/issues, /github/authors]
        input: Settings
        sync_type: incremental
        auto_start: false
        scopes: repo
        webhook-subscriptions: [issues, pull_request]
        version: 1.2.0
      trees: { runs: every day, endpoint: /github/trees, output: Tree, track_deletes: true }
    actions:
      close: { endpoint: PATCH /github/issues, input: { id: number, 'reason?': done | wont }, output: Issue }
      ping: { endpoint: GET /github/ping }
    on-events:
      validate-connection: [check]
models:
  Base: { id: string }
  Issue: { __extends: Base, title: string, 'labels?': 'string[]', author: Author, raw: any, 'closed-at': date | null }
  Author: { id: string, kind: "'user' | 'bot'", meta: { __string: number } }
  Tree: { id: string, children: 'Tree[]' }
  Settings: { repo: string }
`.replace('        endpoint: { path: /github/issues, group: Issues }\n', '');

const issues = `// Copyright of somebody.
import type { NangoSync, Issue, Author, ProxyConfiguration, Settings } from '../../models';
import { toAuthor } from '../mappers/author';

const LIMIT = 100; // the API's maximum

/**
 * Copies the issues.
 */
export default async function fetchData(nango: NangoSync): Promise<void> {
    const { repo } = (await nango.getMetadata<Settings>()) ?? { repo: '' };
    const config: ProxyConfiguration = {
        // https://docs.github.com/en/rest/issues
        endpoint: \`/repos/\${repo}/issues
?per_page=\${LIMIT}\`,
        retries: 10
    };
    for await (const page of nango.paginate<RawIssue>(config)) {
        const found: Issue[] = page.map(toIssue);
        await nango.batchSave<Issue>(found, 'Issue');
        await nango.batchSave<Author>(
            found.map((one) => one.author),
            'Author'
        );
        await report(nango, found.length);
    }
}

// Sent by GitHub.
export async function onWebhookPayloadReceived(nango: NangoSync, payload: any): Promise<void> {
    await nango.log(\`webhook \${payload.action}\`);
}

interface RawIssue {
    id: number;
    title: string;
    user: { id: number };
}

function toIssue(raw: RawIssue): Issue {
    return { id: String(raw.id), title: raw.title, author: toAuthor(raw.user), raw, 'closed-at': null };
}

async function report(nango: NangoSync, count: number): Promise<void> {
    await nango.log(\`\${count} issues\`);
}
`;

const scripts = {
  'github/syncs/issues.ts': issues,
  'github/mappers/author.ts': `import type { Author } from '../../models';
import { kinds } from './kinds';

export function toAuthor(user: { id: number }): Author {
    return { id: String(user.id), kind: kinds[0], meta: {} };
}
`,
  'github/mappers/kinds.ts': "export const kinds = ['user', 'bot'] as const;\n",
  'github/syncs/trees.ts': `import { NangoSync, Tree } from '../../models';

const fetchData = async (nango: NangoSync) => {
    const trees: Tree[] = [{ id: '1', children: [] }];
    await nango.batchSave(trees, 'Tree');
};

export default fetchData;
`,
  'github/actions/close.ts': `import type { NangoAction, Issue, Anonymous_github_action_close_input as Input } from '../../models';

export default async function runAction(nango: NangoAction, input: Input): Promise<Issue> {
    const res = await nango.patch<Issue>({ endpoint: \`/issues/\${input.id}\`, data: { state: input.reason } });
    return res.data;
}
`,
  'github/actions/ping.ts': `import type { NangoAction } from '../../models';

export default async function runAction(nango: NangoAction) {
    await nango.get({ endpoint: '/ping' });
}
`,
  // Older projects have scripts in the root.
  'check.ts': `import type { NangoAction } from './models';
import { kinds } from './github/mappers/kinds';

export default async function execute(nango: NangoAction): Promise<void> {
    await nango.log(kinds.join());
}
`,
};

const byName = (configs: FlowConfig[]) =>
  configs
    .map(({ fileBody: _, features: _features, metadata, ...config }) => ({ ...config, scopes: metadata.scopes }))
    .sort((a, b) => (a.syncName < b.syncName ? -1 : 1));

/** What both forms say of a function, names of schemas apart. */
const essence = (configs: FlowConfig[]) =>
  byName(configs).map(({ models_json_schema: _, input: _input, models, type, ...rest }) => ({
    ...rest,
    type,
    models: type === 'sync' ? models : models.length,
  }));

it('makes code that compiles, type check included, and declares the same functions', async () => {
  write({ 'nango.yaml': yaml, ...scripts });
  const before = await compileProject({ dir });
  const { written, removed, remarks } = migrateProject(dir);
  expect(remarks.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'cyclic_model The model Tree contains itself.',
    'model_not_found_fallback "done": it is no model and no type, and is taken as this very text.',
    'model_not_found_fallback "wont": it is no model and no type, and is taken as this very text.',
  ]);
  expect(removed).toEqual(['check.ts', 'nango.yaml']);
  expect(written).toContain('github/on-events/check.ts');
  expect(existsSync(path.join(dir, 'nango.yaml'))).toBe(false);

  const after = await compileProject({ dir });
  expect(after.warnings.map(({ code }) => code)).toEqual(['deprecated_track_deletes']);
  expect(essence(after.flowConfigs)).toEqual(
    essence(before.flowConfigs).map((config) => ({
      ...config,
      // Code has no empty output or input.
      ...(config.syncName === 'ping' && { models: 1 }),
    })),
  );
  const schemaOf = ({ flowConfigs }: typeof after, name: string) =>
    flowConfigs.find(({ syncName }) => syncName === 'issues')?.models_json_schema.definitions[name];
  expect(schemaOf(after, 'Author')).toMatchObject({ required: ['id', 'kind', 'meta'] });
  expect(Object.keys((schemaOf(after, 'Issue') as { properties: object }).properties)).toEqual(
    Object.keys((schemaOf(before, 'Issue') as { properties: object }).properties),
  );
  expect(after.onEventScriptsByProvider).toMatchObject([
    { scripts: [{ name: 'check', event: 'validate-connection' }] },
  ]);
});

it('keeps comments, layout and the text of template literals', () => {
  write({ 'nango.yaml': yaml, ...scripts });
  migrateProject(dir);
  expect(read('github/syncs/issues.ts')).toBe(`// Copyright of somebody.
import type { ProxyConfiguration } from '@syncline/functions';
import { createSync } from '@syncline/functions';
import { Issue, Settings, Author } from '../../models.js';
import { toAuthor } from '../mappers/author.js';

const LIMIT = 100; // the API's maximum

/**
 * Copies the issues.
 */
const sync = createSync({
  description: 'Copies every issue, the author\\'s too.',
  version: '1.2.0',
  frequency: 'every 2 hours',
  autoStart: false,
  syncType: 'incremental',
  endpoints: [{ method: 'GET', path: '/github/issues' }, { method: 'GET', path: '/github/authors' }],
  scopes: ['repo'],
  webhookSubscriptions: ['issues', 'pull_request'],
  metadata: Settings,
  models: { Issue, Author },
  exec: async (nango) => {
      const { repo } = (await nango.getMetadata<Settings>()) ?? { repo: '' };
      const config: ProxyConfiguration = {
          // https://docs.github.com/en/rest/issues
          endpoint: \`/repos/\${repo}/issues
?per_page=\${LIMIT}\`,
          retries: 10
      };
      for await (const page of nango.paginate<RawIssue>(config)) {
          const found: Issue[] = page.map(toIssue);
          await nango.batchSave(found, 'Issue');
          await nango.batchSave(
              found.map((one) => one.author),
              'Author'
          );
          await report(nango, found.length);
      }
  },
  // Sent by GitHub.
  onWebhook: async (nango, payload) => {
      await nango.log(\`webhook \${payload.action}\`);
  },
});

type NangoSyncLocal = Parameters<(typeof sync)['exec']>[0];

export default sync;

interface RawIssue {
    id: number;
    title: string;
    user: { id: number };
}

function toIssue(raw: RawIssue): Issue {
    return { id: String(raw.id), title: raw.title, author: toAuthor(raw.user), raw, 'closed-at': null };
}

async function report(nango: NangoSyncLocal, count: number): Promise<void> {
    await nango.log(\`\${count} issues\`);
}
`);
  expect(read('index.ts')).toBe(`// github
import './github/syncs/issues.js';
import './github/syncs/trees.js';
import './github/actions/close.js';
import './github/actions/ping.js';
import './github/on-events/check.js';
`);
  expect(read('models.ts')).toContain(`export const Author = z.object({
  id: z.string(),
  kind: z.enum(['user', 'bot']),
  meta: z.record(z.string(), z.number()),
});
export type Author = z.infer<typeof Author>;
`);
  expect(read('github/on-events/check.ts')).toContain("import { kinds } from '../mappers/kinds.js';");
  expect(JSON.parse(read('package.json'))).toMatchObject({
    type: 'module',
    devDependencies: { zod: expect.any(String) },
  });
});

it('converts the rarer forms: arrows, exported names, errors, modules that take the whole object', async () => {
  write({
    'nango.yaml': `
integrations:
  crm:
    actions:
      add: { endpoint: POST /add, input: Input, output: Output }
models:
  Input: { name: string }
  Output: { id: string }
`,
    // No import at all before it: the new ones go first.
    'crm/actions/add.ts': `/** Adds. */
export default async (nango: NangoAction, { name }: Input): Promise<Output> => {
    if (name === EMPTY) throw new ActionError({ message: 'Who?' });
    return { id: await post(nango, name) };
};

export const EMPTY = '';

import { NangoAction, ActionError, Input, Output } from '../../models';
import { post } from '../../lib';
`,
    'lib/index.ts': `import type { NangoAction } from '../models';

export async function post(nango: NangoAction, name: string): Promise<string> {
    const { data } = await nango.post<{ id: string }>({ endpoint: '/add', data: { name } });
    return data.id;
}
`,
    'package.json': JSON.stringify({ name: 'mine', dependencies: { zod: '4.0.0' }, scripts: { a: 'b' } }),
  });
  const { remarks } = migrateProject(dir);
  expect(remarks.map(({ file, message }) => `${file} ${message.split(':')[0]}`)).toEqual([
    'crm/actions/add.ts exports more than its function',
  ]);
  const text = read('crm/actions/add.ts');
  expect(text).toContain("import { createAction, ActionError } from '@syncline/functions';");
  expect(text).toContain('/** Adds. */\nconst action = createAction({');
  expect(text).toContain('exec: async (nango, { name }) => {');
  expect(text).toContain("import { post } from '../../lib/index.js';");
  expect(read('lib/index.ts')).toContain("import type { NangoAction } from '@syncline/functions';");
  expect(JSON.parse(read('package.json'))).toMatchObject({
    name: 'mine',
    type: 'module',
    scripts: { a: 'b' },
    dependencies: { zod: '4.0.0' },
  });
  expect(JSON.parse(read('package.json')).devDependencies).not.toHaveProperty('zod');
  await compileProject({ dir });
});

it('leaves linked integrations to their target, and lists them under their own name', async () => {
  const twins = `${yaml.split('models:')[0]!.split('  github:')[0]}  github:
    actions: { ping: { endpoint: GET /github/ping } }
  github-app:
    actions: { ping: { endpoint: GET /github-app/ping } }
`;
  write({ 'nango.yaml': twins, 'github/actions/ping.ts': scripts['github/actions/ping.ts'] });
  symlinkSync('github', path.join(dir, 'github-app'));
  migrateProject(dir);
  const { flowConfigs } = await compileProject({ dir });
  expect(flowConfigs.map(({ providerConfigKey, syncName }) => `${providerConfigKey}/${syncName}`)).toEqual([
    'github/ping',
    'github-app/ping',
  ]);
});

it('changes nothing when nango.yaml has mistakes, a script is missing, or the project has an index.ts', () => {
  write({ 'nango.yaml': yaml });
  expect(() => migrateProject(dir)).toThrow(expect.objectContaining({ code: 'invalid_nango_yaml', exitCode: 10 }));
  expect(existsSync(path.join(dir, 'index.ts'))).toBe(false);
  write({ ...scripts, 'index.ts': '' });
  expect(() => migrateProject(dir)).toThrow(expect.objectContaining({ code: 'already_migrated' }));
  expect(read('github/syncs/issues.ts')).toBe(issues);
});

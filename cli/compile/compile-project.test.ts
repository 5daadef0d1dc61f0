import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { toBundlePayload } from '../deploy/function-bundles.ts';
import { toPayload } from '../deploy/payload.ts';
import { CliError } from '../errors.ts';
import { compileFile } from './compile-file.ts';
import { compileProject } from './compile-project.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'project-'));
});

function project(files: Record<string, string>) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
  const index = Object.keys(files).map((file) => `import './${file.replace(/\.ts$/, '.js')}';\n`);
  writeFileSync(path.join(dir, 'index.ts'), index.join(''));
}

async function problems(options: { typecheck?: boolean } = { typecheck: false }): Promise<string[]> {
  const error: unknown = await compileProject({ dir, ...options }).then(
    () => undefined,
    (caught) => caught,
  );
  if (!(error instanceof CliError)) throw error ?? new Error('It compiled.');
  expect(error.exitCode).toBe(10);
  return error.diagnostics.map(({ code, file, line }) => [code, file, line].filter(Boolean).join(' '));
}

const sync = (rest = '', model = 'Task') => `
import { createSync } from 'nango';
import { z } from 'zod';
export default createSync({
  description: 'd', frequency: 'every hour', models: { ${model}: z.object({ id: z.string() }) }, exec: async () => {}, ${rest}
});`;

it('makes the body of a deploy from a folder that has sources only', async () => {
  project({
    'crm.eu/syncs/tasks.ts': sync(
      "metadata: z.object({ team: z.string() }), checkpoint: z.object({ page: z.number() }), scopes: ['r'], webhookSubscriptions: ['*'], onWebhook: async () => {}, endpoints: [{ method: 'GET', path: '/tasks' }],",
    ),
    'crm.eu/actions/add-task.ts': `
import { createAction } from '@syncline/functions';
import * as z from 'zod';
const action = createAction({
  description: 'Adds.', version: '2.0.0', input: z.object({ title: z.string() }), output: z.void(),
  exec: async (nango, input) => { await nango.post({ endpoint: '/tasks', data: input }); },
});
export default action;`,
    'crm.eu/on-events/hello.ts': `
import { createOnEvent } from 'syncline';
export default createOnEvent({ description: 'd', event: 'validate-connection', exec: async () => {} });`,
  });
  const { flowConfigs, onEventScriptsByProvider, warnings } = await compileProject({ dir });
  expect(warnings).toEqual([]);
  const object = (properties: object) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const fileBody = { js: expect.stringContaining('module.exports'), ts: expect.stringContaining('export default') };
  expect(flowConfigs).toEqual([
    {
      type: 'sync',
      syncName: 'tasks',
      providerConfigKey: 'crm.eu',
      models: ['Task'],
      runs: 'every hour',
      track_deletes: false,
      auto_start: true,
      sync_type: 'full',
      attributes: {},
      metadata: { description: 'd', scopes: ['r'] },
      input: 'SyncMetadata_crm_eu_tasks',
      endpoints: [{ method: 'GET', path: '/tasks' }],
      webhookSubscriptions: ['*'],
      models_json_schema: {
        definitions: {
          Task: object({ id: { type: 'string' } }),
          SyncMetadata_crm_eu_tasks: object({ team: { type: 'string' } }),
        },
      },
      features: ['checkpoints'],
      fileBody,
    },
    {
      type: 'action',
      syncName: 'add-task',
      providerConfigKey: 'crm.eu',
      models: ['ActionOutput_crm_eu_addtask'],
      version: '2.0.0',
      runs: null,
      track_deletes: false,
      metadata: { description: 'Adds.' },
      input: 'ActionInput_crm_eu_addtask',
      endpoints: [],
      models_json_schema: {
        definitions: {
          ActionInput_crm_eu_addtask: object({ title: { type: 'string' } }),
          ActionOutput_crm_eu_addtask: { type: 'null' },
        },
      },
      features: [],
      fileBody,
    },
  ]);
  expect(onEventScriptsByProvider).toEqual([
    { providerConfigKey: 'crm.eu', scripts: [{ name: 'hello', event: 'validate-connection', fileBody }] },
  ]);
});

it('gives type errors with their place, and every other problem with them', async () => {
  project({
    'a/syncs/one.ts': `${sync()}\nconst n: number = 'text';\nexport type N = typeof n;`,
    'a/syncs/two.ts': sync("frequency: 'every 5 seconds',", 'Other'),
  });
  expect(await problems({})).toEqual([
    'TS2322 a/syncs/one.ts 7',
    'TS1117 a/syncs/two.ts 5',
    'sync_interval_too_short a/syncs/two.ts',
  ]);
});

it.each([
  ['an unreadable frequency', sync("frequency: 'now and then',"), 'invalid_interval'],
  ['a model without id', sync('models: { Task: z.object({ name: z.string() }) },'), 'model_missing_id'],
  ['a model in small letters', sync('', 'task'), 'invalid_model_name'],
  [
    'as many endpoints as models',
    sync("endpoints: [{ method: 'GET', path: '/a' }, { method: 'GET', path: '/b' }],"),
    'endpoints_mismatch',
  ],
  ['incremental with trackDeletes', sync("syncType: 'incremental', trackDeletes: true,"), 'incremental_track_deletes'],
  ['a wrong option', sync("autoStart: 'yes',"), 'invalid_definition'],
  ['a schema that is none', sync('models: { Task: {} },'), 'invalid_definition'],
  ['no default export', 'export type A = 1;', 'no_default_export'],
  ['the legacy form', 'export default async function fetchData() {}', 'legacy_function'],
  ['an import that throws', `${sync()}\nthrow new Error('no');`, 'import_failed'],
  [
    'createFunction with a trigger that it does not know',
    "import { createFunction } from 'nango';\nexport default createFunction({ description: 'd', trigger: { kind: 'moon' }, exec: async () => {} });",
    'invalid_definition',
  ],
])('refuses %s', async (_what, text, code) => {
  project({ 'a/syncs/x.ts': text });
  expect((await problems()).join()).toContain(code);
});

it('refuses two owners of a model, a name or an endpoint in one integration, and allows them in two', async () => {
  const endpoint = "endpoints: [{ method: 'GET', path: '/t' }],";
  project({ 'a/syncs/x.ts': sync(endpoint), 'a/syncs/y.ts': sync(endpoint), 'a/syncs/more/x.ts': sync('', 'More') });
  expect(await problems()).toEqual([
    'duplicate_model a/syncs/y.ts',
    'duplicate_endpoint a/syncs/y.ts',
    'duplicate_name a/syncs/more/x.ts',
  ]);
  project({ 'a/syncs/x.ts': sync(endpoint), 'b/syncs/x.ts': sync(endpoint) });
  expect((await compileProject({ dir, typecheck: false })).flowConfigs).toHaveLength(2);
});

it('survives a function that ends the process while it is imported', async () => {
  project({ 'a/syncs/x.ts': `${sync()}\nprocess.exit(0);` });
  await expect(compileProject({ dir, typecheck: false })).rejects.toMatchObject({
    code: 'import_failed',
    exitCode: 10,
  });
});

it('compiles one file that no index.ts lists', async () => {
  project({ 'a/syncs/x.ts': sync('autoStart: false,') });
  const { flowConfigs } = await compileFile({
    file: path.join(dir, 'a/syncs/x.ts'),
    providerConfigKey: 'b',
    name: 'other',
    typecheck: false,
  });
  expect(flowConfigs).toMatchObject([{ providerConfigKey: 'b', syncName: 'other', auto_start: false }]);
});

it('compiles createFunction of every trigger, apart from the others', async () => {
  const general = (rest: string) => `
import { createFunction } from 'nango';
import { z } from 'zod';
export default createFunction({ description: 'd', ${rest} });`;
  project({
    'a/functions/answer.ts': general(
      'input: z.object({ n: z.number() }), output: z.number(), exec: async (nango, trigger) => trigger.input.n',
    ),
    'a/functions/copy.ts': general(
      "trigger: { kind: 'schedule', frequency: 'every hour' }, data: { models: { Task: z.object({ id: z.string() }) }, checkpoint: z.object({ page: z.number() }) }, exec: async () => {}",
    ),
  });
  const compiled = await compileProject({ dir, typecheck: false });
  expect(compiled.flowConfigs).toEqual([]);
  const { reconciliationScope, functions } = toBundlePayload(compiled, {})!;
  expect(reconciliationScope).toEqual({ kind: 'environment' });
  expect(functions).toMatchObject([
    {
      name: 'answer',
      integrationId: 'a',
      trigger: { kind: 'none' },
      capabilities: { usesRecords: false, usesOutbound: true, usesCheckpoints: false },
      input_schema_ref: '#/definitions/FunctionInput_a_answer',
      output_schema_ref: '#/definitions/FunctionOutput_a_answer',
      json_schema: { definitions: { FunctionOutput_a_answer: { type: 'number' } } },
    },
    {
      trigger: { kind: 'schedule', frequency: 'every hour' },
      capabilities: { usesRecords: true, usesCheckpoints: true, usesMetadata: false },
      model_schema_refs: ['#/definitions/Task'],
      checkpoint_schema_ref: '#/definitions/FunctionCheckpoint_a_copy',
    },
  ]);
  project({
    'a/functions/answer.ts': general('exec: async () => {}'),
    'a/actions/answer.ts':
      "import { createAction } from 'nango'; import { z } from 'zod'; export default createAction({ description: 'd', input: z.void(), output: z.void(), exec: async () => {} });",
  });
  expect(await problems()).toContain('duplicate_name a/actions/answer.ts');
});

describe('a project of nango.yaml', () => {
  function yamlProject(files: Record<string, string>) {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
      writeFileSync(path.join(dir, file), text);
    }
  }
  const yaml = `
integrations:
  crm:
    syncs:
      tasks: { runs: every hour, endpoint: GET /tasks, output: task, input: Settings, webhook-subscriptions: changed }
    actions:
      add: { endpoint: POST /tasks, input: { title: string }, output: task, description: Adds. }
    on-events:
      post-connection-creation: [second, first]
models:
  task: { id: string, title: string }
  Settings: { team: string }
`;
  const scripts = {
    'crm/syncs/tasks.ts': `
import type { NangoSync } from '../../models';
import { task, ProxyConfiguration } from '../../models';
import { toTitle } from '../title';
export default async function fetchData(nango: NangoSync): Promise<void> {
  const config: ProxyConfiguration = { endpoint: '/tasks' };
  const { data } = await nango.get(config);
  await nango.batchSave<task>(data.map((one: any) => ({ id: one.id, title: toTitle(one) })), 'task');
}
export async function onWebhookPayloadReceived(nango: NangoSync, payload: any): Promise<void> {
  await nango.log(payload);
}`,
    'crm/title.ts': "export const toTitle = (one: { title: string }) => one.title ?? '';",
    'crm/actions/add.ts': 'export default async function runAction(nango: any, input: any) { return input; }',
    'crm/on-events/first.ts': 'export default async function execute(nango: any) {}',
    'second.ts': 'export default async function (nango: any) {}',
  };

  it('compiles as it is', async () => {
    yamlProject({ 'nango.yaml': yaml, ...scripts });
    const compiled = await compileProject({ dir });
    expect(compiled).toMatchObject({ warnings: [], nangoYaml: yaml });
    expect(compiled.flowConfigs).toMatchObject([
      {
        type: 'sync',
        syncName: 'tasks',
        providerConfigKey: 'crm',
        models: ['task'],
        runs: 'every hour',
        sync_type: 'full',
        auto_start: true,
        input: 'Settings',
        endpoints: [{ method: 'GET', path: '/tasks' }],
        webhookSubscriptions: ['changed'],
        models_json_schema: { definitions: { task: { required: ['id', 'title'] }, Settings: { type: 'object' } } },
      },
      {
        type: 'action',
        syncName: 'add',
        models: ['task'],
        input: 'Anonymous_crm_action_add_input',
        metadata: { description: 'Adds.' },
        endpoints: [{ method: 'POST', path: '/tasks' }],
      },
    ]);
    expect(compiled.onEventScriptsByProvider).toMatchObject([
      { providerConfigKey: 'crm', scripts: [{ name: 'second' }, { name: 'first' }] },
    ]);
    expect(toPayload(compiled, {}, { reconcile: true })).toMatchObject({
      sdkVersion: expect.stringMatching(/-yaml$/),
      nangoYamlBody: yaml,
    });
  });

  it('is told what is wrong in its YAML and its scripts, all at once', async () => {
    yamlProject({ 'nango.yaml': yaml.replace('every hour', 'often') });
    expect(await problems()).toEqual([
      'invalid_runs nango.yaml 5',
      'file_not_found nango.yaml',
      'file_not_found nango.yaml',
      'file_not_found nango.yaml',
      'file_not_found nango.yaml',
    ]);
    yamlProject({
      'nango.yaml': yaml,
      ...scripts,
      'crm/actions/add.ts': "export default async function (nango: any) { nango.log('x'); }",
      'second.ts': 'export default { exec: async () => {} };',
    });
    expect(await problems()).toEqual(['not_awaited crm/actions/add.ts 1', 'no_default_export second.ts']);
  });

  it('is type-checked against the models of its YAML, whatever models.ts lies there, by the rules of this form', async () => {
    yamlProject({
      'nango.yaml': yaml.replace('title: string }\n  Settings', "title: string, 'due?': date }\n  Settings"),
      ...scripts,
      'models.ts': "import { nothing } from '@nangohq/runner-sdk';\nexport interface task { other: number }\n",
      'crm/actions/add.ts': `
import type { NangoAction, task, Anonymous_crm_action_add_input as Input } from '../../models';
export default async function runAction(nango: NangoAction, input: Input): Promise<task> {
  const unused = 1;
  const { metadata } = await nango.getConnection();
  if (metadata.team) throw new nango.ActionError({ message: 'No team.' });
  return { id: '1', title: input.titel };
}`,
      'crm/on-events/first.ts': `
import type { NangoAction, task } from '../../models';
import { toTitle } from '../title';
export default async function execute(nango: NangoAction) {
  const one: task = { id: '1', title: 'a', due: new Date() };
  await nango.log(toTitle({ title: 7 }), one.due?.getTime());
}`,
    });
    expect(await problems({ typecheck: true })).toEqual([
      'TS2551 crm/actions/add.ts 7',
      'TS2322 crm/on-events/first.ts 6',
    ]);
  });
});

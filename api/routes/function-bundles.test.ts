import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_bundles');
});
afterAll(() => test.close());
beforeEach(async () => {
  tenant = await test.tenant(); // with integration `crm`, connection `c1`
  await call('POST', '/integrations', { provider: 'private-api-bearer', unique_key: 'hr' });
  test.poked.length = 0;
});

async function call<T = Record<string, never>>(method: string, path: string, body?: unknown) {
  const response = await tenant.call(method, path, { body });
  return { status: response.status, body: (await response.json()) as T & { error: Record<string, unknown> } };
}

const none = {
  usesRecords: false,
  usesOutbound: true,
  usesCheckpoints: false,
  usesMetadata: false,
  usesInvoke: false,
};
const artifact = (name: string, more: object = {}) => ({
  name,
  integrationId: 'crm',
  description: `Does ${name}.`,
  trigger: { kind: 'none' },
  requires: { connection: true, outbound: true, invoke: false },
  capabilities: none,
  limits: { concurrency: { perConnection: 'max' } },
  input_schema_ref: null,
  output_schema_ref: null,
  model_schema_refs: [],
  metadata_schema_ref: null,
  checkpoint_schema_ref: null,
  json_schema: { definitions: {} },
  fileBody: { js: `exports.default = { type: 'function', exec: async () => '${name}' };`, ts: `// ${name}` },
  ...more,
});
const copies = (name: string, trigger: object) =>
  artifact(name, {
    trigger,
    limits: { concurrency: { perConnection: 1 } },
    capabilities: { ...none, usesRecords: true, usesCheckpoints: true },
    model_schema_refs: ['#/definitions/Contact'],
    checkpoint_schema_ref: '#/definitions/Position',
    json_schema: { definitions: { Contact: { type: 'object' }, Position: { type: 'object' } } },
  });
const environment = { kind: 'environment' };
const path = '/functions/deployments/bundle';
const deploy = (functions: object[], scope: object = environment) =>
  call('POST', path, { reconciliationScope: scope, functions });
const ofCrm = async () =>
  (await call<{ data: Record<string, unknown>[] }>('GET', '/integrations/crm/functions')).body.data;

it('makes each trigger the kind of function that it means', async () => {
  const all = [
    artifact('answer', {
      input_schema_ref: '#/definitions/In',
      output_schema_ref: '#/definitions/Out',
      json_schema: { definitions: { In: { type: 'object' }, Out: { type: 'string' } } },
    }),
    copies('copy', { kind: 'schedule', frequency: 'every 5 minutes' }),
    copies('listen', { kind: 'http', subscriptions: ['contact.changed'] }),
    artifact('greet', { trigger: { kind: 'event', events: ['post-connection-creation'] } }),
  ];
  const named = (...names: string[]) => names.map((name) => ({ integrationId: 'crm', name }));
  const created = named('answer', 'copy', 'listen', 'greet');
  const preview = await call('POST', `${path}/preview`, { reconciliationScope: environment, functions: all });
  expect(preview.body).toEqual({ created, updated: [], unchanged: [], deleted: [] });
  expect(await ofCrm()).toEqual([]);
  expect(await deploy(all)).toEqual({ status: 200, body: preview.body });
  expect(await ofCrm()).toMatchObject([
    { name: 'answer', type: 'action', input: 'In', returns: ['Out'] },
    { name: 'greet', type: 'on-event', event: 'post-connection-creation' },
    { name: 'copy', type: 'sync', returns: ['Contact'], runs: 'every 5 minutes', auto_start: true },
    { name: 'listen', type: 'sync', returns: ['Contact'], runs: null, auto_start: false },
  ]);
  const syncs = await tenant.env.transaction((tx) =>
    tx.execute(sql`SELECT name, desired, period_ms::int AS period FROM syncs ORDER BY 1`),
  );
  expect(syncs).toEqual([
    { name: 'copy', desired: 'active', period: 300_000 },
    { name: 'listen', desired: 'paused', period: null },
  ]);
  const again = await deploy([artifact('answer', { description: 'Other.' }), all[1]!, all[2]!]);
  expect(again.body).toEqual({
    created: [],
    updated: named('answer'),
    unchanged: named('copy', 'listen'),
    deleted: named('greet'),
  });
});

it('leaves other deploys’ functions alone, and they leave these', async () => {
  const flow = {
    type: 'action',
    syncName: 'plain',
    providerConfigKey: 'crm',
    models: [],
    runs: null,
    fileBody: { js: '1', ts: '' },
  };
  const usual = { nangoYamlBody: '', reconcile: true, debug: false };
  await call('POST', '/sync/deploy', { ...usual, flowConfigs: [flow] });
  await deploy([artifact('answer')]);
  await call('POST', '/sync/deploy', { ...usual, flowConfigs: [flow] });
  expect(await ofCrm()).toMatchObject([{ name: 'answer' }, { name: 'plain' }]);
  await deploy([]);
  expect(await ofCrm()).toMatchObject([{ name: 'plain' }]);
});

it('reconciles one integration, also when nothing of it is left', async () => {
  await deploy([artifact('answer'), artifact('answer', { integrationId: 'hr' })]);
  expect((await deploy([], { kind: 'integration', integrationId: 'crm' })).body).toMatchObject({
    deleted: [{ integrationId: 'crm', name: 'answer' }],
  });
  const other = await call<{ data: object[] }>('GET', '/integrations/hr/functions');
  expect(other.body.data).toMatchObject([{ name: 'answer' }]);
});

describe('a refused deploy changes nothing', () => {
  it.each([
    ['debounce', { trigger: { kind: 'http', debounce: { windowMs: 1000 } } }, 'unsupported_function'],
    ['no connection', { requires: { connection: false } }, 'unsupported_function'],
    [
      'invocations',
      { requires: { invoke: true }, capabilities: { ...none, usesInvoke: true } },
      'unsupported_function',
    ],
    [
      'two events',
      { trigger: { kind: 'event', events: ['post-connection-creation', 'validate-connection'] } },
      'unsupported_function',
    ],
    ['a flag that disagrees', { capabilities: { ...none, usesRecords: true } }, 'invalid_body'],
    ['a schema that is not there', { input_schema_ref: '#/definitions/Gone' }, 'invalid_body'],
    ['a frequency under 30 seconds', { trigger: { kind: 'schedule', frequency: 'every 5 seconds' } }, 'invalid_body'],
    ['code that does not parse', { fileBody: { js: 'const a = 1; const a = 2;', ts: '' } }, 'compilation_error'],
    ['an unknown key', { bogus: 1 }, 'invalid_body'],
  ])('for %s', async (_case, wrong, code) => {
    const functions = [artifact('good'), artifact('bad', wrong)];
    expect(await deploy(functions)).toMatchObject({ status: 400, body: { error: { code } } });
    expect(await ofCrm()).toEqual([]);
  });

  it('for an unknown integration and for a function outside of the scope', async () => {
    expect(await deploy([artifact('a', { integrationId: 'gone' })])).toMatchObject({
      status: 404,
      body: { error: { code: 'integration_not_found' } },
    });
    expect(await deploy([artifact('a')], { kind: 'integration', integrationId: 'hr' })).toMatchObject({
      status: 400,
      body: { error: { code: 'functions_deployment_error' } },
    });
  });
});

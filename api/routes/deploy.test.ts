import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_deploy');
});
afterAll(() => test.close());
beforeEach(async () => {
  tenant = await test.tenant(); // with integration `crm`, connection `c1`
  test.poked.length = 0;
});

async function call<T = Record<string, never>>(method: string, path: string, body?: unknown) {
  const response = await tenant.call(method, path, { body });
  return { status: response.status, body: (await response.json()) as T & { error: Record<string, unknown> } };
}

const schema = (name: string) => ({
  definitions: { [name]: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] } },
});

const sync = (name: string, more: object = {}) => ({
  type: 'sync',
  syncName: name,
  providerConfigKey: 'crm',
  models: ['Contact'],
  runs: 'every hour',
  auto_start: true,
  track_deletes: false,
  sync_type: 'full',
  metadata: { description: `Copies ${name}`, scopes: ['read'] },
  endpoints: [{ GET: `/${name}` }],
  fileBody: { js: `module.exports.default = { name: '${name}' };`, ts: `export default '${name}';` },
  version: '1.0.0',
  models_json_schema: schema('Contact'),
  features: [],
  ...more,
});

const action = (name: string, more: object = {}) => ({
  ...sync(name),
  type: 'action',
  runs: null,
  models: ['Out'],
  input: 'In',
  models_json_schema: { definitions: { ...schema('Out').definitions, ...schema('In').definitions } },
  ...more,
});

const welcome = {
  providerConfigKey: 'crm',
  scripts: [{ name: 'welcome', event: 'post-connection-creation', fileBody: { js: 'exports.x = 1;', ts: '' } }],
};

const payload = (flowConfigs: object[], more: object = {}) => ({
  flowConfigs,
  onEventScriptsByProvider: [],
  nangoYamlBody: '',
  reconcile: true,
  debug: false,
  sdkVersion: '0.71.10-zero',
  ...more,
});

type Deployed = { name: string; version: string; type: string; id: number; last_deployed: string }[];
const deploy = (flowConfigs: object[], more: object = {}) =>
  call<Deployed>('POST', '/sync/deploy', payload(flowConfigs, more));
const count = async (table: string) => {
  const [row] = await tenant.env.transaction((tx) =>
    tx.execute<{ n: number }>(sql.raw(`SELECT count(*)::int AS n FROM ${table}`)),
  );
  return row!.n;
};
const names = async () =>
  (await call<{ data: { name: string }[] }>('GET', '/integrations/crm/functions')).body.data.map(({ name }) => name);

it('confirms, deploys, and gives existing connections their syncs', async () => {
  const body = payload([sync('contacts'), action('create')], { onEventScriptsByProvider: [welcome] });
  const confirmed = await call('POST', '/sync/deploy/confirmation', { ...body, reconcile: false });
  expect(confirmed.body).toEqual({
    newSyncs: [{ name: 'contacts', providerConfigKey: 'crm', auto_start: true, connections: 1 }],
    updatedSyncs: [],
    deletedSyncs: [],
    newActions: [{ name: 'create', providerConfigKey: 'crm' }],
    updatedActions: [],
    deletedActions: [],
    newOnEventScripts: [{ name: 'welcome', providerConfigKey: 'crm', event: 'post-connection-creation' }],
    updatedOnEventScripts: [],
    deletedOnEventScripts: [],
    deletedModels: [],
  });
  expect(await count('functions')).toBe(0);
  const deployed = await call<Deployed>('POST', '/sync/deploy', body);
  expect(deployed.body).toMatchObject([
    {
      name: 'contacts',
      version: '1.0.0',
      providerConfigKey: 'crm',
      type: 'sync',
      models: ['Contact'],
      runs: 'every hour',
    },
    { name: 'create', type: 'action', models: ['Out'], input: 'In' },
    { name: 'welcome', type: 'on-event', models: [] },
  ]);
  const syncs = await tenant.env.transaction((tx) =>
    tx.execute(sql`SELECT id, name, desired, period_ms::int AS period FROM syncs`),
  );
  expect(syncs).toMatchObject([{ name: 'contacts', desired: 'active', period: 3_600_000 }]);
  expect(test.poked).toEqual([{ id: syncs[0]!['id'], stopRun: false }]);
});

it('leaves what has not changed untouched, and stores equal code once', async () => {
  const code = { fileBody: { js: 'exports.same = 1;', ts: '' } };
  await deploy([sync('one', code), sync('two', code)]);
  expect([await count('bundles'), await count('function_versions')]).toEqual([1, 2]);
  test.poked.length = 0;
  await deploy([sync('one', code), sync('two', { ...code, runs: 'every day' })], { sdkVersion: '0.72.0-zero' });
  const versions = await tenant.env.transaction((tx) =>
    tx.execute(
      sql`SELECT f.name, v.number FROM functions f JOIN function_versions v ON v.id = f.current_version_id ORDER BY 1`,
    ),
  );
  expect(versions).toEqual([
    { name: 'one', number: 1 },
    { name: 'two', number: 2 },
  ]);
  expect(test.poked).toHaveLength(1);
});

describe('reconciling', () => {
  it('removes what the payload lacks, and stops its syncs', async () => {
    await deploy([sync('one'), sync('two')], { onEventScriptsByProvider: [welcome] });
    test.poked.length = 0;
    expect(
      (await call('POST', '/sync/deploy/confirmation', payload([sync('one')], { reconcile: false }))).body,
    ).toMatchObject({
      deletedSyncs: [{ name: 'two', connections: 1 }],
      deletedOnEventScripts: [{ name: 'welcome' }],
      deletedModels: [],
    });
    await deploy([sync('one')]);
    expect(await names()).toEqual(['one']);
    expect(test.poked).toMatchObject([{ stopRun: true }]);
  });

  it('keeps it all without `reconcile`, in the mode `single`, and when it was not deployed from a repository', async () => {
    await deploy([sync('one')]);
    await deploy([sync('hand-made')], { source: 'standalone', reconcile: false });
    await deploy([sync('two')], { reconcile: false });
    await deploy([sync('three')], { deployMode: 'single' });
    await deploy([sync('four')], { singleDeployMode: true });
    expect(await names()).toEqual(['four', 'hand-made', 'one', 'three', 'two']);
    await deploy([sync('one')]);
    expect(await names()).toEqual(['hand-made', 'one']);
  });

  it('stays inside the integrations of the payload in the mode `integration`', async () => {
    await call('POST', '/integrations', { provider: 'private-api-bearer', unique_key: 'other' });
    await deploy([sync('one'), sync('two'), sync('elsewhere', { providerConfigKey: 'other' })]);
    await deploy([sync('one')], { deployMode: 'integration' });
    expect(await names()).toEqual(['one']);
    const other = await call<{ data: { name: string }[] }>('GET', '/integrations/other/functions');
    expect(other.body.data).toMatchObject([{ name: 'elsewhere' }]);
  });
});

describe('a refused deploy changes nothing', () => {
  it.each([
    ['an unknown integration', sync('x', { providerConfigKey: 'nope' }), 'provider_not_on_account'],
    ['a model without a schema', sync('x', { models: ['Contact', 'Gone'] }), 'deploy_missing_json_schema_model'],
    ['a frequency under 30 seconds', sync('x', { runs: 'every 5 seconds' }), 'invalid_body'],
    [
      'an incremental sync that tracks deletes',
      sync('x', { sync_type: 'incremental', track_deletes: true }),
      'invalid_body',
    ],
    ['an unknown key', sync('x', { bogus: 1 }), 'invalid_body'],
    [
      'code that does not parse',
      sync('x', { fileBody: { js: 'const a = 1;\nconst a = 2;', ts: '' } }),
      'compilation_error',
    ],
  ])('for %s', async (_case, wrong, code) => {
    const answer = await deploy([sync('good'), wrong]);
    expect(answer).toMatchObject({ status: 400, body: { error: { code } } });
    expect([await count('functions'), await count('bundles'), await count('syncs')]).toEqual([0, 0, 0]);
  });

  it('and names function and line of code that does not parse', async () => {
    const { error } = (await deploy([sync('broken', { fileBody: { js: 'const a = 1;\nconst a = 2;', ts: '' } })])).body;
    expect(error).toMatchObject({
      payload: { function: 'broken', line: 2 },
      message: expect.stringContaining("'broken' of 'crm'"),
    });
  });

  it('while another deploy runs', async () => {
    await tenant.env.transaction(async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`deploy/${tenant.env.environmentId}`}, 0))`);
      expect(await deploy([sync('one')])).toMatchObject({
        status: 409,
        body: { error: { code: 'concurrent_deployment' } },
      });
    });
    expect((await deploy([sync('one')])).status).toBe(200);
  });
});

it('misses no sync when connections are made during the deploy', async () => {
  await call('POST', '/integrations', { provider: 'private-api-bearer', unique_key: 'busy' });
  const connect = (n: number) =>
    call('POST', '/connections', {
      provider_config_key: 'busy',
      connection_id: `b${n}`,
      credentials: { type: 'API_KEY', apiKey: 'k' },
    });
  await Promise.all([
    ...Array.from({ length: 8 }, (_, n) => connect(n)),
    deploy([sync('one', { providerConfigKey: 'busy' })]),
    connect(8),
  ]);
  expect(await count('syncs')).toBe(9);
});

it('does not run the code it checks', async () => {
  const js = 'globalThis.deployWasRun = true;';
  await deploy([sync('one', { fileBody: { js, ts: '' } })]);
  expect(globalThis).not.toHaveProperty('deployWasRun');
});

it('refuses a command line that is too old and takes others', async () => {
  const send = (agent: string) =>
    tenant.call('POST', '/sync/deploy', { body: payload([]), headers: { 'user-agent': agent } });
  expect((await send('nango-cli/0.39.24 (linux)')).status).toBe(400);
  expect((await send('nango-cli/0.71.10 (linux; node.js/24.21.0)')).status).toBe(200);
  expect((await send('curl/8')).status).toBe(200);
});

it('lists functions, one, its code, and all as configuration and as tools', async () => {
  await deploy([sync('contacts'), action('create'), action('contacts')]);
  const list = await call<{ data: { name: string; type: string }[]; pagination: object }>(
    'GET',
    '/integrations/crm/functions?limit=2',
  );
  expect(list.body.data.map(({ name, type }) => `${type} ${name}`)).toEqual(['action contacts', 'action create']);
  expect(list.body.pagination).toEqual({ total: 3, page: 0, limit: 2 });
  expect((await call('GET', '/integrations/crm/functions/contacts')).body.error).toMatchObject({
    code: 'ambiguous_function',
  });
  expect((await call('GET', '/integrations/crm/functions/contacts?type=sync')).body).toMatchObject({
    data: { name: 'contacts', type: 'sync', runs: 'every hour', returns: ['Contact'], enabled: true, source: 'repo' },
  });
  expect((await call('GET', '/integrations/crm/functions/create/code')).body).toEqual({
    type: 'action',
    code: "export default 'create';",
  });
  expect((await call('DELETE', '/integrations/crm/functions/create?type=action')).body.error).toMatchObject({
    code: 'function_managed_by_deploy',
  });
  expect((await call('GET', '/scripts/config')).body).toMatchObject([
    {
      providerConfigKey: 'crm',
      syncs: [{ name: 'contacts', sync_type: 'full', endpoints: [{ method: 'GET', path: '/contacts' }] }],
      actions: [{}, {}],
      'on-events': [],
    },
  ]);
  expect((await call('GET', '/scripts/config?format=openai')).body).toMatchObject({
    data: [
      { name: 'contacts' },
      { name: 'contacts' },
      { name: 'create', parameters: { type: 'object', required: ['id'] } },
    ],
  });
});

it('keeps on-event functions in the order of the payload, which is that of the imports', async () => {
  const scripts = ['zebra', 'ant', 'mole'].map((name) => ({
    name,
    event: 'validate-connection',
    fileBody: { js: `exports.name = '${name}';`, ts: '' },
  }));
  const order = async () => {
    const { body } = await call<{ 'on-events': { name: string }[] }[]>('GET', '/scripts/config');
    return (body as unknown as { 'on-events': { name: string }[] }[])[0]!['on-events'].map(({ name }) => name);
  };
  await deploy([], { onEventScriptsByProvider: [{ providerConfigKey: 'crm', scripts }] });
  expect(await order()).toEqual(['zebra', 'ant', 'mole']);
  await deploy([], { onEventScriptsByProvider: [{ providerConfigKey: 'crm', scripts: scripts.toReversed() }] });
  expect(await order()).toEqual(['mole', 'ant', 'zebra']);
});

it('keeps functions inside their environment', async () => {
  await deploy([sync('contacts')]);
  tenant = await test.tenant();
  expect(await names()).toEqual([]);
  expect((await call('GET', '/integrations/crm/functions/contacts')).status).toBe(404);
  await deploy([]);
});

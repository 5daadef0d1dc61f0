import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPageWriter } from '../../core/records/commit-page.ts';
import { openStream } from '../../core/records/open-stream.ts';
import type { ActionCall } from '../../core/runtime/run-action.ts';
import { openTestApp, type TestApp } from '../test-app.ts';

let app: TestApp;
const calls: ActionCall[] = [];
beforeAll(async () => {
  app = await openTestApp('passthrough_route', {
    async runAction(call) {
      calls.push(call);
      return { operationId: 'x', output: '{"big":12345678901234567890}' };
    },
  });
});
afterAll(() => app.close());

const definitions = (...names: string[]) => ({
  definitions: Object.fromEntries(names.map((name) => [name, { type: 'object', properties: {}, required: [] }])),
});
const shared = { providerConfigKey: 'crm', fileBody: { js: 'exports.default = {};', ts: '' }, runs: null };

async function tenantWithEndpoints() {
  const tenant = await app.tenant();
  const flowConfigs = [
    {
      ...shared,
      type: 'sync',
      syncName: 'contacts',
      runs: 'every day',
      auto_start: false,
      models: ['Contact'],
      endpoints: [{ method: 'GET', path: '/crm/contacts' }],
      models_json_schema: definitions('Contact'),
    },
    {
      ...shared,
      type: 'action',
      syncName: 'ping',
      models: ['Pong'],
      endpoints: [{ method: 'POST', path: '/crm/ping' }],
      models_json_schema: definitions('Pong'),
    },
  ];
  const body = { flowConfigs, nangoYamlBody: '', reconcile: true, debug: false };
  expect((await tenant.call('POST', '/sync/deploy', { body })).status).toBe(200);
  return tenant;
}

it('answers a declared model with its records, and takes what a page of records takes', async () => {
  const { call, env, connectionId } = await tenantWithEndpoints();
  const stream = await openStream(env, { connectionId, model: 'Contact', variant: 'base' });
  const ids = ['1', '2', '3'];
  await createPageWriter(env, null).save(stream, { ids, bodies: ids.map((id) => Buffer.from(JSON.stringify({ id }))) });
  const page = await call('GET', '/v1/crm/contacts?limit=2');
  expect(await page.json()).toMatchObject({ records: [{ id: '1' }, { id: '2' }], next_cursor: expect.any(String) });
  const some = await call('GET', '/v1/crm/contacts?ids=3&ids=1');
  expect(await some.json()).toMatchObject({ records: [{ id: '1' }, { id: '3' }], next_cursor: null });
  const refused = await call('GET', '/v1/crm/contacts?model=Contact');
  expect(await refused.json()).toMatchObject({ error: { code: 'invalid_query_params' } });
});

it('runs a declared action with the body as its input, or with none', async () => {
  const { call } = await tenantWithEndpoints();
  const answer = await call('POST', '/v1/crm/ping', { body: { n: 1 } });
  expect([answer.status, await answer.text()]).toEqual([200, '{"big":12345678901234567890}']);
  expect(calls.at(-1)).toMatchObject({ providerConfigKey: 'crm', connectionId: 'c1', actionName: 'ping' });
  expect(calls.at(-1)?.input).toEqual({ n: 1 });
  await call('POST', '/v1/crm/ping');
  expect(calls.at(-1)?.input).toBeUndefined();
});

it('says flat and in the envelope that nobody declares a path', async () => {
  const { call } = await tenantWithEndpoints();
  for (const [method, path] of [
    ['GET', '/v1/crm/ping'],
    ['GET', '/v1/nope'],
    ['POST', '/v1/crm/%E0%A4%A'],
  ] as const) {
    const answer = await call(method, path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-syncline-error')).toBe('1');
    expect(await answer.json()).toMatchObject({ message: expect.any(String), error: { code: 'not_found' } });
  }
});

it('needs the scope of what the path stands for', async () => {
  const { call, keyWith } = await tenantWithEndpoints();
  const headers = { authorization: `Bearer ${await keyWith('records:read')}` };
  expect((await call('GET', '/v1/crm/contacts', { headers })).status).toBe(200);
  const refused = await call('POST', '/v1/crm/ping', { headers });
  expect(await refused.json()).toMatchObject({
    error: { code: 'forbidden', message: expect.stringContaining('environment:actions:execute') },
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiClient } from '../api/client.ts';
import type { Compiled } from '../compile/compile-functions.ts';
import type { FlowConfig } from '../compile/flow-config.ts';
import { deploy } from './deploy.ts';
import { renderPlan } from './plan.ts';

interface Call {
  url: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: { flowConfigs: FlowConfig[]; [key: string]: unknown };
}

let calls: Call[];
let plan: object;
let answer: { status: number; body: unknown };
let url: string;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString());
    if (request.url?.startsWith('/sync/')) calls.push({ url: request.url, headers: request.headers, body });
    const nothing = { created: [], updated: [], unchanged: [], deleted: [] };
    const preview =
      request.url === '/functions/deployments/bundle/preview' ? { status: 200, body: nothing } : undefined;
    const reply = request.url === '/sync/deploy/confirmation' ? { status: 200, body: plan } : (preview ?? answer);
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  });
});

beforeEach(async () => {
  calls = [];
  plan = { newSyncs: [{ name: 'tasks', providerConfigKey: 'crm', connections: 2 }] };
  answer = {
    status: 200,
    body: [{ name: 'tasks', providerConfigKey: 'crm', type: 'sync', version: '1.0.0', models: [] }],
  };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((done) => server.close(done)));

const flow = (providerConfigKey: string, syncName: string, type: 'sync' | 'action'): FlowConfig => ({
  type,
  syncName,
  providerConfigKey,
  models: [],
  runs: null,
  track_deletes: false,
  metadata: {},
  endpoints: [],
  models_json_schema: { definitions: {} },
  features: [],
  fileBody: { js: '', ts: '' },
});

const compiled: Compiled = {
  flowConfigs: [flow('crm', 'tasks', 'sync'), flow('crm', 'tasks', 'action'), flow('hr', 'people', 'sync')],
  onEventScriptsByProvider: [{ providerConfigKey: 'crm', scripts: [] }],
  functions: [],
  warnings: [],
};

type Options = Partial<Parameters<typeof deploy>[0]>;
const run = (options: Options = {}) =>
  deploy({
    api: createApiClient({ url, environment: 'dev', secretKey: 'k' }, { exitCode: 11 }),
    compiled,
    selection: {},
    autoConfirm: true,
    allowDestructive: false,
    showPlan: () => {},
    confirm: undefined,
    ...options,
  });

it('asks the server first, then deploys the same body with reconcile', async () => {
  const shown: string[] = [];
  const { deployed } = await run({ showPlan: ({ plan: planned }) => shown.push(...renderPlan(planned)) });
  expect(shown).toEqual(['+ sync crm/tasks (2 connections)']);
  expect(deployed).toMatchObject([{ name: 'tasks' }]);
  const [asked, done] = calls;
  expect([asked?.url, done?.url]).toEqual(['/sync/deploy/confirmation', '/sync/deploy']);
  expect(asked?.headers).toMatchObject({
    authorization: 'Bearer k',
    'user-agent': expect.stringMatching(/^syncline-cli\/\d+\.\d+\.\d+ /),
  });
  expect(asked?.body).toMatchObject({ reconcile: false, debug: false, deployMode: 'all' });
  expect(asked?.body['sdkVersion']).toMatch(/^\d+\.\d+\.\d+-zero$/);
  expect(done?.body).toEqual({ ...asked?.body, reconcile: true, nangoYamlBody: '', source: 'repo' });
});

it('narrows to one function or one integration', async () => {
  await run({ selection: { action: 'tasks', version: '9.0.0' } });
  expect(calls[1]?.body).toMatchObject({
    deployMode: 'single',
    flowConfigs: [{ type: 'action', syncName: 'tasks', version: '9.0.0' }],
  });
  expect(calls[1]?.body).not.toHaveProperty('onEventScriptsByProvider');
  await run({ selection: { integration: 'hr' } });
  expect(calls[3]?.body).toMatchObject({
    deployMode: 'integration',
    flowConfigs: [{ syncName: 'people' }],
    onEventScriptsByProvider: [],
  });
  await expect(run({ selection: { sync: 'nope' } })).rejects.toMatchObject({ code: 'nothing_to_deploy', exitCode: 11 });
});

it('removes functions only when that was said: auto-confirm alone is not enough', async () => {
  plan = { deletedSyncs: [{ name: 'old', providerConfigKey: 'crm' }] };
  await expect(run()).rejects.toMatchObject({ code: 'destructive_deploy', exitCode: 11 });
  await expect(run({ confirm: async () => true })).rejects.toMatchObject({ code: 'destructive_deploy' });
  await expect(run({ autoConfirm: false, confirm: async () => false })).rejects.toMatchObject({
    code: 'not_confirmed',
  });
  expect(calls.every((call) => call.url === '/sync/deploy/confirmation')).toBe(true);
  await run({ allowDestructive: true });
  await run({ autoConfirm: false, confirm: async () => true });
  expect(calls.filter((call) => call.url === '/sync/deploy')).toHaveLength(2);
});

it('does not deploy where nobody can be asked and nobody said yes', async () => {
  await expect(run({ autoConfirm: false })).rejects.toMatchObject({
    code: 'not_confirmed',
    hint: 'Add --auto-confirm.',
  });
  expect(calls).toHaveLength(1);
});

it('passes the server’s words on, and says when there is no server', async () => {
  answer = { status: 409, body: { error: { code: 'concurrent_deployment', message: 'Another deploy is running.' } } };
  await expect(run()).rejects.toMatchObject({
    code: 'concurrent_deployment',
    message: 'Another deploy is running.',
    exitCode: 11,
  });
  const api = createApiClient({ url: 'http://127.0.0.1:1', environment: 'dev', secretKey: 'k' }, { exitCode: 11 });
  await expect(run({ api })).rejects.toMatchObject({ code: 'unreachable', exitCode: 11 });
});

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Nango } from '@nangohq/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOwnDatabase, type OwnDatabase } from '../core/db/test-server.ts';
import { freePort } from '../embedded/free-port.ts';

interface Ready {
  type: 'ready';
  url: string;
  environments: { name: string; secretKey: string | null; webhookSigningKey: string }[];
}

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const patch = fileURLToPath(new URL('../core/db/driver-patch.ts', import.meta.url));
const encryptionKey = Buffer.alloc(32, 5).toString('base64');

const { PATH, NODE_COMPILE_CACHE } = process.env;

let own: OwnDatabase;
let api: { child: ChildProcess; ready: Ready };

function spawn(env: Record<string, string>): ChildProcess {
  return fork(main, {
    execArgv: ['--import', patch],
    silent: true,
    env: { PATH, NODE_COMPILE_CACHE, TEMPORAL_ADDRESS: '127.0.0.1:1', ...env },
  });
}

async function start(env: Record<string, string> = {}) {
  const port = String(await freePort());
  const child = spawn({
    SYNCLINE_PORT: port,
    SYNCLINE_EMBEDDED: '1',
    SYNCLINE_ENCRYPTION_KEY: encryptionKey,
    DATABASE_URL: own.url,
    ...env,
  });
  const [ready] = (await once(child, 'message')) as [Ready];
  return { child, ready };
}

/** Runs to its end. */
async function refusedStart(env: Record<string, string>) {
  const child = spawn(env);
  let stderr = '';
  child.stderr!.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [code] = (await once(child, 'exit')) as [number];
  return { code, stderr };
}

beforeAll(async () => {
  own = await createOwnDatabase('api_main', { migrated: true });
  api = await start();
});
afterAll(async () => {
  api.child.kill('SIGKILL');
  await own.drop();
});

it('tells its parent where it serves and which first keys it made', async () => {
  expect(api.ready.environments).toMatchObject([
    { name: 'dev', secretKey: expect.stringMatching(/^sl_dev_/) },
    { name: 'prod', secretKey: expect.stringMatching(/^sl_prod_/) },
  ]);
  expect(await (await fetch(`${api.ready.url}/health`)).json()).toEqual({ result: 'ok' });
});

it('serves, and says so, while Temporal is away', async () => {
  const ready = await fetch(`${api.ready.url}/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ components: { postgres: { ok: true }, temporal: { ok: false } } });
});

/** Without fetch, which always names a type. */
const post = (path: string, body: string) =>
  new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Bearer ${api.ready.environments[0]!.secretKey}` };
    const sent = request(`${api.ready.url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    sent.on('error', reject);
    sent.end(body);
  });

it('takes a JSON body whose type is not named', async () => {
  expect(await post('/integrations', '{"provider":"private-api-bearer","unique_key":"untyped"}')).toBe(200);
  expect(await post('/integrations', '')).toBe(400);
});

it('works with the published Node client', async () => {
  const nango = new Nango({ host: api.ready.url, secretKey: api.ready.environments[0]!.secretKey! });
  await nango.createIntegration({ provider: 'private-api-bearer', unique_key: 'api', display_name: 'API' });
  await nango.updateIntegration({ uniqueKey: 'api' }, { display_name: 'API 2' });
  const integration = await nango.getIntegration({ uniqueKey: 'api' }, { include: ['credentials'] });
  expect(integration.data).toMatchObject({ display_name: 'API 2', credentials: null });
  const imported = await fetch(`${api.ready.url}/connections`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.ready.environments[0]!.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      provider_config_key: 'api',
      connection_id: 'c',
      credentials: { type: 'API_KEY', apiKey: 'k' },
    }),
  });
  expect(imported.status).toBe(201);
  expect(await nango.getToken('api', 'c')).toEqual({ type: 'API_KEY', apiKey: 'k' });
  await nango.setMetadata('api', 'c', { a: 1 });
  await nango.updateMetadata('api', 'c', { b: 2 });
  expect(await nango.getMetadata('api', 'c')).toEqual({ a: 1, b: 2 });
  await nango.patchConnection({ connectionId: 'c', provider_config_key: 'api' }, { tags: { k: 'v' } });
  const { connections } = await nango.listConnections({ tags: { k: 'v' }, integrationId: ['api'] });
  expect(connections).toMatchObject([{ connection_id: 'c', tags: { k: 'v' } }]);
  await nango.deleteConnection('api', 'c');
  await nango.deleteIntegration('api');
  expect((await nango.listProviders({ search: 'github' })).data.map(({ name }) => name)).toContain('github');
});

describe('refuses to start, in one sentence and with the code that nobody retries,', () => {
  const given = { SYNCLINE_ENCRYPTION_KEY: encryptionKey };

  it('without its configuration', async () => {
    const { code, stderr } = await refusedStart({});
    expect(code).toBe(78);
    expect(stderr).toMatch(/SYNCLINE_ENCRYPTION_KEY +is not set/);
  });

  it('with a key that does not open the data', async () => {
    const { code, stderr } = await refusedStart({
      SYNCLINE_ENCRYPTION_KEY: Buffer.alloc(32, 6).toString('base64'),
      DATABASE_URL: own.url,
    });
    expect(code).toBe(78);
    expect(stderr).toMatch(/does not open the data/);
  });

  it('on a port in use', async () => {
    const { code, stderr } = await refusedStart({
      ...given,
      DATABASE_URL: own.url,
      SYNCLINE_PORT: new URL(api.ready.url).port,
    });
    expect(code).toBe(78);
    expect(stderr).toMatch(/another program uses the port/);
  });

  it('with a first key of a shape that it could not recognise', async () => {
    const { code, stderr } = await refusedStart({
      ...given,
      DATABASE_URL: own.url,
      SYNCLINE_SECRET_KEY_DEV: 'x'.repeat(40),
    });
    expect(code).toBe(78);
    expect(stderr).toMatch(/SYNCLINE_SECRET_KEY_DEV\s+is neither/);
  });
});

it('ends with code 0 within 8 seconds of SIGTERM, and knows its keys at the next start without showing them', async () => {
  const startedMs = Date.now();
  api.child.kill('SIGTERM');
  expect(await once(api.child, 'exit')).toEqual([0, null]);
  expect(Date.now() - startedMs).toBeLessThan(8_000);
  const key = api.ready.environments[0]!.secretKey;
  api = await start();
  expect(api.ready.environments.map(({ secretKey }) => secretKey)).toEqual([null, null]);
  expect((await fetch(`${api.ready.url}/integrations`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(
    200,
  );
});

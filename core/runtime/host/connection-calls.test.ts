import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import type { ConnectionView } from '../../connections/connection-view.ts';
import { writeMetadata } from '../../connections/write-metadata.ts';
import { setVariable } from '../../environments/variables.ts';
import type { TestSync } from '../../syncs/test-sync.ts';
import type { HttpAnswer } from './answer-codec.ts';
import { openTestHost, type TestHost } from './test-host.ts';

const simulator = createSimulator();
let host: TestHost;
beforeAll(async () => {
  host = await openTestHost('connection_calls', simulator);
});
afterAll(() => host.close());
beforeEach(() => {
  simulator.faults.clear();
  simulator.requests.clear();
  simulator.oauth.log.clear();
});

type Credentials = { access_token: string; refresh_token?: string };
const posts = () => simulator.oauth.log.count();

async function open() {
  const sync = await host.connect();
  const execution = await host.execute(sync);
  const connection = (args: object = {}) => execution.result<ConnectionView>('getConnection', { ...args });
  const renewElsewhere = () => host.credentials.fresh(sync.env, { connectionId: sync.connectionId, force: true });
  return { sync, ...execution, connection, renewElsewhere };
}

const tokenOf = ({ credentials }: ConnectionView) => (credentials as unknown as Credentials).access_token;
const setMetadata = ({ env }: TestSync, metadata: Record<string, unknown>) =>
  writeMetadata(env, { providerConfigKey: 'crm', connectionIds: ['c1'], metadata, mode: 'replace' });

describe('getConnection', () => {
  it('shows the public connection, the refresh token only when asked', async () => {
    const { connection } = await open();
    const shown = await connection();
    expect(Object.keys(shown).sort()).toEqual([
      'connection_config',
      'connection_id',
      'created_at',
      'credentials',
      'end_user',
      'errors',
      'id',
      'last_fetched_at',
      'metadata',
      'provider',
      'provider_config_key',
      'tags',
      'updated_at',
      'webhook_url_override',
    ]);
    expect(shown.credentials).not.toHaveProperty('refresh_token');
    expect((await connection({ options: { refreshToken: true } })).credentials).toHaveProperty('refresh_token');
  });

  it('remembers its rows for the run, but no longer than its credential is the same', async () => {
    const { connection, sync, result, renewElsewhere } = await open();
    const first = await connection();
    await setMetadata(sync, { plan: 'new' });
    expect((await connection()).metadata).toEqual({});
    expect(await result('getMetadata')).toEqual({});
    expect((await connection({ options: { refreshToken: true } })).metadata).toEqual({ plan: 'new' });
    await setMetadata(sync, { plan: 'newer' });
    await renewElsewhere();
    const after = await connection();
    expect(after.metadata).toEqual({ plan: 'newer' });
    expect(tokenOf(after)).not.toBe(tokenOf(first));
  });

  it('forgets its rows when the script writes metadata', async () => {
    const { connection, result } = await open();
    await connection();
    await result('updateMetadata', { metadata: { a: 1 } });
    expect((await connection()).metadata).toEqual({ a: 1 });
    expect(await result('getMetadata')).toEqual({ a: 1 });
  });

  it('renews by force', async () => {
    const { connection } = await open();
    const before = await connection();
    expect(tokenOf(await connection({ options: { forceRefresh: true } }))).not.toBe(tokenOf(before));
    expect(posts()).toBe(1);
  });

  it('finds no connection of another environment', async () => {
    const { connection } = await open();
    await expect(connection({ connectionId: 'nobody' })).rejects.toMatchObject({ code: 'unknown_connection' });
    await expect(connection({ providerConfigKey: 'none' })).rejects.toMatchObject({ code: 'unknown_provider_config' });
    await expect(connection({ connectionId: 7 })).rejects.toMatchObject({ code: 'invalid_arguments' });
  });
});

it('getToken gives the text of an OAuth 2 token', async () => {
  const { result, connection } = await open();
  expect(await result('getToken')).toBe(tokenOf(await connection()));
});

it('getMetadata works while the credential does not', async () => {
  const { result, sync } = await open();
  await sync.env.transaction((tx) =>
    tx.execute(
      sql`UPDATE credentials SET needs_reauth_at = now(), expires_at = now() - interval '1 hour', refresh_at = now()`,
    ),
  );
  await expect(result('getToken')).rejects.toMatchObject({ code: 'connection_refresh_exhausted' });
  expect(await result('getMetadata')).toEqual({});
});

describe('getIntegration', () => {
  it('adds what is included, and remembers it', async () => {
    const { result, sync } = await open();
    expect(await result('getIntegration')).toMatchObject({
      unique_key: 'crm',
      provider: 'simulator',
      logo: expect.any(String),
    });
    const rename = () =>
      sync.env.transaction((tx) => tx.execute(sql`UPDATE integrations SET display_name = 'Renamed'`));
    await rename();
    expect(await result('getIntegration')).toMatchObject({ display_name: 'Acme CRM' });
    expect(await result('getIntegration', { include: ['credentials'] })).toMatchObject({
      display_name: 'Renamed',
      credentials: { client_id: 'sim-client', client_secret: 'sim-secret' },
    });
    await expect(result('getIntegration', { include: ['secrets'] })).rejects.toMatchObject({
      code: 'invalid_arguments',
    });
  });
});

it('the log has no token, no secret of the app and no variable', async () => {
  const { sync } = await open();
  await setVariable(sync.env, { name: 'SERVICE_PASSWORD', value: 'hunter2-hunter2' });
  await setVariable(sync.env, { name: 'REGION', value: 'production' });
  const { call, result, context } = await host.execute(sync);
  const token = await result<string>('getToken');
  const message = `token ${token}, app sim-secret, password hunter2-hunter2, in production`;
  await call('log', { level: 'info', message, payload: { url: `https://a.example/?t=${encodeURIComponent(token)}` } });
  const [line] = await host.linesOf(context);
  expect(line!.message).toBe('token [secret], app [secret], password [secret], in production');
  expect(JSON.stringify(line!.meta)).not.toContain(token);
});

describe('a 401', () => {
  const get = { method: 'GET', endpoint: '/me', headers: {} };
  const status = async (execution: Awaited<ReturnType<typeof open>>) =>
    (await execution.result<HttpAnswer>('http', get)).status;

  it('renews the token and repeats the request, whatever `retries` says', async () => {
    const execution = await open();
    simulator.oauth.grants.expireAccessTokens();
    expect(await status(execution)).toBe(200);
    expect(posts()).toBe(1);
    expect(simulator.requests.list({ path: '/me' })).toHaveLength(2);
  });

  it('takes a token that somebody else has renewed meanwhile', async () => {
    const execution = await open();
    await execution.renewElsewhere();
    simulator.oauth.grants.expireAccessTokens();
    await execution.renewElsewhere();
    expect(await status(execution)).toBe(200);
    expect(posts()).toBe(2);
  });

  it('that stays is the answer, and no more renewals are made for a while', async () => {
    const execution = await open();
    simulator.faults.set([{ match: { path: '/me' }, fault: { status: 401 } }]);
    expect(await status(execution)).toBe(401);
    expect(await status(execution)).toBe(401);
    expect(posts()).toBe(1);
    expect(simulator.requests.list({ path: '/me' })).toHaveLength(3);
  });

  it('of a request with the script’s own authorization is the answer', async () => {
    const { result } = await open();
    const own = { ...get, headers: { authorization: 'Bearer mine' } };
    expect((await result<HttpAnswer>('http', own)).status).toBe(401);
    expect(posts()).toBe(0);
  });
});

describe('a request', () => {
  it('waits as the script’s own header says, and repeats on its statuses', async () => {
    const { result } = await open();
    const rule = (status: number, headers = {}) => ({ match: { path: '/me' }, fault: { status, headers }, times: 1 });
    simulator.faults.set([rule(429, { 'x-wait': '0' }), rule(404)]);
    const args = {
      ...{ method: 'GET', endpoint: '/me', headers: {}, retries: '2', retryOn: [404, 'x'] },
      retryHeader: { after: 'x-wait', at: 7 },
    };
    const startedAt = Date.now();
    expect((await result<HttpAnswer>('http', args)).status).toBe(200);
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(simulator.requests.list({ path: '/me' })).toHaveLength(3);
  });

  it('obeys the environment’s policy for other base URLs', async () => {
    const { sync } = await open();
    await sync.env.transaction((tx) => tx.execute(sql`UPDATE environments SET settings = '{"overridePolicy":"off"}'`));
    const { result } = await host.execute(sync);
    const args = { method: 'GET', endpoint: '/me', headers: {}, baseUrlOverride: simulator.url };
    await expect(result('http', args)).rejects.toMatchObject({ code: 'base_url_override_disabled' });
  });

  it('goes to another connection of the environment when it names one', async () => {
    const { result } = await open();
    const named = { method: 'GET', endpoint: '/me', headers: {}, providerConfigKey: 'crm', connectionId: 'c1' };
    expect((await result<HttpAnswer>('http', named)).status).toBe(200);
    await expect(result('http', { ...named, connectionId: 'c2' })).rejects.toMatchObject({
      code: 'unknown_connection',
    });
  });
});

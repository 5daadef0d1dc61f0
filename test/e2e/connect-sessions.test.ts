// What a connect session holds its holder to, and what becomes of a flow's result: tests, functions, events, strictness, renewal.
import type { Nango } from '@nangohq/node';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, createBrowser } from './browser.ts';
import { deployFunctions } from './deploy.ts';
import type { SharedSystem } from './join-system.ts';
import { joinOAuthSystem, type OAuthSystem } from './oauth-system.ts';
import { waitFor } from './wait-for.ts';
import { openWaitingPage } from './waiting-page.ts';

let world: OAuthSystem<SharedSystem>;
let system: SharedSystem;
let nango: Nango;
const makeSession: OAuthSystem['makeSession'] = (body) => world.makeSession(body);
const startUrl: OAuthSystem['startUrl'] = (flow) => world.startUrl(flow);
const connect: OAuthSystem['connect'] = (flow) => world.connect(flow);
const readConnection: OAuthSystem['readConnection'] = (integration, id) => world.readConnection(integration, id);
const connectionCount = () => world.connectionCount();
/** As its owner: what no route shows or sets yet. */
let database: ReturnType<typeof postgres>;

beforeAll(async () => {
  world = await joinOAuthSystem('connect-sessions');
  ({ system, nango } = world);
  database = postgres(system.instance.databaseUrl, { max: 1 });
});
beforeEach(() => system.simulator.oauth.reset());
afterAll(async () => {
  await database?.end();
  await world?.end();
});

describe('before anybody is told of it', () => {
  it('tests the credential where the entry says how', async () => {
    expect((await connect({ integration: 'verified' })).result).toMatchObject({ message_type: 'success' });
    const before = await connectionCount();
    system.simulator.oauth.set({ tokenAnswer: { access_token: 'of nobody' } });
    const { result } = await connect({ integration: 'verified' });
    expect(result).toMatchObject({ message_type: 'error', error_type: 'connection_test_failed' });
    expect(await connectionCount()).toBe(before);
  });

  it('asks the functions of the integration, and takes back what they refuse', async () => {
    await deployFunctions(system.api, 'guarded', ['on-events/refuse-guests']);
    const before = await connectionCount();
    const { visit, result } = await connect({ integration: 'guarded', query: { 'params[role]': 'guest' } });
    expect(result).toMatchObject({ error_type: 'connection_validation_failed', error_desc: 'Guests cannot connect.' });
    expect([visit.status, visit.body.includes('Guests cannot connect.')]).toEqual([400, true]);
    expect(await connectionCount()).toBe(before);
    expect((await connect({ integration: 'guarded' })).result).toMatchObject({ message_type: 'success' });
    expect(await connectionCount()).toBe(before + 1);
  });

  it('writes what the app is to hear, with the change or, without one, why there is none', async () => {
    const token = await makeSession({ tags: { round: 'told' } });
    const { result } = await connect({ token });
    await connect({ token, query: { 'authorization_params[auto]': 'deny' } });
    const told = await database<{ type: string; payload: Record<string, unknown> }[]>`
      SELECT type, payload FROM events WHERE payload->'tags'->>'round' = 'told' ORDER BY id`;
    expect(told).toMatchObject([
      {
        type: 'connection.created',
        payload: { operation: 'creation', success: true, connectionId: result['connection_id'] },
      },
      {
        type: 'connection.failed',
        payload: { operation: 'creation', success: false, error: { type: 'callback_err' } },
      },
    ]);
    type Operation = { action: string; state: string; connection: { connection_id: string } | null };
    const newest = () => system.api.ok<{ data: Operation[] }>('GET', '/logs', { query: { types: 'auth' } });
    const logged = await waitFor('both are in the log', async () => {
      const [last, before] = (await newest()).data;
      return before?.connection?.connection_id === result['connection_id'] && [last, before];
    });
    expect(logged).toMatchObject([
      { action: 'create_connection', state: 'failed' },
      { action: 'create_connection', state: 'success' },
    ]);
  });
});

describe('a strict environment', () => {
  const setStrict = (strict: boolean) => database`
    UPDATE environments SET settings = settings || ${database.json({ connect: { strict } })} WHERE id = ${system.environmentId}`;
  beforeAll(() => setStrict(true));
  afterAll(() => setStrict(false));

  it('lets a session succeed once, and hear of it afterwards', async () => {
    const token = await makeSession();
    const { page } = await connect({ token });
    const asSession = { headers: { authorization: `Bearer ${token}` } };
    expect((await system.api.call('GET', '/connect/session', asSession)).status).toBe(401);
    expect((await createBrowser().step(startUrl({ token }))).status).toBe(401);
    const query = { ws_client_id: page.clientId };
    const { data } = await system.api.ok<{ data: unknown }>('GET', '/connect/session/result', { ...asSession, query });
    expect(data).toMatchObject({ status: 'success' });
  });

  it('lets one of two flows of a session win', async () => {
    const [token, browser] = [await makeSession(), createBrowser()];
    const pages = [await openWaitingPage(system.url), await openWaitingPage(system.url)];
    const ways: Awaited<ReturnType<Browser['step']>>[] = [];
    for (const page of pages) ways.push(await browser.step(startUrl({ token, page })));
    const returns = await Promise.all(ways.map(({ location }) => browser.step(location!)));
    await Promise.all(returns.map(({ location }) => browser.step(location!)));
    const results = await Promise.all(pages.map(({ result }) => result()));
    expect(results.map(({ message_type }) => message_type).sort()).toEqual(['error', 'success']);
  });

  it('keeps a session in the browser that opened it first', async () => {
    const [token, browser] = [await makeSession(), createBrowser()];
    expect((await browser.step(startUrl({ token }))).status).toBe(302);
    expect((await browser.step(startUrl({ token }))).status).toBe(302);
    expect((await createBrowser().step(startUrl({ token }))).status).toBe(403);
  });
});

describe('a session', () => {
  const view = async (token: string) =>
    (
      await system.api.ok<{ data: Record<string, unknown> }>('GET', '/connect/session', {
        headers: { authorization: `Bearer ${token}` },
      })
    ).data;

  it('tells its holder what may be connected, and lists only that', async () => {
    const token = await makeSession({ allowed_integrations: ['sim', 'basic'], tags: { team: 'blue' } });
    expect(await view(token)).toMatchObject({
      endUser: { id: 'user-1', organization: null },
      allowed_integrations: ['sim', 'basic'],
      tags: { end_user_id: 'user-1', team: 'blue' },
      websocketsPath: '/',
    });
    const { data } = await system.api.ok<{ data: { unique_key: string }[] }>('GET', '/integrations', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(data.map(({ unique_key }) => unique_key)).toEqual(['basic', 'sim']);
  });

  it('renews a connection, which keeps its id, metadata and tags', async () => {
    const first = await connect({ token: await makeSession({ tags: { team: 'red' } }), query: { 'params[a]': '1' } });
    const id = String(first.result['connection_id']);
    await nango.setMetadata('sim', id, { cursor: 7 });
    const before = await readConnection('sim', id);
    const { data } = await nango.createReconnectSession({ connection_id: id, integration_id: 'sim' });
    expect(await view(data.token)).toMatchObject({ isReconnecting: true, allowed_integrations: ['sim'] });
    // What is stored already need not be entered again.
    const page = await openWaitingPage(system.url);
    const url = new URL(startUrl({ token: data.token, page, query: { 'params[b]': '2' } }));
    url.searchParams.delete('params[base_url]');
    await createBrowser().open(url.href);
    expect(await page.result()).toMatchObject({ message_type: 'success', connection_id: id });
    const after = await readConnection('sim', id);
    expect(after).toMatchObject({
      metadata: { cursor: 7 },
      tags: before.tags,
      end_user: { id: 'user-1' },
      connection_config: { a: '1', b: '2', base_url: system.simulator.url },
    });
    expect(after.credentials['access_token']).not.toBe(before.credentials['access_token']);
  });

  it('connects again after a success, to another connection', async () => {
    const token = await makeSession();
    const [first, second] = [await connect({ token }), await connect({ token })];
    expect(second.result).toMatchObject({ message_type: 'success' });
    expect(second.result['connection_id']).not.toBe(first.result['connection_id']);
  });
});

describe('the result', () => {
  const ask = async (token: string, clientId: string) =>
    (
      await system.api.ok<{ data: { status: string } }>('GET', '/connect/session/result', {
        headers: { authorization: `Bearer ${token}` },
        query: { ws_client_id: clientId },
      })
    ).data;

  it('survives a dropped socket: asked with the token, or by coming back with the id', async () => {
    const token = await makeSession();
    const page = await openWaitingPage(system.url);
    expect(await ask(token, page.clientId)).toEqual({ status: 'pending' });
    page.drop();
    await createBrowser().open(startUrl({ token, page }));
    const result = await waitFor('the result is stored', async () => {
      const data = await ask(token, page.clientId);
      return data.status !== 'pending' && data;
    });
    expect(result).toMatchObject({ status: 'success', provider_config_key: 'sim' });
    const back = await openWaitingPage(system.url, page.clientId);
    expect(await back.result()).toMatchObject({ message_type: 'success', provider_config_key: 'sim' });
  });

  it('is told to nobody else, and its id serves one flow', async () => {
    const token = await makeSession();
    const { page } = await connect({ token });
    expect(await ask(await makeSession(), page.clientId)).toEqual({ status: 'pending' });
    const again = await createBrowser().open(startUrl({ token, page }));
    expect([again.status, again.body.includes('url_param_err')]).toEqual([400, true]);
    expect(await ask(token, page.clientId)).toMatchObject({ status: 'success' });
  });
});

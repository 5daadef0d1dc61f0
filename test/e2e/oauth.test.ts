// Accounts connected in a browser: sessions by the published client, consent at the simulator, the callback, the waiting page.
import { Nango } from '@nangohq/node';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Browser, createBrowser, type Visit } from './browser.ts';
import { deployFunctions } from './deploy.ts';
import { writeProviders } from './oauth-provider.ts';
import { createFolder, type System, startSystem } from './system.ts';
import { waitFor } from './wait-for.ts';
import { openWaitingPage, type WaitingPage } from './waiting-page.ts';

const folder = createFolder();
const changed = {
  basic: { token_request_auth_method: 'basic' },
  'json-body': { body_format: 'json' },
  'query-body': { body_format: 'query' },
  'no-pkce': { disable_pkce: true, pkce_reason: 'a test' },
  'other-code': { authorization_code_param_in_callback: 'spapi_oauth_code' },
  'nested-token': { alternate_access_token_response_path: 'authed_user' },
  metadata: {
    token_response_metadata: ['instance_url', 'team.id'],
    redirect_uri_metadata: ['realmId'],
    connection_config: { realmId: { type: 'string', title: 'Realm', automated: true } },
  },
  'comma-scopes': { scope_separator: ',' },
  'needs-iss': { authorization_response_iss_parameter_supported: true },
  'known-iss': { issuer: 'https://attacker.example' },
  verified: {
    proxy: {
      base_url: '${connectionConfig.base_url}',
      variables: { base_url: 'origin' },
      verification: { method: 'GET', endpoints: ['/me'] },
    },
  },
  guarded: {},
};

let system: System;
let nango: Nango;
/** As its owner: what no route shows or sets yet. */
let database: ReturnType<typeof postgres>;

beforeAll(async () => {
  const providers = Object.fromEntries(Object.entries(changed).map(([name, entry]) => [`sim-${name}`, entry]));
  const settings = { SYNCLINE_PROVIDERS: writeProviders(`${folder.path}/providers`, providers) };
  system = await startSystem({ port: 3261, settings });
  nango = new Nango({ host: system.url, secretKey: system.key });
  database = postgres(system.read().databaseUrl, { max: 1 });
  for (const name of ['', ...Object.keys(changed)]) {
    await nango.createIntegration({
      provider: name === '' ? 'simulator' : `sim-${name}`,
      unique_key: name === '' ? 'sim' : name,
      credentials: { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret', scopes: 'read,write' },
    });
  }
});
beforeEach(() => system.simulator.oauth.reset());
afterAll(async () => {
  await database?.end();
  await system?.end();
  folder.remove();
});

type SessionBody = Parameters<Nango['createConnectSession']>[0];

const makeSession = async (body: Partial<SessionBody> = {}): Promise<string> => {
  const { data } = await nango.createConnectSession({ end_user: { id: 'user-1' }, ...body } as SessionBody);
  return data.token;
};

interface Flow {
  integration?: string;
  token?: string;
  query?: Record<string, string>;
  browser?: Browser;
  page?: WaitingPage;
}

function startUrl({ integration = 'sim', token = '', query = {}, page }: Flow): string {
  const url = new URL(`${system.url}/oauth/connect/${integration}`);
  const asked = {
    connect_session_token: token,
    ...(page && { ws_client_id: page.clientId }),
    'params[base_url]': system.simulator.url,
    'authorization_params[auto]': '1',
    ...query,
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
}

/** The whole way, as a person does it in the popup. */
async function connect(flow: Flow = {}): Promise<{ visit: Visit; result: Record<string, unknown>; page: WaitingPage }> {
  const page = flow.page ?? (await openWaitingPage(system.url));
  const token = flow.token ?? (await makeSession());
  const visit = await (flow.browser ?? createBrowser()).open(startUrl({ ...flow, token, page }));
  return { visit, result: await page.result(), page };
}

const readConnection = async (integration: string, id: unknown) =>
  (await nango.getConnection(integration, String(id), false, true)) as unknown as {
    credentials: Record<string, unknown>;
    connection_config: Record<string, unknown>;
    metadata: Record<string, unknown>;
    tags: Record<string, string>;
    end_user: { id: string } | null;
  };

const connectionCount = async () => (await nango.listConnections()).connections.length;

it('connects an account: session, popup, consent, callback, and the result on the socket', async () => {
  const { data } = await nango.createConnectSession({
    end_user: { id: 'carol', email: 'carol@example.com', display_name: 'Carol', tags: { plan: 'pro' } },
    organization: { id: 'acme', display_name: 'Acme' },
    allowed_integrations: ['sim'],
    tags: { team: 'red' },
  });
  expect(data.connect_link).toBe(`${system.url}/connect/#session_token=${data.token}`);
  expect(Date.parse(data.expires_at) - Date.now()).toBeGreaterThan(29 * 60_000);

  const browser = createBrowser();
  const { visit, result, page } = await connect({ token: data.token, browser });
  expect(result).toEqual({
    message_type: 'success',
    provider_config_key: 'sim',
    connection_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    is_pending: false,
  });
  expect(await page.closed).toBe(1000);
  expect([visit.status, visit.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(visit.headers.get('referrer-policy')).toBe('no-referrer');
  expect(visit.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(visit.body).not.toContain(data.token);
  expect(browser.setCookies[0]).toMatch(/^flow_[0-9a-f]{16}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
  expect([...browser.cookies.get(new URL(system.url).host)!]).toEqual([]);

  const connection = await readConnection('sim', result['connection_id']);
  expect(connection).toMatchObject({
    credentials: { type: 'OAUTH2', refresh_token: expect.stringMatching(/^rt_/), raw: { token_type: 'bearer' } },
    connection_config: { base_url: system.simulator.url },
    end_user: { id: 'carol' },
    tags: { plan: 'pro', end_user_id: 'carol', organization_id: 'acme', team: 'red' },
  });
  const me = await nango.get<{ grant?: string }>({
    endpoint: '/me',
    providerConfigKey: 'sim',
    connectionId: String(result['connection_id']),
  });
  expect(me.status).toBe(200);
  const before = connection.credentials['access_token'];
  const renewed = (await nango.getConnection('sim', String(result['connection_id']), true)) as {
    credentials: { access_token?: string };
  };
  expect(renewed.credentials.access_token).not.toBe(before);
});

it('sends the browser to the provider with what the field expects, in its order', async () => {
  const { location } = await createBrowser().step(startUrl({ token: await makeSession() }));
  const url = new URL(location!);
  expect([...url.searchParams.keys()]).toEqual([
    'response_type',
    'client_id',
    'redirect_uri',
    'scope',
    'state',
    'code_challenge',
    'code_challenge_method',
    'auto',
  ]);
  expect(url.searchParams.get('scope')).toBe('read write');
  expect(url.searchParams.get('state')).toMatch(/^[\w-]{43}$/);
  expect(url.searchParams.get('redirect_uri')).toMatch(
    new RegExp(`^${system.url}/oauth/callback/[0-9a-f]{8}-[0-9a-f-]{27}$`),
  );
});

describe('what providers do differently', () => {
  const tokenLog = () => system.simulator.oauth.log.list()[0];

  it.each<[string, () => void, Flow['query']?]>([
    ['basic', () => system.simulator.oauth.set({ clientAuth: 'basic' })],
    ['json-body', () => system.simulator.oauth.set({ clientAuth: 'body' })],
    ['query-body', () => {}],
    ['no-pkce', () => {}],
    ['other-code', () => system.simulator.oauth.set({ codeParam: 'spapi_oauth_code' })],
    ['comma-scopes', () => {}],
    ['needs-iss', () => {}],
    ['known-iss', () => system.simulator.oauth.set({ iss: 'wrong' })], // the issuer that the entry names
    ['sim', () => system.simulator.oauth.set({ answerFormat: 'form' })],
    ['sim', () => system.simulator.oauth.set({ iss: 'none' })],
  ])('%s', async (integration, arrange, query = {}) => {
    arrange();
    const { result } = await connect({ integration, query });
    expect(result).toMatchObject({ message_type: 'success' });
    expect(tokenLog()).toMatchObject({ outcome: 'issued', withVerifier: integration !== 'no-pkce' });
  });

  it('finds the token below another name, and nothing at the top', async () => {
    const authed = { access_token: 'xoxp-1', refresh_token: 'xoxe-1', expires_in: 100 };
    system.simulator.oauth.set({
      tokenAnswer: { access_token: undefined, refresh_token: undefined, authed_user: authed },
    });
    const { result } = await connect({ integration: 'nested-token' });
    const { credentials } = await readConnection('nested-token', result['connection_id']);
    expect(credentials).toMatchObject({ access_token: 'xoxp-1', refresh_token: 'xoxe-1' });
  });

  it('keeps what answer and callback tell, under what browser and session say', async () => {
    system.simulator.oauth.set({
      tokenAnswer: { instance_url: 'https://eu.example', team: { id: 'T1', name: 'x' } },
      redirectParams: { realmId: '42', other: 'no' },
    });
    const defaults = { metadata: { connection_config: { 'team.id': 'of the session', empty: '' } } };
    const { result } = await connect({
      integration: 'metadata',
      token: await makeSession({ integrations_config_defaults: defaults }),
      query: {
        'params[hint]': 'mine',
        'params[webhook_url]': 'https://evil.example',
        'params[team.id]': 'of the browser',
      },
    });
    const { connection_config } = await readConnection('metadata', result['connection_id']);
    expect(connection_config).toEqual({
      base_url: system.simulator.url,
      hint: 'mine',
      instance_url: 'https://eu.example',
      'team.id': 'of the session',
      realmId: '42',
    });
  });

  it.each<[string, Record<string, unknown>, number | undefined]>([
    ['a number', { expires_in: 3000 }, 3000],
    ['a text', { expires_in: '3000' }, 3000],
    ['absent', { expires_in: undefined }, undefined],
    ['negative', { expires_in: -1 }, undefined],
    ['no number', { expires_in: 'soon' }, undefined],
    ['a date that wins', { expires_in: 5, expires_at: Math.floor(Date.now() / 1000) + 7200 }, 7200],
  ])('understands a life that is %s', async (_case, tokenAnswer, seconds) => {
    system.simulator.oauth.set({ tokenAnswer });
    const { result } = await connect();
    const { expires_at: at } = (await readConnection('sim', result['connection_id'])).credentials;
    if (seconds === undefined) expect(at).toBeUndefined();
    else expect(Math.abs(Date.parse(String(at)) - Date.now() - seconds * 1000)).toBeLessThan(120_000);
  });

  it.each([
    ['params[oauth_scopes_override]', 'a,b', 'a b'],
    ['authorization_params[scope]', 'only this', 'only this'],
    ['authorization_params[scope]', 'undefined', null],
  ])('takes other scopes by %s=%s', async (name, value, expected) => {
    const { location } = await createBrowser().step(startUrl({ token: await makeSession(), query: { [name]: value } }));
    expect(new URL(location!).searchParams.get('scope')).toBe(expected);
  });

  it('lets the session have the last word on what is asked of the provider', async () => {
    const token = await makeSession({
      integrations_config_defaults: {
        sim: {
          authorization_params: { prompt: 'consent' },
          user_scopes: 'users:read',
          connection_config: { oauth_scopes_override: 'x' },
        },
      },
    });
    const query = { 'authorization_params[prompt]': 'none', user_scope: 'other', 'params[oauth_scopes_override]': 'y' };
    const { location } = await createBrowser().step(startUrl({ token, query }));
    const { searchParams } = new URL(location!);
    expect(['prompt', 'user_scope', 'scope'].map((name) => searchParams.get(name))).toEqual([
      'consent',
      'users:read',
      'x',
    ]);
  });

  it('speaks for the app that a connection brings along, at the exchange and afterwards', async () => {
    system.simulator.oauth.set({ clients: [{ clientId: 'own-app', clientSecret: 'own-secret' }] });
    const query = {
      'credentials[oauth_client_id_override]': 'own-app',
      'credentials[oauth_client_secret_override]': 'own-secret',
    };
    const { result } = await connect({ query });
    const id = String(result['connection_id']);
    expect((await readConnection('sim', id)).credentials).toMatchObject({
      config_override: { client_id: 'own-app', client_secret: 'own-secret' },
    });
    await nango.getConnection('sim', id, true);
    expect(system.simulator.oauth.log.list().map(({ clientId, outcome }) => [clientId, outcome])).toEqual([
      ['own-app', 'issued'],
      ['own-app', 'issued'],
    ]);
  });
});

describe('when it fails', () => {
  const html = { status: 200, contentType: 'text/html', body: '<html>Sign in</html>' };
  const jsonReply = (status: number, body: unknown) => ({
    status,
    contentType: 'application/json',
    body: JSON.stringify(body),
  });

  it.each([
    ['a page instead of JSON', html],
    ['half an answer', { ...html, contentType: 'application/json', body: '{"access_token": "at_1' }],
    ['nothing', { ...html, body: '' }],
    ['no token', jsonReply(200, { ok: true })],
    ['an error inside of a 200', jsonReply(200, { error: 'bad_verification_code', error_description: 'Too late.' })],
    ['a token that is too long', jsonReply(200, { access_token: 'a'.repeat(16_385) })],
    ['a refusal', jsonReply(400, { error: 'invalid_grant', error_description: 'Too late.' })],
    ['a broken server', jsonReply(500, { error: 'server_error' })],
    ['a redirect', { ...html, status: 307, headers: { location: '/oauth/token' } }],
  ])('says so when the token endpoint answers with %s', async (_case, tokenReply) => {
    const before = await connectionCount();
    system.simulator.oauth.set({ tokenReply });
    const { visit, result } = await connect();
    expect(result).toMatchObject({ message_type: 'error', error_type: 'token_err', provider_config_key: 'sim' });
    expect([visit.status, visit.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
    if (tokenReply.body.includes('Too late.')) expect(visit.body).toContain('Too late.');
    expect(system.simulator.oauth.log.count()).toBe(1); // asked once, and no redirect followed
    expect(await connectionCount()).toBe(before);
  });

  it('takes a token of 16 KiB', async () => {
    system.simulator.oauth.set({ tokenAnswer: { access_token: 'a'.repeat(16_384) } });
    const { result } = await connect();
    const { credentials } = await readConnection('sim', result['connection_id']);
    expect(String(credentials['access_token'])).toHaveLength(16_384);
  });

  it('shows what the provider said, as text', async () => {
    system.simulator.oauth.set({
      redirectParams: { error: 'access_denied', error_description: '<script>alert(1)</script>' },
    });
    const { visit, result } = await connect();
    expect(visit.body).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(visit.body).not.toContain('<script>alert');
    expect(result).toMatchObject({ error_type: 'callback_err', error_desc: expect.stringContaining('access_denied') });
    expect(system.simulator.oauth.log.count()).toBe(0);
  });

  it.each<[string, Flow, string]>([
    ['an unknown integration', { integration: 'nowhere' }, 'unknown_config_key'],
    ['an integration that the session may not use', { integration: 'basic' }, 'integration_not_allowed'],
    ['a value that is missing', { query: { 'params[base_url]': '' } }, 'url_param_err'],
    ['a hostile host', { query: { 'params[base_url]': 'https://evil.com/#' } }, 'url_param_err'],
    ['an id of its own choice', { query: { connection_id: 'c1' } }, 'url_param_err'],
  ])('refuses %s before the provider hears of it', async (_case, flow, type) => {
    const token = await makeSession({ allowed_integrations: ['sim'] });
    const page = await openWaitingPage(system.url);
    const visit = await createBrowser().open(startUrl({ ...flow, token, page }));
    expect([visit.status, new URL(visit.url).origin]).toEqual([400, system.url]);
    expect(visit.body).toContain(type);
    if (type !== 'url_param_err' || !('connection_id' in (flow.query ?? {})))
      expect(await page.result()).toMatchObject({ message_type: 'error', error_type: type });
  });

  it('answers 401 without a session, and after its end', async () => {
    const bare = new URL(`${system.url}/oauth/connect/sim`);
    expect(await createBrowser().step(bare.href)).toMatchObject({
      status: 401,
      body: expect.stringContaining('missing_public_key'),
    });
    const token = await makeSession();
    const asSession = { headers: { authorization: `Bearer ${token}` } };
    expect((await system.api.call('DELETE', '/connect/session', asSession)).status).toBe(204);
    expect(await createBrowser().step(startUrl({ token }))).toMatchObject({
      status: 401,
      body: expect.stringContaining('unknown_connect_session_token'),
    });
  });
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
    const newest = () =>
      system.api.ok<{ data: { action: string; state: string }[] }>('GET', '/logs', { query: { types: 'auth' } });
    const logged = await waitFor('both are in the log', async () => {
      const [last, before] = (await newest()).data;
      return last?.state === 'failed' && [last, before];
    });
    expect(logged).toMatchObject([
      { action: 'create_connection', state: 'failed' },
      { action: 'create_connection', state: 'success' },
    ]);
  });
});

describe('a strict environment', () => {
  const setStrict = (strict: boolean) => database`
    UPDATE environments SET settings = settings || ${database.json({ connect: { strict } })} WHERE name = 'dev'`;
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

it('takes a browser home first that came by another name of this host', async () => {
  const start = new URL(startUrl({ token: await makeSession() }));
  start.hostname = 'localhost';
  const browser = createBrowser();
  const { location } = await browser.step(start.href);
  expect(new URL(location!).origin).toBe(system.url);
  expect((await browser.open(location!)).status).toBe(200);
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

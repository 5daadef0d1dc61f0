// Accounts connected in a browser: sessions by the published client, consent at the simulator, the callback, the waiting page.
import type { Nango } from '@nangohq/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBrowser } from './browser.ts';
import type { SharedSystem } from './join-system.ts';
import { type FlowAsked, joinOAuthSystem, type OAuthSystem } from './oauth-system.ts';
import { openWaitingPage } from './waiting-page.ts';

let world: OAuthSystem<SharedSystem>;
let system: SharedSystem;
let nango: Nango;
const makeSession: OAuthSystem['makeSession'] = (body) => world.makeSession(body);
const startUrl: OAuthSystem['startUrl'] = (flow) => world.startUrl(flow);
const connect: OAuthSystem['connect'] = (flow) => world.connect(flow);
const readConnection: OAuthSystem['readConnection'] = (integration, id) => world.readConnection(integration, id);
const connectionCount = () => world.connectionCount();

beforeAll(async () => {
  world = await joinOAuthSystem('oauth');
  ({ system, nango } = world);
});
beforeEach(() => system.simulator.oauth.reset());
afterAll(() => world?.end());

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

  it.each<[string, () => void, FlowAsked['query']?]>([
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

  it.each<[string, FlowAsked, string]>([
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

it('takes a browser home first that came by another name of this host', async () => {
  const start = new URL(startUrl({ token: await makeSession() }));
  start.hostname = 'localhost';
  const browser = createBrowser();
  const { location } = await browser.step(start.href);
  expect(new URL(location!).origin).toBe(system.url);
  expect((await browser.open(location!)).status).toBe(200);
});

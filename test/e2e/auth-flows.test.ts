// The auth modes that send a browser to the provider and are not plain OAUTH2 (oauth.test.ts): OAUTH1, MCP, installed apps and plugins.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../conformance/api.ts';
import { type AuthLab, openAuthLab } from './auth-lab.ts';
import { login, privateKey } from './auth-mode-table.ts';

let lab: AuthLab;

beforeAll(async () => {
  lab = await openAuthLab('auth-flows');
});
afterAll(() => lab?.end());
beforeEach(() => lab.reset());

describe('a browser', () => {
  const create = (provider: string, credentials?: object) =>
    lab.system.api.ok('POST', '/integrations', {
      body: { provider, unique_key: provider, ...(credentials && { credentials }) },
    });

  /** To the provider, back, and to the page at the end. @returns what that page says, and the connections there are then */
  async function visit(provider: string, params: Record<string, string>, query: Record<string, string> = {}) {
    const { url, api } = lab.system;
    const start = new URL(`${url}/oauth/connect/${provider}`);
    start.searchParams.set('connect_session_token', await lab.sessionFor(provider));
    for (const [name, value] of Object.entries(params)) start.searchParams.set(`params[${name}]`, value);
    for (const [name, value] of Object.entries(query)) start.searchParams.set(name, value);
    const answer = await follow(start.href, url);
    const { connections } = await api.ok<{ connections: { connection_id: string }[] }>('GET', '/connections', {
      query: { integrationId: provider },
    });
    const ids = connections.map(({ connection_id: id }) => id);
    return { status: answer.status, page: await answer.text(), ids };
  }

  /** With the cookies of ours that a browser would keep. */
  async function follow(from: string, ours: string): Promise<Response> {
    const cookies = new Map<string, string>();
    for (let at = from; ; ) {
      const cookie = [...cookies].map((one) => one.join('=')).join('; ');
      const answer = await fetch(at, { redirect: 'manual', headers: at.startsWith(ours) ? { cookie } : {} });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      at = answer.headers.get('location') ?? '';
      if (at === '') return answer;
    }
  }

  const atSimulator = () => ({ base_url: lab.system.simulator.url });
  const consent = { 'authorization_params[auto]': '1' };
  /** The simulator's page that installs, and then goes to the set-up URL that an app has registered. */
  const installPage = (returnTo: string) =>
    `${lab.system.simulator.url}/modes/app/install?to=${encodeURIComponent(lab.system.url + returnTo)}`;

  it('connects by OAUTH1, and each request is signed', async () => {
    const credentials = { type: 'OAUTH1', client_id: 'sim-client', client_secret: 'sim-secret' };
    await create('sim-oauth1', credentials);
    const { status, page, ids } = await visit('sim-oauth1', atSimulator());
    expect(status, page).toBe(200);
    expect((await lab.read('sim-oauth1', ids[0]!)).connection_config).toMatchObject({ user_id: '38895958' });
    const me = await lab.use({ provider: 'sim-oauth1', me: '/modes/oauth1/me?q=a+b&q=c%26d' }, ids[0]!);
    expect(me).toMatchObject({ status: 200, body: { user: 'sim-user', method: 'HMAC-SHA1' } });
    const headers = {
      'provider-config-key': 'sim-oauth1',
      'connection-id': ids[0]!,
      'nango-proxy-content-type': 'application/x-www-form-urlencoded',
      authorization: `Bearer ${lab.system.key}`,
    };
    const body = 'z=1&a=%C3%BC';
    expect((await fetch(`${lab.system.url}/proxy/modes/oauth1/me`, { method: 'POST', headers, body })).status).toBe(
      200,
    );
  });

  it('connects an MCP server of the catalogue by a client that is registered once, for all', async () => {
    await create('sim-mcp');
    const first = await visit('sim-mcp', atSimulator(), consent);
    expect(first.status, first.page).toBe(200);
    const second = await visit('sim-mcp', atSimulator(), consent);
    expect(second.ids).toHaveLength(2);
    const registrations = lab.system.simulator.requests.list().filter(({ path }) => path === '/oauth/register');
    expect(registrations).toHaveLength(1);
    const [id = ''] = second.ids;
    const before = (await lab.read('sim-mcp', id)).credentials['access_token'];
    expect((await lab.read('sim-mcp', id, { force_refresh: 'true' })).credentials['access_token']).not.toBe(before);
  });

  it('connects any MCP server by its address alone, and keeps the resource in all requests', async () => {
    const params = { mcp_server_url: `${lab.system.simulator.url}/modes/mcp` };
    await create('sim-mcp-generic');
    const { status, page, ids } = await visit('sim-mcp-generic', params, consent);
    expect(status, page).toBe(200);
    const [id = ''] = ids;
    const { connection_config, credentials } = await lab.read('sim-mcp-generic', id);
    expect(connection_config).toMatchObject({
      ...params,
      oauth_server: { issuer: lab.system.simulator.url, resource: params.mcp_server_url },
    });
    expect(credentials).toMatchObject({
      type: 'OAUTH2',
      config_override: { client_id: expect.stringMatching(/^dcr_/) },
    });
    const mode = { provider: 'sim-mcp-generic', me: '' };
    expect(await lab.use(mode, id)).toMatchObject({ status: 200, body: { result: { ok: true } } });
    lab.system.simulator.oauth.grants.expireAccessTokens();
    expect(await lab.use(mode, id)).toMatchObject({ status: 200 });
    const authorized = lab.system.simulator.requests.list().find(({ path }) => path === '/oauth/authorize');
    expect(new URLSearchParams(authorized?.query).get('resource')).toBe(params.mcp_server_url);
  });

  it('is told what is wrong with an MCP server before it goes anywhere', async () => {
    lab.system.simulator.faults.set([
      { match: { path: '/.well-known/oauth-authorization-server' }, fault: { status: 404 } },
    ]);
    const { status, page, ids } = await visit('sim-mcp-generic', {
      mcp_server_url: `${lab.system.simulator.url}/modes/mcp`,
    });
    expect(status).toBe(400);
    expect(page).toContain('does not say how to sign in');
    expect(ids).toHaveLength(1);
  });

  it('installs an app, and the installation is the connection', async () => {
    const link = installPage('/app-auth/connect');
    await create('sim-app', { type: 'APP', app_id: '4711', app_link: link, private_key: privateKey });
    const { status, page, ids } = await visit('sim-app', atSimulator());
    expect(status, page).toBe(200);
    expect(await lab.use({ provider: 'sim-app', me: '/modes/app/me' }, ids[0]!)).toMatchObject({
      status: 200,
      body: { installation: '1' },
    });
    expect((await lab.read('sim-app', ids[0]!)).connection_config).toMatchObject({
      installation_id: '1',
      app_id: '4711',
    });
  });

  it('leaves a connection pending whose user has not installed the app yet', async () => {
    const app = { app_id: '4711', app_link: installPage('/app-auth/connect'), private_key: privateKey };
    await create('sim-custom', { type: 'CUSTOM', client_id: 'sim-client', client_secret: 'sim-secret', ...app });
    const { status, page, ids } = await visit('sim-custom', atSimulator(), consent);
    expect(status, page).toBe(200);
    const { credentials, connection_config } = await lab.read('sim-custom', ids[0]!, { force_refresh: 'true' });
    expect(credentials).toMatchObject({ type: 'CUSTOM', app: null, user: { type: 'OAUTH2' } });
    expect(connection_config).toMatchObject({ pending: true });
    const answer = await lab.use({ provider: 'sim-custom', me: '/modes/app/me' }, ids[0]!);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'missing_installation_id' } } });
  });

  it('installs a plugin, whose account is the credential', async () => {
    await create('sim-plugin', { type: 'INSTALL_PLUGIN', app_link: installPage('/oauth/callback'), ...login });
    const { status, page, ids } = await visit('sim-plugin', atSimulator());
    expect(status, page).toBe(200);
    expect(await lab.use({ provider: 'sim-plugin', me: '/me' }, ids[0]!)).toMatchObject({
      body: { authenticated_by: 'basic' },
    });
  });
});

describe('our client metadata document', () => {
  const get = async (path: string) => {
    const answer = await fetch(`${lab.system.url}/oauth/client-metadata/${path}`);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('names itself and the redirect URI, and nothing of other integrations', async () => {
    const { environmentId: environment } = lab.system;
    const { status, body } = await get(`${environment}/sim-mcp-generic`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      client_id: `${lab.system.url}/oauth/client-metadata/${environment}/sim-mcp-generic`,
      redirect_uris: [expect.stringMatching(/\/oauth\/callback\/[0-9a-f-]{36}$/)],
      token_endpoint_auth_method: 'none',
    });
    expect(errorOf((await get(`${environment}/sim-tba`)).body).code).toBe('unknown_provider_config');
    expect(errorOf((await get('nothing/sim-mcp')).body).code).toBe('unknown_environment');
  });
});

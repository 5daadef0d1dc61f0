// A connection between its first click and its end: looked up, pending, confirmed, revoked.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../conformance/api.ts';
import { privateKey, publicKey } from './auth-mode-table.ts';
import { createBrowser } from './browser.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import { waitFor } from './wait-for.ts';
import { openWaitingPage } from './waiting-page.ts';

let system: SharedSystem;

beforeAll(async () => {
  system = await joinSystem('lifecycle');
  for (const provider of ['sim-account', 'sim-outbound']) {
    const credentials = { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret' };
    await system.api.ok('POST', '/integrations', { body: { provider, unique_key: provider, credentials } });
  }
  await system.api.ok('POST', '/integrations', { body: { provider: 'sim-api-key', unique_key: 'sim-api-key' } });
});
beforeEach(() => system.simulator.reset());
afterAll(() => system?.end());

async function session(body: object = {}): Promise<string> {
  const made = { end_user: { id: `user-${Math.random()}` }, ...body };
  return (await system.api.ok<{ data: { token: string } }>('POST', '/connect/sessions', { body: made })).data.token;
}

function target(path: string, token: string, query: Record<string, string> = {}): string {
  const url = new URL(system.url + path);
  const all = { connect_session_token: token, 'params[base_url]': system.simulator.url, ...query };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return url.href;
}

async function post(path: string, token: string, body: object = {}) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(target(path, token), { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** Through the popup, as far as the waiting page hears. */
async function consent(token: string): Promise<Record<string, unknown>> {
  const page = await openWaitingPage(system.url);
  const query = { ws_client_id: page.clientId, 'authorization_params[auto]': '1' };
  await createBrowser().open(target('/oauth/connect/sim-account', token, query));
  return page.result();
}

const at = (provider: string) => ({ provider_config_key: provider });
const read = (provider: string, id: unknown) =>
  system.api.ok<{ credentials: Record<string, unknown>; connection_config: Record<string, unknown> }>(
    'GET',
    `/connections/${id}`,
    { query: at(provider) },
  );
const useBy = (provider: string, id: unknown) =>
  system.api.call('GET', '/proxy/me', { headers: { 'provider-config-key': provider, 'connection-id': String(id) } });
const askedFor = (path: string) => system.simulator.requests.list().filter((entry) => entry.path === path);

describe('an account', () => {
  it('is looked up before it is tested, and what was found is kept', async () => {
    const result = await consent(await session());
    expect(result).toMatchObject({ message_type: 'success', is_pending: false });
    expect((await read('sim-account', result['connection_id'])).connection_config).toMatchObject({ by: 'oauth' });
    expect(askedFor('/me').map(({ query }) => query)).toEqual(['', 'by=oauth']);
  });

  it('is not connected when the look-up is refused, and the page says why', async () => {
    system.simulator.faults.set([{ match: { path: '/me' }, fault: { status: 403, body: {} } }]);
    expect(await consent(await session())).toMatchObject({
      message_type: 'error',
      error_type: 'connection_test_failed',
      error_desc: expect.stringMatching(/^Sim Account did not accept these credentials \(status 403\)/),
    });
  });
});

describe('a connection that is renewed', () => {
  it('keeps to its account: another one is refused, and nothing of it is stored', async () => {
    system.simulator.oauth.set({ tokenAnswer: { account: 'a-1' } });
    const { connection_id: id } = await consent(await session());
    const body = { connection_id: id, integration_id: 'sim-account' };
    const again = async () =>
      (await system.api.ok<{ data: { token: string } }>('POST', '/connect/sessions/reconnect', { body })).data.token;
    system.simulator.oauth.set({ tokenAnswer: { account: 'a-2' } });
    expect(await consent(await again())).toMatchObject({
      message_type: 'error',
      error_type: 'connection_validation_failed',
      error_desc: expect.stringMatching(/another account of Sim Account than before/),
    });
    expect((await read('sim-account', id)).connection_config).toMatchObject({ account: 'a-1' });
    system.simulator.oauth.set({ tokenAnswer: { account: 'a-1' } });
    expect(await consent(await again())).toMatchObject({ message_type: 'success', connection_id: id });
  });
});

describe('a connection that is to be confirmed', () => {
  const confirm = (provider: string, id: unknown) =>
    system.api.call('POST', `/connections/${id}/confirm`, { query: at(provider) });

  it.each([
    ['entered in a form', 'sim-api-key'],
    ['made in a popup', 'sim-account'],
  ])('is unusable before and usable after: %s', async (_how, provider) => {
    const token = await session({ require_confirmation: true });
    const made =
      provider === 'sim-account'
        ? await consent(token)
        : (await post('/api-auth/api-key/sim-api-key', token, { apiKey: 'sim-key' })).body;
    const id = made['connection_id'] ?? made['connectionId'];
    expect(made['is_pending'] ?? made['isPending']).toBe(true);
    expect((await read(provider, id)).credentials).toEqual({});
    const refused = await useBy(provider, id);
    expect([refused.status, errorOf(refused.body).code]).toEqual([400, 'connection_pending']);
    const both = await Promise.all([confirm(provider, id), confirm(provider, id)]);
    expect(both.map(({ status, body }) => [status, body])).toEqual([
      [200, { success: true }],
      [200, { success: true }],
    ]);
    expect((await useBy(provider, id)).status).toBe(200);
    expect((await read(provider, id)).credentials).toHaveProperty('type');
  });

  it('is known by its id alone', async () => {
    const answer = await confirm('sim-api-key', 'nobody');
    expect([answer.status, errorOf(answer.body).code]).toEqual([404, 'not_found']);
  });
});

describe('an installation that the provider completes', () => {
  it('is pending: nothing uses it, nothing confirms it', async () => {
    const { status, body } = await post('/auth/oauth-outbound/sim-outbound', await session());
    expect({ status, body }).toEqual({
      status: 200,
      body: { providerConfigKey: 'sim-outbound', connectionId: expect.any(String), isPending: true },
    });
    const id = body['connectionId'];
    expect(await read('sim-outbound', id)).toMatchObject({ credentials: {}, connection_config: { pending: true } });
    for (const answer of [
      await useBy('sim-outbound', id),
      await system.api.call('POST', `/connections/${id}/confirm`, { query: at('sim-outbound') }),
    ]) {
      expect([answer.status, errorOf(answer.body).code]).toEqual([400, 'connection_pending']);
    }
    await system.api.ok('DELETE', `/connections/${id}`, { query: at('sim-outbound') });
  });

  it('is no way for other providers, nor without a session', async () => {
    const wrong = await post('/auth/oauth-outbound/sim-account', await session());
    expect([wrong.status, errorOf(wrong.body).code]).toEqual([400, 'invalid_auth_mode']);
    expect((await post('/auth/oauth-outbound/sim-outbound', 'nothing')).status).toBe(401);
    const elsewhere = await session({ allowed_integrations: ['sim-account'] });
    expect(errorOf((await post('/auth/oauth-outbound/sim-outbound', elsewhere)).body).code).toBe(
      'integration_not_allowed',
    );
  });
});

describe('a deleted connection', () => {
  const remove = (id: unknown) => system.api.ok('DELETE', `/connections/${id}`, { query: at('sim-account') });
  const grants = () => system.simulator.oauth.grants.list().map(({ active }) => active);

  it('is revoked at its provider, once, and the log says so', async () => {
    const { connection_id: id } = await consent(await session());
    expect(grants()).toEqual([true]);
    await remove(id);
    await waitFor('the end of the grant', () => grants()[0] === false);
    expect(askedFor('/oauth/revoke')).toHaveLength(1);
  });

  it('leaves the grant to another connection of the same user', async () => {
    const token = await session({ end_user: { id: 'twice' } });
    const { connection_id: old } = await consent(token);
    await consent(token);
    const { connection_id: later } = await consent(await session());
    await remove(old);
    await remove(later); // when this one's turn has come, the old one's has passed
    await waitFor('a revocation', () => askedFor('/oauth/revoke').length > 0);
    expect(grants()).toEqual([true, true, false]);
  });
});

describe('an installed app whose id comes back with the browser', () => {
  const app = { app_id: '4711', app_link: 'https://github.example/apps/sim', private_key: privateKey };

  beforeAll(async () => {
    const credentials = { type: 'CUSTOM', client_id: 'sim-client', client_secret: 'sim-secret', ...app };
    await system.api.ok('POST', '/integrations', {
      body: { provider: 'sim-custom', unique_key: 'sim-custom', credentials },
    });
  });
  beforeEach(() => {
    system.simulator.modes.trusted.keys = [{ algorithm: 'RS256', key: publicKey }];
    system.simulator.modes.trusted.app = { id: '4711', installations: ['1', '2', '150'], ofUser: [] };
  });

  /** The browser is changed on its way back. */
  async function comeBackWith(installation: string | undefined) {
    const page = await openWaitingPage(system.url);
    const browser = createBrowser();
    const query = { ws_client_id: page.clientId, 'authorization_params[auto]': '1' };
    const { location: consentPage = '' } = await browser.step(
      target('/oauth/connect/sim-custom', await session(), query),
    );
    const { location: back = '' } = await browser.step(consentPage);
    const url = new URL(back);
    if (installation !== undefined) url.searchParams.set('installation_id', installation);
    await browser.open(url.href);
    return page.result();
  }

  it('is connected when it is one of the user’s, also far down the list, and once only', async () => {
    system.simulator.modes.trusted.app.ofUser = Array.from({ length: 160 }, (_, at) => String(at + 1));
    expect(await comeBackWith('150')).toMatchObject({ message_type: 'success', is_pending: false });
    expect(await comeBackWith('150')).toMatchObject({
      message_type: 'error',
      error_type: 'callback_err',
      error_desc: expect.stringMatching(/connected already/),
    });
  });

  it('is refused when it is somebody else’s', async () => {
    system.simulator.modes.trusted.app.ofUser = ['1'];
    expect(await comeBackWith('2')).toMatchObject({
      message_type: 'error',
      error_type: 'callback_err',
      error_desc: expect.stringMatching(/none that you may use/),
    });
    expect(askedFor('/modes/app/installations/2/access_tokens')).toEqual([]);
  });

  it('is pending when the user has not installed it yet', async () => {
    expect(await comeBackWith(undefined)).toMatchObject({ message_type: 'success', is_pending: true });
  });
});

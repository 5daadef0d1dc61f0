// What secrets are for: every kind of credential is stored, entered, obtained in a popup, sent, renewed, refused and read.
import { generateKeyPairSync } from 'node:crypto';
import { createBrowser } from '../e2e/browser.ts';
import { kinds } from './canary-kinds.ts';
import { note, openSession, type Trail } from './canary-world.ts';

/** @returns what did not work although it should */
export async function walkThroughKinds(trail: Trail): Promise<string[]> {
  const { world, canaries } = trail;
  const { api, simulator, url } = world;
  const failed: string[] = [];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const [provider, kindOf] of Object.entries(kinds)) {
    const add = (name: string, secret: string) => canaries.add(`${provider} ${name}`, secret);
    const { app, integrationConfig, imported, config, form, popup } = kindOf({
      simulator,
      url,
      add,
      secret: (name) => canaries.make(`${provider} ${name}`),
      privateKey(name) {
        add(name, pem);
        return pem;
      },
    });
    const expectOk = (how: string, { status, body }: { status: number; body: unknown }) => {
      if (status >= 300) failed.push(`${provider} ${how}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
    };
    const integration = { provider, unique_key: provider, credentials: app, integration_config: integrationConfig };
    expectOk('integration', await api.call('POST', '/integrations', { body: integration }));
    const connection_config: Record<string, string> = {
      ...(provider !== 'sim-mcp-generic' && { base_url: simulator.url }),
      ...config,
    };
    if (imported) {
      const body = { provider_config_key: provider, connection_id: provider, credentials: imported, connection_config };
      expectOk('import', await api.call('POST', '/connections', { body }));
    }
    const target = async (path: string, query: Record<string, string>) => {
      const start = new URL(`${url}${path}/${provider}`);
      start.searchParams.set('connect_session_token', await openSession(trail, provider));
      for (const [name, value] of Object.entries(connection_config)) start.searchParams.set(`params[${name}]`, value);
      for (const [name, value] of Object.entries(query)) start.searchParams.set(name, value);
      return start.href;
    };
    if (form) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(form.body);
      const answer = await fetch(await target(form.endpoint, {}), { method: 'POST', headers, body });
      expectOk('form', { status: answer.status, body: await answer.text() });
    }
    if (popup) expectOk('popup', await goThroughPopup(trail, provider, await target('/oauth/connect', popup)));
    await useAll(trail, provider);
  }
  return failed;
}

/** A person's way, with true codes and tokens; and the same callback once more. */
async function goThroughPopup({ canaries, refusals }: Trail, provider: string, start: string) {
  const browser = createBrowser();
  let callback: string | undefined;
  for (let at = start; ; ) {
    const { location, status, body } = await browser.step(at);
    if (location === undefined) {
      if (callback) refusals.push((await browser.open(callback)).body);
      return { status, body };
    }
    const { searchParams, pathname } = new URL(location);
    for (const name of ['state', 'code', 'oauth_token', 'oauth_verifier']) {
      const secret = searchParams.get(name);
      if (secret) canaries.add(`${provider} ${name}`, secret);
    }
    if (pathname.includes('callback')) callback = location;
    at = location;
  }
}

/** Each connection of the integration, by the proxy and by its credential, which is renewed. */
async function useAll(trail: Trail, provider: string): Promise<void> {
  const { world, canaries } = trail;
  const { connections } = await world.api.ok<{ connections: { connection_id: string }[] }>('GET', '/connections', {
    query: { integrationId: provider },
  });
  for (const [number, { connection_id: id }] of connections.entries()) {
    const headers = { 'provider-config-key': provider, 'connection-id': id };
    note(trail, await world.api.call('GET', '/proxy/me', { headers }));
    const body = { word: canaries.make(`${provider} ${number} proxied body`) };
    note(trail, await world.api.call('POST', '/proxy/contacts', { headers, body }));
    const query = { provider_config_key: provider, refresh_token: 'true', refresh_github_app_jwt_token: 'true' };
    for (const more of [{}, { force_refresh: 'true' }]) {
      const answer = await world.api.call('GET', `/connections/${id}`, { query: { ...query, ...more } });
      note(trail, answer);
      if (answer.status !== 200) continue;
      const { credentials } = answer.body as { credentials: Record<string, unknown> };
      const renewed = 'force_refresh' in more ? 'renewed ' : '';
      for (const [name, text] of secretsIn(credentials)) canaries.add(`${provider} ${number} ${renewed}${name}`, text);
    }
  }
}

/** Everything that can sign or be sent, of whatever mode. */
function secretsIn(credentials: Record<string, unknown>): [string, string][] {
  return Object.entries(credentials).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'object' && value !== null && name !== 'raw')
      return secretsIn(value as Record<string, unknown>);
    const isSecret = /token|secret|key$|password|session_id|_cookies/i.test(name) && !/key_id/.test(name);
    return typeof value === 'string' && isSecret ? [[name, value]] : [];
  });
}

/** Where a person or a program puts a secret that does not belong there. */
export async function enterWrongly(trail: Trail): Promise<void> {
  const { world, canaries, refusals } = trail;
  const { api, url, simulator } = world;
  const secret = (name: string) => canaries.make(name);
  const key = { provider_config_key: 'simulator-api-key' };
  const bodies = [
    { ...key, credentials: { type: 'API_KEY', apikey: secret('misspelt field') } },
    { ...key, credentials: { type: 'BASIC', username: 'u', password: secret('wrong type') } },
    { ...key, credentials: { type: 'API_KEY', apiKey: { nested: secret('nested') } } },
    { ...key, credentials: secret('bare') },
  ];
  for (const body of bodies) note(trail, await api.call('POST', '/connections', { body }));
  const misplaced = { name: 'SECRET', value: secret('misplaced variable') };
  note(trail, await api.call('PUT', '/environment-variables', { body: misplaced }));
  const token = await openSession(trail, 'bob');
  canaries.add('session token', token);
  for (const [endpoint, body] of [
    ['/api-auth/api-key/simulator-api-key', { apiKey: secret('wrong key in a form') }],
    ['/api-auth/basic/sim-basic', { username: 'u', password: secret('wrong password in a form') }],
    ['/oauth2/auth/sim-cc', { client_id: 'sim-client', client_secret: secret('wrong client secret in a form') }],
    ['/auth/two-step/sim-two-step', { username: 'sim-user', password: secret('wrong password of a login') }],
    ['/auth/tba/sim-tba', { token_id: 'sim-token', token_secret: secret('wrong token secret in a form') }],
    ['/auth/jwt/sim-jwt', { issuer: 'acme', privateKey: secret('no private key') }],
  ] as const) {
    const target = new URL(url + endpoint);
    target.searchParams.set('connect_session_token', token);
    target.searchParams.set('params[base_url]', simulator.url);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(target, { method: 'POST', headers, body: JSON.stringify(body) });
    refusals.push(await answer.text());
  }
  for (const bearer of [secret('wrong key'), 'sl_dev_AbCdEfGh_']) {
    const headers = { authorization: `Bearer ${encodeURIComponent(bearer)}` };
    refusals.push(await (await fetch(`${url}/connections`, { headers })).text());
  }
}

import { createHmac, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashClientId } from '../../core/connections/flows/client-id.ts';
import { findOutcomes } from '../../core/connections/flows/flow-results.ts';
import { createApp } from '../app.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

const path = '/connect/public-key';

let test: TestApp;
let visitor: TestTenant;
beforeAll(async () => {
  test = await openTestApp('public_key');
  visitor = await test.tenant();
});
afterAll(() => test.close());

interface Keys {
  public_key: string;
  hmac_key: string;
}

interface Answer {
  status: number;
  text: string;
  headers: Headers;
  json: { error?: { code: string; hint?: string; errors?: object[] } } & Record<string, unknown>;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: response.status, text, headers: response.headers, json };
}

const change = async (tenant: TestTenant, body: object) => answerOf(await tenant.call('PATCH', path, { body }));
const rotate = async (tenant: TestTenant) =>
  ((await answerOf(await tenant.call('POST', `${path}/rotate`))).json as unknown as { data: Keys }).data;

const sign = (hmacKey: string, integration: string, connection: string) =>
  createHmac('sha256', hmacKey).update(`${integration}:${connection}`).digest('hex');

/** As a page of theirs calls. */
const browse = async (method: 'GET' | 'POST', to: string, query: Record<string, string>, headers = {}) => {
  const url = `${to}?${new URLSearchParams(query)}`;
  return answerOf(await visitor.call(method, url, { headers: { authorization: '', ...headers } }));
};

/** Integrations without and with a popup, and a public key that is on. */
async function signing(): Promise<{ tenant: TestTenant; keys: Keys }> {
  const tenant = await test.tenant();
  const github = { type: 'OAUTH2', client_id: 'app', client_secret: 'secret' };
  for (const body of [
    { provider: 'unauthenticated', unique_key: 'open' },
    { provider: 'unauthenticated', unique_key: 'with:colon' },
    { provider: 'github', unique_key: 'github', credentials: github },
  ])
    expect((await tenant.call('POST', '/integrations', { body })).status).toBe(200);
  const keys = await rotate(tenant);
  expect((await change(tenant, { enabled: true })).status).toBe(200);
  return { tenant, keys };
}

const asked = ({ public_key, hmac_key }: Keys, integration: string, connection: string) => ({
  public_key,
  connection_id: connection,
  hmac: sign(hmac_key, integration, connection),
});

it('is refused while no environment wants it, and off until an environment says so', async () => {
  const tenant = await test.tenant();
  const post = (public_key: string) => browse('POST', '/auth/unauthenticated/open', { public_key });
  expect(await post(randomUUID())).toMatchObject({
    status: 401,
    json: { error: { code: 'deprecated_authentication', payload: {} } },
  });
  const nothing = { enabled: false, public_key: null, has_hmac_key: false };
  expect((await answerOf(await tenant.call('GET', path))).json).toEqual({ data: nothing });
  expect(await change(tenant, { enabled: true })).toMatchObject({
    status: 409,
    json: { error: { code: 'conflict', hint: expect.stringContaining('rotate') } },
  });
  const { public_key } = await rotate(tenant);
  expect((await answerOf(await tenant.call('GET', path))).json).toEqual({
    data: { enabled: false, public_key, has_hmac_key: true },
  });
  expect((await post(public_key)).json.error?.code).toBe('deprecated_authentication');
});

describe('where it is on', () => {
  let tenant: TestTenant;
  let keys: Keys;
  beforeAll(async () => {
    ({ tenant, keys } = await signing());
  });

  const open = (query: Record<string, string>, headers = {}) =>
    browse('POST', '/auth/unauthenticated/open', query, headers);
  const flow = (query: Record<string, string>) => browse('GET', '/oauth/connect/github', query);

  it('connects the one connection that the server has signed for, and renews it the next time', async () => {
    const query = asked(keys, 'open', 'acme');
    for (let times = 0; times < 2; times++)
      expect(await open(query)).toMatchObject({
        status: 200,
        json: { providerConfigKey: 'open', connectionId: 'acme' },
      });
    const listed = await answerOf(await tenant.call('GET', '/connections?connectionId=acme'));
    expect(listed.json['connections']).toHaveLength(1);
  });

  it('makes one connection of many requests at once', async () => {
    const query = asked(keys, 'open', 'hasty');
    const answers = await Promise.all(Array.from({ length: 6 }, () => open(query)));
    expect(answers.map(({ status }) => status)).toContain(200);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const listed = await answerOf(await tenant.call('GET', '/connections?connectionId=hasty'));
    expect(listed.json['connections']).toHaveLength(1);
  });

  it('leaves one session behind, whose token nobody has', async () => {
    await open(asked(keys, 'open', 'acme'));
    const rows = await tenant.env.transaction((tx) =>
      tx.execute(sql`SELECT allowed_integrations FROM connect_sessions WHERE chosen_id = 'acme'`),
    );
    expect(rows).toEqual([{ allowed_integrations: ['open'] }]);
  });

  it.each<[string, () => Record<string, string>, number, string]>([
    ['no signature', () => ({ ...asked(keys, 'open', 'a'), hmac: '' }), 400, 'missing_hmac'],
    [
      'the signature of another connection',
      () => ({ ...asked(keys, 'open', 'a'), connection_id: 'b' }),
      400,
      'invalid_hmac',
    ],
    ['that of another integration', () => asked(keys, 'github', 'a'), 400, 'invalid_hmac'],
    ['no hexadecimal', () => ({ ...asked(keys, 'open', 'a'), hmac: 'z'.repeat(64) }), 400, 'invalid_hmac'],
    ['half a signature', () => ({ ...asked(keys, 'open', 'a'), hmac: 'ab' }), 400, 'invalid_hmac'],
    [
      'a public key that nobody has',
      () => ({ ...asked(keys, 'open', 'a'), public_key: randomUUID() }),
      401,
      'invalid_public_key',
    ],
    ['a text that is no public key', () => ({ public_key: "'; --" }), 401, 'invalid_public_key'],
    ['no public key', () => ({ public_key: '' }), 401, 'missing_public_key'],
    ['no connection', () => ({ public_key: keys.public_key, hmac: 'ab' }), 400, 'invalid_query_params'],
    ['a connection id that is none', () => asked(keys, 'open', '<b>'), 400, 'invalid_query_params'],
  ])('refuses %s', async (_case, query, status, code) => {
    expect(await open(query())).toMatchObject({ status, json: { error: { code } } });
  });

  it('takes no signature for an integration with a colon in its name, which could be meant for another', async () => {
    const query = asked(keys, 'with:colon', 'acme'); // that of connection `colon:acme` of `with`, too
    const { json } = await browse('POST', '/auth/unauthenticated/with:colon', query);
    expect(json.error).toMatchObject({ code: 'invalid_hmac', hint: expect.stringContaining('session') });
  });

  it('says what is wrong with the integration only to whom a server has signed', async () => {
    const nothing = await browse('POST', '/auth/unauthenticated/nope', asked(keys, 'nope', 'a'));
    expect(nothing).toMatchObject({ status: 404, json: { error: { code: 'unknown_provider_config' } } });
    const unsigned = await browse('POST', '/auth/unauthenticated/nope', asked(keys, 'open', 'a'));
    expect(unsigned).toMatchObject({ status: 400, json: { error: { code: 'invalid_hmac' } } });
    const other = await browse('POST', '/auth/unauthenticated/github', asked(keys, 'github', 'a'));
    expect(other).toMatchObject({ status: 400, json: { error: { code: 'invalid_auth_mode' } } });
  });

  it('is limited in its rate like a session, each address by itself', async () => {
    const app = createApp(test.services, { requestsPerMinute: 2 });
    const from = async (remoteAddress: string) => {
      const to = `/auth/unauthenticated/open?public_key=${keys.public_key}&connection_id=acme`;
      const request = new Request(`http://localhost${to}`, { method: 'POST' });
      return (await app.fetch(request, { incoming: { socket: { remoteAddress } } } as never)).status;
    };
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')]).toEqual([400, 400, 429]);
    expect(await from('192.0.2.2')).toBe(400);
  });

  it('opens nothing else', async () => {
    const query = asked(keys, 'open', 'acme');
    for (const to of ['/integrations', '/connect/session', '/connections', '/providers'])
      expect((await browse('GET', to, query)).status, to).toBe(401);
  });

  it('starts a popup’s flow for the connection', async () => {
    const { status, headers } = await flow(asked(keys, 'github', 'acme'));
    expect(status).toBe(302);
    const to = new URL(headers.get('location')!);
    expect([to.host, to.searchParams.get('client_id')]).toEqual(['github.com', 'app']);
    expect(to.search).not.toContain(keys.public_key);
  });

  it.each<[string, () => Record<string, string>, string]>([
    ['missing_hmac', () => ({ ...asked(keys, 'github', 'a'), hmac: '' }), 'no hmac'],
    ['invalid_hmac', () => asked(keys, 'open', 'a'), 'not that of'],
    ['url_param_err', () => ({ public_key: keys.public_key }), 'the id that the connection has'],
  ])('tells a refused popup and the page that waits for it: %s', async (type, query, said) => {
    const clientId = randomUUID();
    const { status, text } = await flow({ ...query(), ws_client_id: clientId });
    expect(status).toBe(400);
    expect(text).toContain(said);
    const hash = hashClientId(clientId).toString('hex');
    const outcomes = await findOutcomes(test.database.platform, [hash]);
    expect(outcomes.get(hash)).toMatchObject({ status: 'error', provider_config_key: 'github', error_type: type });
  });

  it('is for pages of the origins that the environment lists, and for none where sessions are strict', async () => {
    const rules = (body: object) => tenant.call('PATCH', '/connect/settings', { body });
    const query = asked(keys, 'open', 'acme');
    await rules({ origins: ['https://app.example'] });
    expect((await open(query, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await open(query, { origin: 'https://app.example' })).status).toBe(200);
    await rules({ origins: null, strict: true });
    expect((await open(query)).json.error?.code).toBe('deprecated_authentication');
    await rules({ strict: null });
    expect((await open(query)).status).toBe(200);
  });

  it('is worth nothing when it is switched off, and its old signatures when the HMAC key is rotated', async () => {
    const query = asked(keys, 'open', 'acme');
    const next = await rotate(tenant);
    expect(next.public_key).toBe(keys.public_key);
    expect((await open(query)).json.error?.code).toBe('invalid_hmac');
    expect((await open(asked(next, 'open', 'acme'))).status).toBe(200);
    await change(tenant, { enabled: false });
    expect((await open(asked(next, 'open', 'acme'))).json.error?.code).toBe('deprecated_authentication');
    await change(tenant, { enabled: true });
    keys = next;
  });

  it('takes over the keys that pages and their server have, but not another environment’s', async () => {
    const own = { public_key: randomUUID(), hmac_key: 'an HMAC key of theirs' };
    expect(await change(tenant, own)).toMatchObject({ status: 200, json: { data: { public_key: own.public_key } } });
    expect((await open(asked(own, 'open', 'theirs'))).status).toBe(200);
    const other = await test.tenant();
    expect(await change(other, own)).toMatchObject({ status: 409, json: { error: { code: 'conflict' } } });
    expect((await change(other, { hmac_key: 'short' })).status).toBe(400);
    expect((await change(other, { public_key: 'no uuid' })).status).toBe(400);
  });
});

it('needs the scopes of connect settings', async () => {
  const tenant = await test.tenant();
  const authorization = `Bearer ${await tenant.keyWith('connect_settings:read')}`;
  expect((await tenant.call('GET', path, { headers: { authorization } })).status).toBe(200);
  expect((await tenant.call('PATCH', path, { body: {}, headers: { authorization } })).status).toBe(403);
  expect((await tenant.call('POST', `${path}/rotate`, { headers: { authorization } })).status).toBe(403);
});

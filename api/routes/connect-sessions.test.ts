import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneSessions } from '../../core/connections/sessions/prune-sessions.ts';
import { hashSessionToken } from '../../core/connections/sessions/session-token.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('connect_sessions');
  tenant = await test.tenant();
});
afterAll(() => test.close());

interface Made {
  data: { token: string; connect_link: string; expires_at: string };
}

const make = async (body: unknown, path = '/connect/sessions') => {
  const response = await tenant.call('POST', path, { body });
  return {
    status: response.status,
    ...((await response.json()) as Made & { error?: { code: string; errors?: unknown[] } }),
  };
};
const token = async (body: unknown) => (await make(body)).data.token;

const asSession = async (method: string, path: string, session: string) => {
  const response = await tenant.call(method, path, { headers: { authorization: `Bearer ${session}` } });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
};

const inTenant = <T extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
  tenant.env.transaction((tx) => tx.execute<T>(query));

const setRules = (rules: object) =>
  inTenant(sql`UPDATE environments SET settings = ${JSON.stringify({ connect: rules })}::jsonb`);

describe('POST /connect/sessions', () => {
  it('makes a session of half an hour, whose token is kept as a hash only', async () => {
    const { status, data } = await make({ end_user: { id: 'u1', email: 'u@example.com' } });
    expect(status).toBe(201);
    expect(data.token).toMatch(/^nango_connect_session_[0-9a-f]{64}$/);
    expect(data.connect_link).toBe(`http://localhost:3003/connect/#session_token=${data.token}`);
    const minutes = (Date.parse(data.expires_at) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(29);
    expect(minutes).toBeLessThanOrEqual(30.1);
    const [row] = await inTenant<{ text: string }>(
      sql`SELECT string_agg(s::text, ' ') AS text FROM connect_sessions s`,
    );
    expect(row!.text).not.toContain(data.token.slice(-64));
    const hmac = hashSessionToken(test.database.keys.purpose('connect-session'), data.token).toString('hex');
    expect(row!.text).toContain(hmac);
  });

  it.each<[string, unknown, { code: string; path: string[] }]>([
    ['nobody', {}, { code: 'invalid_type', path: ['end_user'] }],
    ['an unknown field', { end_user: { id: 'u' }, bogus: 1 }, { code: 'unrecognized_keys', path: [] }],
    ['no address', { end_user: { id: 'u', email: 'x' } }, { code: 'invalid_format', path: ['end_user', 'email'] }],
    [
      'an unknown integration',
      { tags: { a: 'b' }, allowed_integrations: ['crm', 'nope'] },
      { code: 'custom', path: ['allowed_integrations', '1'] },
    ],
    [
      'unknown defaults',
      { tags: { a: 'b' }, integrations_config_defaults: { nope: {} } },
      { code: 'custom', path: ['integrations_config_defaults', 'nope'] },
    ],
    [
      'unknown overrides',
      { tags: { a: 'b' }, overrides: { nope: {} } },
      { code: 'custom', path: ['overrides', 'nope'] },
    ],
  ])('refuses %s, naming the place', async (_case, body, entry) => {
    const { status, error } = await make(body);
    expect([status, error?.code]).toEqual([400, 'invalid_body']);
    expect(error?.errors).toContainEqual(expect.objectContaining(entry));
  });

  it('writes an end user once, and again when something has changed', async () => {
    const read = () =>
      inTenant<{ id: string; email: string | null; version: string }>(
        sql`SELECT id, email, xmin::text AS version FROM end_users WHERE end_user_id = 'u2'`,
      );
    await make({ end_user: { id: 'u2', email: 'a@example.com', tags: { plan: 'x' } } });
    const [first] = await read();
    await make({ end_user: { id: 'u2', email: 'a@example.com', tags: { plan: 'x' } } });
    expect(await read()).toEqual([first]);
    await make({ end_user: { id: 'u2', email: 'b@example.com' } });
    expect((await read())[0]).toMatchObject({ id: first!.id, email: 'b@example.com' });
  });

  it('makes one end user of many sessions at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => make({ end_user: { id: 'u3', display_name: `${n % 3}` } })));
    expect(await inTenant(sql`SELECT 1 FROM end_users WHERE end_user_id = 'u3'`)).toHaveLength(1);
  });

  it('moves the webhook address of older clients to the session, and keeps defaults encrypted', async () => {
    const defaults = { crm: { connection_config: { webhook_url: 'https://hooks.example', secret: 'hush-hush' } } };
    const session = await token({ tags: { a: 'b' }, integrations_config_defaults: defaults });
    const { body } = await asSession('GET', '/connect/session', session);
    expect(body.data.integrations_config_defaults).toEqual({ crm: { connection_config: { secret: 'hush-hush' } } });
    const [row] = await inTenant<{ text: string; webhook_url_override: string }>(
      sql`SELECT s::text AS text, webhook_url_override FROM connect_sessions s ORDER BY id DESC LIMIT 1`,
    );
    expect(row!.webhook_url_override).toBe('https://hooks.example');
    expect(row!.text).not.toContain(Buffer.from('hush-hush').toString('hex'));
  });
});

it('makes no session for the renewal of a connection that there is not', async () => {
  const { status, error } = await make({ connection_id: 'nope', integration_id: 'crm' }, '/connect/sessions/reconnect');
  expect([status, error?.code]).toEqual([400, 'invalid_body']);
  const known = await make({ connection_id: 'c1', integration_id: 'crm' }, '/connect/sessions/reconnect');
  const { body } = await asSession('GET', '/connect/session', known.data.token);
  expect(body.data).toMatchObject({ isReconnecting: true, endUser: null, allowed_integrations: ['crm'] });
  expect(body.data).not.toHaveProperty('tags');
});

describe('the token', () => {
  it('opens what a session needs and nothing else', async () => {
    const session = await token({ end_user: { id: 'u1' } });
    for (const path of ['/connect/session', '/integrations', '/providers', '/providers/github'])
      expect((await asSession('GET', path, session)).status, path).toBe(200);
    for (const [method, path] of [
      ['GET', '/connections'],
      ['POST', '/connect/sessions'],
      ['POST', '/integrations'],
      ['GET', '/integrations/crm'],
      ['GET', '/environment-variables'],
    ] as const)
      expect(await asSession(method, path, session), path).toMatchObject({
        status: 401,
        body: { error: { code: 'invalid_secret_key_format' } },
      });
  });

  it('opens nothing of another environment', async () => {
    const other = await test.tenant();
    const session = await token({ tags: { a: 'b' }, allowed_integrations: ['crm'] });
    const { body } = await asSession('GET', '/integrations', session);
    const mine = body.data as { unique_key: string }[];
    expect(mine.map(({ unique_key }) => unique_key)).toEqual(['crm']);
    expect(
      (await other.call('DELETE', '/connect/session', { headers: { authorization: `Bearer ${session}` } })).status,
    ).toBe(204);
    expect((await asSession('GET', '/connect/session', session)).status).toBe(401); // it was the session's own end
  });

  it.each([
    ['a key', () => tenant.key, 'invalid_connect_session_token_format'],
    ['a session nobody made', () => `nango_connect_session_${'0'.repeat(64)}`, 'unknown_connect_session_token'],
  ])('is not %s', async (_case, text, code) => {
    expect(await asSession('GET', '/connect/session', text())).toMatchObject({
      status: 401,
      body: { error: { code, payload: {} } },
    });
  });

  it('is worth nothing after its time', async () => {
    const session = await token({ tags: { a: 'b' } });
    await inTenant(sql`UPDATE connect_sessions SET expires_at = now()`);
    expect(await asSession('GET', '/connect/session', session)).toMatchObject({
      status: 401,
      body: { error: { code: 'unknown_connect_session_token' } },
    });
  });
});

it('lasts at most a quarter of an hour where the environment is strict, and as long as it says elsewhere', async () => {
  const minutesOf = async () => (Date.parse((await make({ tags: { a: 'b' } })).data.expires_at) - Date.now()) / 60_000;
  await setRules({ strict: true, sessionMinutes: 60 });
  expect(Math.round(await minutesOf())).toBe(15);
  await setRules({ sessionMinutes: 60 });
  expect(Math.round(await minutesOf())).toBe(60);
  await setRules({});
});

it('removes sessions whose time is long over', async () => {
  await token({ tags: { a: 'b' } });
  await inTenant(sql`UPDATE connect_sessions SET expires_at = now() - interval '1 hour'`);
  const kept = await token({ tags: { a: 'b' } });
  while ((await pruneSessions(test.database.platform, { limit: 3 })) === 3);
  expect(await inTenant(sql`SELECT 1 FROM connect_sessions`)).toHaveLength(1);
  expect((await asSession('GET', '/connect/session', kept)).status).toBe(200);
});

describe('what the page reports', () => {
  const report = (body: unknown) => tenant.call('POST', '/connect/telemetry', { body, headers: { authorization: '' } });
  const event = {
    event: 'open',
    timestamp: new Date().toISOString(),
    token: `nango_connect_session_${'0'.repeat(64)}`,
  };

  it('is checked and thrown away', async () => {
    expect((await report(event)).status).toBe(204);
    expect((await report({ ...event, event: 'nonsense' })).status).toBe(400);
    expect((await report({ ...event, token: 'x' })).status).toBe(401);
  });
});

import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApiKey } from '../../core/environments/api-key-format.ts';
import { ensureEnvironments } from '../../core/environments/ensure-environments.ts';
import { createApp } from '../app.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_auth');
  tenant = await test.tenant();
});
afterAll(() => test.close());

const ask = async (authorization: string | undefined, path = '/integrations', method = 'GET') => {
  const response = await createApp(test.services).request(path, {
    method,
    headers: authorization === undefined ? {} : { authorization },
  });
  return {
    status: response.status,
    ...((await response.json()) as { error?: { code: string; payload: object; message: string } }),
  };
};

const session = `nango_connect_session_${'0a'.repeat(32)}`;

it.each([
  ['no header', undefined, 'missing_auth_header'],
  ['an empty header', '', 'malformed_auth_header'],
  ['another scheme', 'Basic dXNlcjpwYXNz', 'invalid_secret_key_format'],
  ['a bearer without a key', 'Bearer ', 'invalid_secret_key_format'],
  ['a text that is no key', 'Bearer not-a-key', 'invalid_secret_key_format'],
  ['a key of ours with a wrong checksum', `Bearer ${makeApiKey('dev').slice(0, -1)}!`, 'invalid_secret_key_format'],
  ['an unknown UUID', `Bearer ${randomUUID()}`, 'unknown_account'],
  ['an unknown key of ours', `Bearer ${makeApiKey('dev')}`, 'unknown_account'],
])('answers 401 to %s', async (_case, header, code) => {
  expect(await ask(header)).toMatchObject({ status: 401, error: { code, payload: {} } });
});

it('tells a session token from a key, on the routes that take sessions and on others', async () => {
  expect(await ask(`Bearer ${session}`)).toMatchObject({ error: { code: 'unknown_connect_session_token' } });
  expect(await ask(`Bearer ${session}`, '/connections')).toMatchObject({
    error: { code: 'invalid_secret_key_format' },
  });
});

it('asks the database nothing about a key whose checksum is wrong', async () => {
  const platform = (() => {
    throw new Error('asked');
  }) as unknown as typeof test.database.platform;
  const app = createApp({ ...test.services, database: { ...test.database, platform } });
  const answer = await app.request('/integrations', { headers: { authorization: 'Bearer sl_dev_AbCdEfGh_nope' } });
  expect(answer.status).toBe(401);
});

describe('an address that floods with unknown keys', () => {
  it('is refused as others are answered, but for those that somebody has, and where no key is asked for', async () => {
    const app = createApp(test.services);
    const call = (key: string, path = '/integrations', method = 'GET') =>
      app.request(path, { method, headers: { authorization: `Bearer ${key}` } });
    expect((await call(tenant.key)).status).toBe(200);
    const statuses = await Promise.all(Array.from({ length: 650 }, async () => (await call(makeApiKey('dev'))).status));
    expect(statuses).toContain(429);

    const untilRefused = async (path: string, method: string) => {
      for (;;) {
        const answer = await call(makeApiKey('dev'), path, method); // a lookup is given back every 100 ms
        if (answer.status !== 401) return answer;
      }
    };
    const refused = await untilRefused('/connections/metadata/', 'POST');
    const { error } = (await refused.json()) as { error: Record<string, unknown> };
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('x-request-id')).toBe(error['request_id']);
    expect(error).toMatchObject({ code: 'too_many_request', method: 'POST', path: '/connections/metadata' });
    const usual = await untilRefused('/integrations', 'HEAD'); // goes through all of the application
    expect(usual.status).toBe(429);
    for (const [name, value] of usual.headers) {
      if (name !== 'x-request-id') expect([name, refused.headers.get(name)]).toEqual([name, value]);
    }

    expect((await call(tenant.key)).status).toBe(200);
    expect((await call(makeApiKey('dev'), '/health')).status).toBe(200);
    expect((await call(makeApiKey('dev'), '/nowhere')).status).toBe(404);
    expect((await call(makeApiKey('dev'), '/connect/session')).status).toBe(401);
    expect((await call('not-a-key')).status).toBe(401);
  });
});

it('needs no key to say that there is no such route', async () => {
  expect(await ask(undefined, '/nowhere')).toMatchObject({ status: 404, error: { code: 'not_found' } });
});

it('names the scope that a key lacks', async () => {
  const key = await tenant.keyWith('records:read');
  expect(await ask(`Bearer ${key}`)).toMatchObject({
    status: 403,
    error: {
      code: 'forbidden',
      message: expect.stringContaining('environment:integrations:list or environment:integrations:list_credentials'),
    },
  });
  expect(await ask(`Bearer ${key}`, '/environments')).toMatchObject({
    error: { message: 'Insufficient scope. Required: account:environments:list' },
  });
});

describe('the life of a key', () => {
  it('begins with its secret told once, and ends within a second of its deletion', async () => {
    const app = createApp(test.services);
    const call = (key: string, method: string, path: string, body?: unknown) =>
      app.request(path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const made = (await (
      await call(tenant.key, 'POST', '/api-keys', { display_name: 'ci', scopes: ['environment:integrations:*'] })
    ).json()) as {
      data: { id: string; secret: string };
    };
    expect((await call(made.data.secret, 'GET', '/integrations')).status).toBe(200);
    expect((await call(tenant.key, 'POST', '/api-keys', { display_name: 'ci' })).status).toBe(409);
    const listed = await (await call(tenant.key, 'GET', '/api-keys')).text();
    expect(listed).toContain(made.data.id);
    expect(listed).not.toContain(made.data.secret);
    expect((await call(tenant.key, 'DELETE', `/api-keys/${made.data.id}`)).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await call(made.data.secret, 'GET', '/integrations')).status).toBe(401);
  });

  it('is over when it expires', async () => {
    const key = await tenant.keyWith('*');
    await tenant.env.transaction((tx) => tx.execute(sql`UPDATE api_keys SET expires_at = now() - interval '1 second'`));
    expect(await ask(`Bearer ${key}`)).toMatchObject({ error: { code: 'unknown_account' } });
    await tenant.env.transaction((tx) => tx.execute(sql`UPDATE api_keys SET expires_at = NULL`));
  });

  it('leaves a trace of its use', async () => {
    await ask(`Bearer ${await tenant.keyWith('*')}`);
    await expect
      .poll(() =>
        tenant.env.transaction((tx) => tx.execute(sql`SELECT count(last_used_at)::int AS used FROM api_keys`)),
      )
      .toMatchObject([{ used: expect.any(Number) }]);
  });

  it('never gives more than its creator holds', async () => {
    const limited = await tenant.keyWith('api_keys:create', 'records:read');
    const post = (scopes?: string[]) =>
      createApp(test.services).request('/api-keys', {
        method: 'POST',
        headers: { authorization: `Bearer ${limited}`, 'content-type': 'application/json' },
        body: JSON.stringify({ display_name: `k${Math.random()}`, ...(scopes && { scopes }) }),
      });
    expect((await post(['environment:records:read'])).status).toBe(201);
    expect((await post(['environment:proxy'])).status).toBe(403);
    expect((await post()).status).toBe(403);
  });
});

describe('the first start', () => {
  it('makes dev and prod with a key each, and shows no key again', async () => {
    const first = await ensureEnvironments(test.database, { seedKeys: {}, embedded: true });
    expect(first.map(({ name }) => name)).toEqual(['dev', 'prod']);
    for (const { secretKey, webhookSigningKey } of first) {
      expect(await ask(`Bearer ${secretKey}`)).toMatchObject({ status: 200 });
      expect(webhookSigningKey.length).toBeGreaterThan(40);
    }
    const second = await ensureEnvironments(test.database, { seedKeys: {}, embedded: true });
    expect(second).toEqual(first.map((environment) => ({ ...environment, secretKey: null })));
  });

  it('takes a UUID as the first key, and the changed one instead of it later', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await ensureEnvironments(test.database, { seedKeys: { dev: one }, embedded: false });
    await ensureEnvironments(test.database, { seedKeys: { dev: one }, embedded: false });
    expect(await ask(`Bearer ${one}`)).toMatchObject({ status: 200 });
    await ensureEnvironments(test.database, { seedKeys: { dev: other }, embedded: false });
    expect(await ask(`Bearer ${other}`)).toMatchObject({ status: 200 });
    expect(await ask(`Bearer ${one}`)).toMatchObject({ status: 401 });
  });

  it('refuses a seed that is no key, or the key of the other environment', async () => {
    const key = randomUUID();
    const start = (seedKeys: { dev?: string; prod?: string }) =>
      ensureEnvironments(test.database, { seedKeys, embedded: false });
    await expect(start({ dev: 'x'.repeat(40) })).rejects.toMatchObject({ code: 'invalid_config' });
    await expect(start({ dev: key, prod: key })).rejects.toMatchObject({ code: 'invalid_config' });
  });

  it('gives the first keys no power over other environments', async () => {
    const [dev] = await ensureEnvironments(test.database, { seedKeys: { dev: randomUUID() }, embedded: false });
    expect(await ask(`Bearer ${dev!.secretKey}`, '/environments')).toMatchObject({ status: 403 });
  });
});

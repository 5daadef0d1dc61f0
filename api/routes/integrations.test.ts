import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadIntegration } from '../../core/integrations/read-integration.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_integrations');
  tenant = await test.tenant();
});
afterAll(() => test.close());

const call = async (method: string, path: string, body?: unknown) => {
  const response = await tenant.call(method, path, { body });
  return {
    status: response.status,
    body: (await response.json()) as { data: Record<string, unknown>; error: Record<string, unknown> },
  };
};

const oauth2 = { type: 'OAUTH2', client_id: 'id', client_secret: 'very-secret', scopes: 'repo,user' };

it('makes, reads, changes and removes an integration', async () => {
  const made = await call('POST', '/integrations', { provider: 'github', unique_key: 'gh', credentials: oauth2 });
  expect(made).toMatchObject({
    status: 200,
    body: { data: { unique_key: 'gh', provider: 'github', forward_webhooks: true } },
  });
  expect(Object.keys(made.body.data).sort()).toEqual([
    'created_at',
    'display_name',
    'forward_webhooks',
    'logo',
    'provider',
    'unique_key',
    'updated_at',
  ]);
  const patched = await call('PATCH', '/integrations/gh', {
    display_name: 'GitHub 2',
    unique_key: 'gh-2',
    forward_webhooks: false,
  });
  expect(patched.body.data).toMatchObject({ unique_key: 'gh-2', display_name: 'GitHub 2', forward_webhooks: false });
  expect((await call('PATCH', '/integrations/gh-2', {})).status).toBe(200);
  expect(await call('DELETE', '/integrations/gh-2')).toMatchObject({ status: 200, body: { success: true } });
  expect(await call('DELETE', '/integrations/gh-2')).toMatchObject({
    status: 404,
    body: { error: { code: 'not_found' } },
  });
});

it('shows the credentials of the app only when asked, and stores them unreadable', async () => {
  await call('POST', '/integrations', { provider: 'github', unique_key: 'gh-secret', credentials: oauth2 });
  const shown = await call('GET', '/integrations/gh-secret?include=credentials&include=webhook');
  expect(shown.body.data).toMatchObject({ credentials: { ...oauth2, webhook_secret: null } });
  expect(Object.keys(shown.body.data)).toContain('webhook_url');
  expect((await call('GET', '/integrations/gh-secret')).body.data).not.toHaveProperty('credentials');
  const stored = await tenant.env.transaction((tx) =>
    tx.execute(sql`SELECT to_jsonb(i)::text AS row, encode(credentials, 'escape') AS raw FROM integrations i`),
  );
  expect(JSON.stringify(stored)).not.toContain('very-secret');
  const limited = await tenant.keyWith('integrations:read');
  const refused = await tenant.call('GET', '/integrations/gh-secret?include=credentials', {
    headers: { authorization: `Bearer ${limited}` },
  });
  expect(refused.status).toBe(403);
});

it('keeps the secret part of a configuration with the credentials', async () => {
  const integration_config = { baseUrl: 'https://api.example.com', keyPlacement: 'header', keyName: 'x-key' };
  await call('POST', '/integrations', { provider: 'private-api-generic', unique_key: 'generic', integration_config });
  expect((await loadIntegration(tenant.env, 'generic')).config).toEqual(integration_config);
});

it.each([
  ['an unknown provider', { provider: 'nope', unique_key: 'x' }, [{ code: 'invalid_string', path: ['provider'] }]],
  [
    'a key in use',
    { provider: 'private-api-bearer', unique_key: 'crm' },
    [{ code: 'invalid_string', path: ['uniqueKey'] }],
  ],
  ['a key with a slash', { provider: 'github', unique_key: 'a/b' }, [{ code: 'invalid_format', path: ['unique_key'] }]],
  [
    'an app without a secret',
    { provider: 'github', unique_key: 'x', credentials: { type: 'OAUTH2', client_id: 'i' } },
    [{ code: 'invalid_type', path: ['credentials', 'client_secret'] }],
  ],
  [
    'an unknown type of app',
    { provider: 'github', unique_key: 'x', credentials: { type: 'MAGIC' } },
    [{ code: 'invalid_union', path: ['credentials', 'type'] }],
  ],
  [
    'a private key that is none',
    { provider: 'github', unique_key: 'x', credentials: { type: 'APP', app_id: '1', app_link: 'x', private_key: 'y' } },
    [
      { code: 'invalid_format', path: ['credentials', 'private_key'] },
      { code: 'invalid_format', path: ['credentials', 'private_key'] },
    ],
  ],
  [
    'a setting that its field refuses',
    {
      provider: 'private-api-generic',
      unique_key: 'x',
      integration_config: { baseUrl: 'ftp://x', keyPlacement: 'cookie' },
    },
    [
      { code: 'invalid_format', path: ['integration_config', 'baseUrl'] },
      { code: 'invalid_value', path: ['integration_config', 'keyPlacement'] },
    ],
  ],
])('refuses %s', async (_case, body, errors) => {
  const answer = await call('POST', '/integrations', body);
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_body' } } });
  expect((answer.body.error['errors'] as object[]).map((entry) => ({ ...entry, message: '' }))).toEqual(
    errors.map((entry) => ({ ...entry, message: '' })),
  );
});

it.each([
  ['no app for a mode that needs one', { provider: 'github', unique_key: 'x' }],
  ['an app of another mode', { provider: 'github', unique_key: 'x', credentials: { type: 'OAUTH2_CC' } }],
])('refuses %s in a sentence', async (_case, body) => {
  expect((await call('POST', '/integrations', body)).body.error).toMatchObject({
    code: 'invalid_body',
    message: expect.any(String),
  });
});

it('does not rename what connections are addressed by', async () => {
  const answer = await call('PATCH', '/integrations/crm', { unique_key: 'crm-2' });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_body' } } });
});

it('takes the connections along when it goes', async () => {
  const other = await test.tenant();
  expect((await other.call('DELETE', '/integrations/crm')).status).toBe(200);
  const { connections } = (await (await other.call('GET', '/connections')).json()) as { connections: object[] };
  expect(connections).toEqual([]);
});

it('serves the older form under /config', async () => {
  await call('POST', '/integrations', { provider: 'github', unique_key: 'old', credentials: oauth2 });
  expect((await call('GET', '/config/old')).body).toEqual({
    config: { unique_key: 'old', provider: 'github', syncs: [], actions: [] },
  });
  expect((await call('GET', '/config/old?include_creds=true')).body).toMatchObject({ config: { client_id: 'id' } });
  expect(await call('GET', '/config/none')).toMatchObject({
    status: 400,
    body: { error: { code: 'unknown_provider_config', payload: {} } },
  });
});

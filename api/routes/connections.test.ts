import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { loadConnection } from '../../core/connections/read-connection.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_connections');
});
afterAll(() => test.close());

beforeEach(async () => {
  tenant = await test.tenant();
  await call('POST', '/integrations', { provider: 'private-api-bearer', unique_key: 'api' });
});

type Body = Record<string, unknown> & { error: Record<string, unknown>; connections: Record<string, unknown>[] };

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await tenant.call(method, path, { body, headers });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
}

const apiKey = { type: 'API_KEY', apiKey: 'upstream-key' };
const importOf = (connection_id: string, more: object = {}) =>
  call('POST', '/connections', { provider_config_key: 'api', connection_id, credentials: apiKey, ...more });
const ids = ({ body }: { body: Body }) => body.connections.map(({ connection_id }) => connection_id);

const github = () =>
  call('POST', '/integrations', {
    provider: 'github',
    unique_key: 'gh',
    credentials: { type: 'OAUTH2', client_id: 'i', client_secret: 's' },
  });

it('imports a connection and gives it back', async () => {
  const made = await importOf('g1', {
    metadata: { plan: 'pro' },
    end_user: { id: 'eu-1', email: 'a@example.com', display_name: 'Alice', tags: { T: 'v' } },
    tags: { Project: 'p1' },
  });
  expect(made).toMatchObject({
    status: 201,
    body: {
      connection_id: 'g1',
      provider_config_key: 'api',
      provider: 'private-api-bearer',
      errors: [],
      end_user: { id: 'eu-1', display_name: 'Alice', email: 'a@example.com', tags: { t: 'v' }, organization: null },
      tags: {
        t: 'v',
        project: 'p1',
        end_user_id: 'eu-1',
        end_user_email: 'a@example.com',
        end_user_display_name: 'Alice',
      },
      metadata: { plan: 'pro' },
      connection_config: {},
      webhook_url_override: null,
      credentials: apiKey,
    },
  });
  const read = await call('GET', '/connections/g1?provider_config_key=api');
  expect(read).toEqual({ status: 200, body: made.body });
});

it('gives a new connection a UUID when the caller has no name for it', async () => {
  const made = await call('POST', '/connections', { provider_config_key: 'api', credentials: apiKey });
  expect(made.body['connection_id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
});

it('overwrites on the same id, and leaves alone what was not given', async () => {
  const first = await importOf('g1', { metadata: { a: 1 }, tags: { k: 'v' } });
  const second = await importOf('g1', { credentials: { type: 'API_KEY', apiKey: 'new' } });
  expect(second).toMatchObject({
    status: 201,
    body: { id: first.body['id'], metadata: { a: 1 }, tags: { k: 'v' }, credentials: { apiKey: 'new' } },
  });
  const loaded = await loadConnection(tenant.env, { providerConfigKey: 'api', connectionId: 'g1' });
  expect(loaded).toMatchObject({ version: 2, credentials: { apiKey: 'new' } });
  const events = await tenant.env.transaction((tx) => tx.execute(sql`SELECT type, payload FROM events ORDER BY id`));
  expect(events).toMatchObject([
    {
      type: 'connection.created',
      payload: { operation: 'creation', connectionId: 'g1', authMode: 'API_KEY', success: true },
    },
    { type: 'connection.reconnected', payload: { operation: 'override' } },
  ]);
});

it('stores no credential that can be read without the key', async () => {
  await importOf('g1');
  const rows = await tenant.env.transaction((tx) =>
    tx.execute(sql`SELECT encode(value, 'escape') AS value FROM credentials`),
  );
  expect(JSON.stringify(rows)).not.toContain('upstream-key');
});

it('hides refresh tokens, also the nested ones, from whoever does not ask for them', async () => {
  await github();
  const credentials = {
    type: 'OAUTH2',
    access_token: 'at',
    refresh_token: 'rt',
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const made = await call('POST', '/connections', { provider_config_key: 'gh', connection_id: 'gh1', credentials });
  expect(made.body['credentials']).toEqual({ ...credentials, raw: credentials });
  const plain = await call('GET', '/connections/gh1?provider_config_key=gh');
  expect(plain.body['credentials']).toMatchObject({ access_token: 'at' });
  expect(JSON.stringify(plain.body)).not.toContain('"rt"');
  const asked = await call('GET', '/connections/gh1?provider_config_key=gh&refresh_token=yes');
  expect(asked.body['credentials']).toMatchObject({ refresh_token: 'rt' });
});

it('shows no credential to a key that may only read connections', async () => {
  await importOf('g1');
  const headers = { authorization: `Bearer ${await tenant.keyWith('connections:read')}` };
  expect(
    (await call('GET', '/connections/g1?provider_config_key=api', undefined, headers)).body['credentials'],
  ).toEqual({});
  expect(
    (await call('GET', '/connections/g1?provider_config_key=api&force_refresh=true', undefined, headers)).status,
  ).toBe(403);
});

it.each([
  ['an unknown integration', 404, { provider_config_key: 'nope', credentials: apiKey }, { code: 'not_found' }],
  [
    'another type than the provider has',
    400,
    { provider_config_key: 'api', credentials: { type: 'BASIC', username: 'u', password: '' } },
    { code: 'invalid_body' },
  ],
  [
    'an unknown type',
    400,
    { provider_config_key: 'api', credentials: { type: 'MAGIC' } },
    { errors: [{ code: 'invalid_union', path: ['credentials', 'type'] }] },
  ],
  [
    'tags that are equal but for case',
    400,
    { provider_config_key: 'api', credentials: apiKey, tags: { a: '1', A: '2' } },
    { errors: [{ code: 'custom', path: ['tags'] }] },
  ],
  [
    'a tag whose name is none',
    400,
    { provider_config_key: 'api', credentials: apiKey, tags: { '1a': 'x' } },
    { errors: [{ code: 'custom', path: ['tags', '1a'] }] },
  ],
  [
    'an empty name, with one entry for it',
    400,
    { provider_config_key: '', credentials: apiKey },
    { errors: [{ code: 'invalid_format', path: ['provider_config_key'] }] },
  ],
  [
    'an unknown key',
    400,
    { provider_config_key: 'api', credentials: apiKey, bogus: 1 },
    { errors: [{ code: 'unrecognized_keys', path: [] }] },
  ],
])('refuses to import %s', async (_case, status, body, error) => {
  expect(await call('POST', '/connections', body)).toMatchObject({ status, body: { error } });
});

it('checks configuration values by the provider entry', async () => {
  const provider = test.services.catalogue
    .list()
    .find(
      (entry) =>
        entry.auth_mode === 'API_KEY' && Object.values(entry.connection_config ?? {}).some(({ pattern }) => pattern),
    );
  const [name] = Object.entries(provider!.connection_config!).find(([, { pattern }]) => pattern)!;
  await call('POST', '/integrations', { provider: provider!.name, unique_key: 'configured' });
  const body = {
    provider_config_key: 'configured',
    credentials: apiKey,
    connection_config: { [name]: 'evil.example/@\n' },
  };
  expect((await call('POST', '/connections', body)).body.error).toMatchObject({
    code: 'invalid_body',
    errors: [{ path: ['connection_config', name] }],
  });
});

it('lists by each filter, newest first, page by page', async () => {
  await importOf('g1', { end_user: { id: 'eu-1', email: 'a_b@example.com' }, tags: { team: 'red' } });
  await importOf('g2', { tags: { team: 'red', role: 'x' } });
  await importOf('g3');
  const list = (query: string) => call('GET', `/connections?${query}`);
  expect(ids(await list('integrationId=api'))).toEqual(['g3', 'g2', 'g1']);
  expect(ids(await list('integrationId=api,crm'))).toEqual(['g3', 'g2', 'g1', 'c1']);
  expect(ids(await list('connectionId=g2'))).toEqual(['g2']);
  expect(ids(await list('search=a_b%40'))).toEqual(['g1']);
  expect(ids(await list('search=a%25b'))).toEqual([]);
  expect(ids(await list('endUserId=eu-1'))).toEqual(['g1']);
  expect(ids(await list('tags[Team]=red'))).toEqual(['g2', 'g1']);
  expect(ids(await list('tags[team]=red&tags[role]=x'))).toEqual(['g2']);
  expect(ids(await list('limit=1&page=1'))).toEqual(['g2']);
  const first = await list('limit=2');
  expect(ids(first)).toEqual(['g3', 'g2']);
  const rest = await list(`limit=2&cursor=${String(first.body['next_cursor'])}`);
  expect(ids(rest)).toEqual(['g1', 'c1']);
  expect(rest.body).not.toHaveProperty('next_cursor'); // the peer's list has no such key
  expect((await list('cursor=nonsense')).body.error['code']).toBe('invalid_cursor');
  expect((await list('bogus=1')).body.error).toMatchObject({
    code: 'invalid_query_params',
    errors: [{ code: 'unrecognized_keys', path: [] }],
  });
  expect(Object.keys((await call('GET', '/connection?connectionId=g1')).body.connections[0]!).sort()).toEqual([
    'connection_id',
    'created',
    'end_user',
    'errors',
    'id',
    'metadata',
    'provider',
    'provider_config_key',
    'tags',
  ]);
});

it('changes tags and end user as the wire says', async () => {
  await importOf('g1', { end_user: { id: 'eu-1' }, tags: { project: 'p' } });
  const path = '/connections/g1?provider_config_key=api';
  const tagsAfter = async (patch: object) => {
    expect(await call('PATCH', path, patch)).toMatchObject({ status: 200, body: { success: true } });
    const { body } = await call('GET', path);
    return { tags: body['tags'], endUser: (body['end_user'] as { id: string } | null)?.id };
  };
  expect(await tagsAfter({ tags: { env: 'test' } })).toEqual({ tags: { env: 'test' }, endUser: 'eu-1' });
  expect(await tagsAfter({ end_user: { id: 'eu-2' } })).toEqual({ tags: { end_user_id: 'eu-2' }, endUser: 'eu-2' });
  expect(await tagsAfter({ end_user: { id: 'eu-3' }, tags: { k: 'v' } })).toEqual({
    tags: { end_user_id: 'eu-3', k: 'v' },
    endUser: 'eu-3',
  });
  expect(await tagsAfter({})).toEqual({ tags: { end_user_id: 'eu-3', k: 'v' }, endUser: 'eu-3' });
  expect((await call('PATCH', '/connections/none?provider_config_key=api', {})).body.error['code']).toBe('not_found');
  expect((await call('PATCH', '/connections/g1?provider_config_key=none', {})).body.error['code']).toBe(
    'unknown_provider_config',
  );
});

it('sets and merges metadata on many connections, or on none', async () => {
  await importOf('g1');
  await importOf('g2');
  const write = (method: string, connection_id: string | string[], metadata: object) =>
    call(method, '/connections/metadata', { connection_id, provider_config_key: 'api', metadata });
  const metadataOf = async (id: string) =>
    (await call('GET', `/connections/${id}?provider_config_key=api`)).body['metadata'];
  expect(await write('POST', ['g1', 'g2'], { a: 1, b: { c: 2 } })).toMatchObject({
    status: 201,
    body: { metadata: { a: 1, b: { c: 2 } } },
  });
  expect((await write('PATCH', 'g1', { b: { d: 3 }, e: null })).status).toBe(200);
  expect(await metadataOf('g1')).toEqual({ a: 1, b: { d: 3 }, e: null });
  expect(await write('PATCH', ['g1', 'none'], { z: 1 })).toMatchObject({
    status: 404,
    body: { error: { code: 'unknown_connection' } },
  });
  expect(await metadataOf('g1')).toEqual({ a: 1, b: { d: 3 }, e: null });
  const errors = (await call('POST', '/connections/metadata', {})).body.error['errors'] as {
    code: string;
    path: string[];
  }[];
  expect(errors.map(({ code, path }) => [code, ...path])).toEqual([
    ['invalid_union', 'connection_id'],
    ['invalid_type', 'provider_config_key'],
    ['invalid_type', 'metadata'],
  ]);
});

it('loses no key of concurrent merges', async () => {
  await importOf('g1');
  const merge = (n: number) =>
    call('PATCH', '/connections/metadata', {
      connection_id: 'g1',
      provider_config_key: 'api',
      metadata: { [`k${n}`]: n },
    });
  await Promise.all(Array.from({ length: 12 }, (_, n) => merge(n)));
  expect(
    Object.keys((await call('GET', '/connections/g1?provider_config_key=api')).body['metadata'] as object),
  ).toHaveLength(12);
});

it('is gone after its deletion, for every call', async () => {
  await importOf('g1');
  const path = '/connections/g1?provider_config_key=api';
  expect(await call('DELETE', path)).toMatchObject({ status: 200, body: { success: true } });
  expect((await call('GET', path)).status).toBe(404);
  const again = await call('DELETE', path);
  expect(again).toMatchObject({ status: 400, body: { error: { code: 'unknown_connection' } } });
  expect(again.body.error).not.toHaveProperty('message');
  const [event] = await tenant.env.transaction((tx) =>
    tx.execute(sql`SELECT type FROM events ORDER BY id DESC LIMIT 1`),
  );
  expect(event).toEqual({ type: 'connection.deleted' });
  expect((await importOf('g1')).status).toBe(201);
});

it('notes a read at most once a minute', async () => {
  await importOf('g1');
  const path = '/connections/g1?provider_config_key=api';
  const once = (await call('GET', path)).body['last_fetched_at'];
  expect((await call('GET', path)).body['last_fetched_at']).toBe(once);
  await tenant.env.transaction((tx) =>
    tx.execute(sql`UPDATE connections SET last_fetched_at = now() - interval '2 minutes'`),
  );
  await call('PATCH', path, { tags: { a: 'b' } }); // what is in memory is forgotten
  expect((await call('GET', path)).body['last_fetched_at']).not.toBe(once);
});

it('takes the older forms', async () => {
  const made = await call('POST', '/connection', {
    provider_config_key: 'api',
    connection_id: 'old',
    api_key: 'k',
    metadata: { a: 1 },
  });
  expect(made).toMatchObject({ status: 201, body: { credentials: { type: 'API_KEY', apiKey: 'k' } } });
  const headers = { 'provider-config-key': 'api' };
  expect(await call('PATCH', '/connection/old/metadata', { b: 2 }, headers)).toEqual({
    status: 200,
    body: { a: 1, b: 2 },
  });
  expect((await call('POST', '/connection/old/metadata', { c: 3 }, headers)).status).toBe(201);
  expect((await call('GET', '/connection/old?provider_config_key=api')).body['metadata']).toEqual({ c: 3 });
  expect((await call('DELETE', '/connection/old?provider_config_key=api')).status).toBe(200);
});

it('takes ids with every character that the wire allows', async () => {
  const id = 'a/b c%20"\'\\~[1]|@$,;:=+{}_-.';
  const wanted = id.replace('%', '');
  expect((await importOf(wanted)).status).toBe(201);
  const read = await call('GET', `/connections/${encodeURIComponent(wanted)}?provider_config_key=api`);
  expect(read.body['connection_id']).toBe(wanted);
});

it('never shows another environment what this one has', async () => {
  await importOf('g1');
  const mine = tenant;
  tenant = await test.tenant();
  expect(ids(await call('GET', '/connections?connectionId=g1'))).toEqual([]);
  expect((await call('GET', '/connections/g1?provider_config_key=api')).body.error['code']).toBe(
    'unknown_provider_config',
  );
  expect((await call('DELETE', '/connections/g1?provider_config_key=api')).status).toBe(400);
  await call('POST', '/integrations', { provider: 'private-api-bearer', unique_key: 'api' });
  expect((await call('GET', '/connections/g1?provider_config_key=api')).body.error['code']).toBe('not_found');
  tenant = mine;
  expect((await call('GET', '/connections/g1?provider_config_key=api')).status).toBe(200);
});

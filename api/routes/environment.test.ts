import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_environment');
  tenant = await test.tenant();
});
afterAll(() => test.close());

async function call(method: string, path: string, body?: unknown, key = tenant.key) {
  const response = await tenant.call(method, path, { body, headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

it('keeps variables encrypted, replaces the set, and sets and removes single ones', async () => {
  expect(await call('GET', '/environment-variables')).toEqual({ status: 200, body: [] });
  const set = await call('PUT', '/environment-variables', {
    variables: [
      { name: 'B', value: 'two' },
      { name: 'A', value: 'plain-text' },
    ],
  });
  expect(set.body).toEqual([
    { name: 'A', value: 'plain-text' },
    { name: 'B', value: 'two' },
  ]);
  expect((await call('PUT', '/environment-variables/A', { value: 'new' })).body).toEqual({ name: 'A', value: 'new' });
  expect((await call('DELETE', '/environment-variables/B')).status).toBe(204);
  expect((await call('DELETE', '/environment-variables/B')).status).toBe(404);
  expect((await call('GET', '/environment-variables')).body).toEqual([{ name: 'A', value: 'new' }]);
  const stored = await tenant.env.transaction((tx) =>
    tx.execute(sql`SELECT encode(value, 'escape') AS value FROM variables`),
  );
  expect(JSON.stringify(stored)).not.toContain('new');
});

it('refuses a variable that is named twice or badly', async () => {
  const twice = await call('PUT', '/environment-variables', {
    variables: [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ],
  });
  expect(twice.body.error).toMatchObject({ code: 'invalid_body', errors: [{ path: ['variables', '1', 'name'] }] });
  expect((await call('PUT', '/environment-variables/1A', { value: '' })).body.error.code).toBe('invalid_uri_params');
});

it('manages environments and their keys with an account key', async () => {
  const account = await tenant.keyWith('x');
  await tenant.env.transaction((tx) =>
    tx.execute(
      sql`UPDATE api_keys SET scopes = ARRAY['account:environments:list', 'account:environments:create', 'account:environments:api_keys:*'] WHERE scopes = ARRAY['environment:x']`,
    ),
  );
  const made = await call('POST', '/environments', { name: 'staging' }, account);
  expect(made).toMatchObject({
    status: 200,
    body: { data: { id: expect.any(Number), uuid: expect.any(String), name: 'staging' } },
  });
  expect((await call('POST', '/environments', { name: 'staging' }, account)).status).toBe(409);
  expect((await call('POST', '/environments', { name: 'live', is_production: true }, account)).status).toBe(403);
  expect((await call('GET', '/environments?name=staging', undefined, account)).body.data).toEqual([
    { id: made.body.data.id, uuid: made.body.data.uuid, name: 'staging', is_production: false },
  ]);
  const keys = `/environments/${made.body.data.uuid}/api-keys`;
  const key = await call('POST', keys, { display_name: 'first' }, account);
  expect(key.body.data.secret).toMatch(/^sl_staging_/);
  expect((await call('GET', '/integrations', undefined, key.body.data.secret)).body).toEqual({ data: [] });
  expect((await call('GET', `${keys}/${key.body.data.id}`, undefined, account)).body.data).not.toHaveProperty('secret');
  expect((await call('DELETE', `${keys}/${key.body.data.id}`, undefined, account)).body).toEqual({ success: true });
  expect((await call('POST', '/environments', { name: 'x' })).status).toBe(403);

  const byNumber = await call(
    'POST',
    '/environment/api-keys',
    { environment_id: made.body.data.id, display_name: 'second' },
    account,
  );
  expect(byNumber.body.data).toMatchObject({
    display_name: 'second',
    scopes: ['environment:*'],
    secret: expect.stringMatching(/^sl_staging_/),
  });
  const named = { environment_id: made.body.data.id, key_id: byNumber.body.data.id };
  expect((await call('DELETE', '/environment/api-keys', named, account)).body).toEqual({ success: true });
  expect((await call('DELETE', '/environment/api-keys', named, account)).status).toBe(404);
  expect((await call('GET', '/integrations', undefined, byNumber.body.data.secret)).status).toBe(401);
  expect((await call('POST', '/environment/api-keys', named)).status).toBe(403);
});

it('tells any key the names of the environments', async () => {
  const { status, body } = await call('GET', '/api/v1/environments', undefined, await tenant.keyWith('records:read'));
  expect(status).toBe(200);
  expect(body.data.length).toBeGreaterThan(0);
  expect(body.data[0]).toEqual({ name: expect.any(String), is_production: expect.any(Boolean) });
});

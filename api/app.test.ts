import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { openTestApp, type TestApp, type TestTenant } from './test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_app');
  tenant = await test.tenant();
});
afterAll(() => test.close());

const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, unknown> }).error;

describe('routes without a key', () => {
  const open = (path: string) => createApp(test.services).request(path);

  it('say that the process lives, with a request id', async () => {
    const response = await open('/health');
    expect(await response.json()).toEqual({ result: 'ok' });
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are 503 while a component is away', async () => {
    const app = createApp({
      ...test.services,
      readiness: async () => ({ postgres: { ok: true }, temporal: { ok: false } }),
    });
    const response = await app.request('/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ready: false });
  });

  it('serve an OpenAPI 3.1 document in which every route of the reference is described', async () => {
    const document = (await (await open('/openapi.json')).json()) as { openapi: string; paths: Record<string, object> };
    expect(document.openapi).toBe('3.1.0');
    for (const path of [
      '/integrations',
      '/connections/{connectionId}',
      '/sync/deploy',
      '/records',
      '/sync/trigger',
      '/action/trigger',
      '/api-keys',
    ]) {
      expect(Object.keys(document.paths)).toContain(path);
    }
  });

  it('serve the reference without naming another host', async () => {
    const page = await open('/docs');
    expect(await page.text()).not.toMatch(/https?:\/\//);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const asset of ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js'])
      expect((await open(`/docs/${asset}`)).status).toBe(200);
    expect((await open('/docs/package.json')).status).toBe(404);
  });

  it('serve the catalogue once and then only say that it has not changed', async () => {
    const first = await open('/providers.json');
    expect(Object.keys((await first.json()) as object)).toContain('github');
    const again = await createApp(test.services).request('/providers.json', {
      headers: { 'if-none-match': first.headers.get('etag')! },
    });
    expect(again.status).toBe(304);
  });

  it('draw a logo for every entry, which can run nothing', async () => {
    const logo = await open('/images/providers/google-mail.svg');
    expect(logo.headers.get('content-type')).toBe('image/svg+xml');
    expect(logo.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await logo.text()).toMatch(/^<svg /);
    expect((await open('/images/providers/nobody.svg')).status).toBe(404);
  });

  it('answer a preflight by the rules of the wire', async () => {
    const response = await createApp(test.services).request('/connections', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-max-age')).toBe('600');
  });

  it('decode payloads for the one path that the codec token makes', async () => {
    const codec = {
      token: 'abc',
      encode: async (body: unknown) => body,
      decode: async () => ({ payloads: ['plain'] }),
    };
    const post = (path: string) =>
      createApp(test.services, { codec }).request(path, { method: 'POST', body: '{"payloads":[]}' });
    expect(await (await post('/temporal/codec/abc/decode')).json()).toEqual({ payloads: ['plain'] });
    expect((await post('/temporal/codec/abd/decode')).status).toBe(404);
  });
});

describe('errors', () => {
  it('have one envelope, name the request and are marked as ours', async () => {
    const response = await tenant.call('GET', '/integrations/none');
    expect(response.status).toBe(404);
    expect(response.headers.get('x-syncline-error')).toBe('1');
    const error = await errorOf(response);
    expect(error).toMatchObject({ code: 'not_found', request_id: response.headers.get('x-request-id') });
  });

  it.each([
    ['GET', '/does-not-exist'],
    ['DELETE', '/integrations'],
    ['GET', '/sync/deploy'],
  ])('answer 404 in JSON to %s %s', async (method, path) => {
    const response = await tenant.call(method, path);
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'not_found' });
  });

  it('list every problem of a body by code and path', async () => {
    const response = await tenant.call('POST', '/integrations', { body: { bogus: true } });
    const { code, message, errors } = await errorOf(response);
    expect([response.status, code, message]).toEqual([400, 'invalid_body', undefined]);
    expect(errors).toMatchObject([
      { code: 'invalid_type', path: ['provider'] },
      { code: 'invalid_type', path: ['unique_key'] },
      { code: 'unrecognized_keys', path: [] },
    ]);
  });

  it.each([
    ['POST', '/integrations?x=1', 'invalid_query_params'],
    ['GET', '/integrations/a%2Fb', 'invalid_uri_params'],
    ['POST', '/connection/c1/metadata', 'invalid_headers'],
  ])('name the part of the request that is wrong: %s %s is %s', async (method, path, code) => {
    const headers = code === 'invalid_headers' ? { 'provider-config-key': '' } : {};
    const response = await tenant.call(method, path, { headers, ...(method === 'POST' && { body: {} }) });
    expect(response.status).toBe(400);
    expect((await errorOf(response))['code']).toBe(code);
  });

  it('refuse what is not JSON by its type, and bad JSON without quoting it', async () => {
    const send = (body: string, type: string) =>
      createApp(test.services).request('/integrations', {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${tenant.key}`, 'content-type': type },
      });
    expect((await send('hello', 'text/plain')).status).toBe(415);
    const broken = await errorOf(await send('{"secret": "hunter2"', 'application/json'));
    expect(broken['code']).toBe('invalid_json');
    expect(JSON.stringify(broken)).not.toContain('hunter2');
    expect((await errorOf(await send('{"a":1,"a":2}', 'application/json')))['code']).toBe('invalid_json');
    expect((await errorOf(await send('', 'application/json')))['code']).toBe('invalid_body');
    expect((await errorOf(await send(`"${'x'.repeat(1_100_000)}"`, 'application/json')))['code']).toBe(
      'request_too_large',
    );
  });

  it('say 503 with Retry-After while Postgres is away, and nothing of our inside', async () => {
    const broken = {
      ...test.services.database,
      forEnvironment: () => Promise.reject(Object.assign(new Error('10.0.0.1'), { code: 'ECONNREFUSED' })),
    };
    const response = await createApp({ ...test.services, database: broken }).request('/integrations', {
      headers: { authorization: `Bearer ${tenant.key}` },
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.text()).not.toContain('10.0.0.1');
  });

  it('report a fault of ours with its cause, and tell the caller only the request id', async () => {
    const reports: unknown[] = [];
    const broken = { ...test.services.database, forEnvironment: () => Promise.reject(new Error('inner detail')) };
    const app = createApp({ ...test.services, database: broken }, { report: (report) => reports.push(report) });
    const response = await app.request('/integrations?secret=x', {
      headers: { authorization: `Bearer ${tenant.key}` },
    });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('inner detail');
    expect(reports).toMatchObject([{ path: '/integrations', error: { code: 'server_error' } }]);
  });

  it('call a NUL character in a text the mistake of the caller', async () => {
    const body = { provider_config_key: 'crm', connection_id: 'c1', metadata: { note: 'a\u0000b' } };
    const response = await tenant.call('POST', '/connections/metadata', { body });
    expect(response.status).toBe(400);
  });
});

it('accepts a slash at the end', async () => {
  expect((await tenant.call('GET', '/integrations/')).status).toBe(200);
});

it('limits a key and says when to come again', async () => {
  const app = createApp(test.services, { requestsPerMinute: 2 });
  const get = () => app.request('/integrations', { headers: { authorization: `Bearer ${tenant.key}` } });
  const first = await get();
  expect(first.headers.get('x-ratelimit-limit')).toBe('2');
  expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
  await get();
  const refused = await get();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await errorOf(refused)).toMatchObject({ code: 'too_many_request', method: 'GET', path: '/integrations' });
});

it('keeps the same ids apart by the key that asks', async () => {
  const other = await test.tenant();
  await tenant.call('POST', '/integrations', { body: { provider: 'private-api-bearer', unique_key: 'mine' } });
  expect((await other.call('GET', '/integrations/mine')).status).toBe(404);
  expect((await other.call('DELETE', '/integrations/mine')).status).toBe(404);
  expect((await other.call('PATCH', '/integrations/mine', { body: {} })).status).toBe(404);
  const { data } = (await (await other.call('GET', '/integrations')).json()) as { data: { unique_key: string }[] };
  expect(data.map(({ unique_key }) => unique_key)).toEqual(['crm']);
});

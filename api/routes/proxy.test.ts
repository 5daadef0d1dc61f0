import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { putCredential } from '../../core/credentials/store.ts';
import { openTestApp, type TestApp } from '../test-app.ts';

let app: TestApp;
let upstream: Server;
let origin: string;
let flaky = 0;
const big = randomBytes(3_000_000);

beforeAll(async () => {
  upstream = createServer(async (request, response) => {
    const path = new URL(request.url!, 'http://x').pathname;
    if (path === '/v1/echo') {
      const answer = JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        ...(await read(request)),
      });
      response.writeHead(200, {
        'content-type': 'application/json',
        'set-cookie': 'a=b',
        'x-page': '7',
        'access-control-allow-origin': 'x',
      });
      response.end(answer);
    } else if (path === '/v1/flaky' && flaky-- > 0) response.writeHead(503).end('not now');
    else if (path === '/v1/flaky') response.end('at last');
    else if (path === '/v1/none') response.writeHead(204).end();
    else if (path === '/v1/teapot') response.writeHead(418, { 'content-type': 'text/plain' }).end('short');
    else if (path === '/v1/big') response.end(big);
    else if (path === '/v1/gzip') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('plain text'));
    else if (path === '/v1/cut')
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  app = await openTestApp('proxy_route', { allowEgress: [`127.0.0.1:${port}`] });
});
afterAll(async () => {
  await app.close();
  upstream.close();
});

async function read(request: IncomingMessage) {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}

async function connected() {
  const tenant = await app.tenant();
  const config = JSON.stringify({ baseUrl: `${origin}/v1`, keyName: 'X-Key' });
  await tenant.env.transaction(async (tx) => {
    await tx.execute(
      sql`UPDATE integrations SET provider = 'private-api-generic', config = ${config}::text::jsonb WHERE id = ${tenant.integrationId}`,
    );
    await putCredential(tx, tenant.env, tenant.connectionId, { type: 'API_KEY', apiKey: 'k-very-secret' });
  });
  return tenant;
}

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  size: number;
  sha256: string;
}
const echoOf = async (response: Response) => {
  expect(response.status).toBe(200);
  return (await response.json()) as Echo;
};

it('sends the credential, the path and the query, and only the headers that were meant for the provider', async () => {
  const { call } = await connected();
  const response = await call('GET', '/proxy/echo?a=1&b=two%20words&c=%2F', {
    headers: { 'nango-proxy-x-mine': 'yes', 'x-other': 'no', cookie: 'a=b' },
  });
  expect(response.headers.get('x-page')).toBe('7');
  expect(response.headers.get('set-cookie')).toBeNull();
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('x-syncline-error')).toBeNull();
  const { method, url, headers } = await echoOf(response);
  expect({ method, url }).toEqual({ method: 'GET', url: '/v1/echo?a=1&b=two%20words&c=%2F' });
  expect(headers).toMatchObject({ 'x-key': 'k-very-secret', 'x-mine': 'yes' });
  for (const name of ['authorization', 'x-other', 'cookie', 'connection-id', 'provider-config-key'])
    expect(headers).not.toHaveProperty(name);
});

it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'REPORT'])(
  'passes a %s on with its body, byte for byte',
  async (method) => {
    const tenant = await connected();
    const {
      size,
      sha256,
      headers,
      method: seen,
    } = await echoOf(
      await tenant.call(method, '/proxy/echo', {
        body: { a: [1, 'ä'] },
        headers: { 'content-type': 'application/vnd.x+json' },
      }),
    );
    const bytes = Buffer.from(JSON.stringify({ a: [1, 'ä'] }));
    expect({ seen, size, sha256 }).toEqual({
      seen: method,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(headers['content-type']).toBe('application/vnd.x+json');
  },
);

it('answers with what the provider says: errors, nothing, much', async () => {
  const { call } = await connected();
  const teapot = await call('GET', '/proxy/teapot');
  expect([teapot.status, await teapot.text(), teapot.headers.get('x-syncline-error')]).toEqual([418, 'short', null]);
  const none = await call('DELETE', '/proxy/none');
  expect([none.status, await none.text()]).toEqual([204, '']);
  const head = await call('HEAD', '/proxy/teapot');
  expect([head.status, await head.text()]).toEqual([418, '']);
  const much = await call('GET', '/proxy/big');
  expect(Buffer.from(await much.arrayBuffer()).equals(big)).toBe(true);
});

it('tells a dry run what was asked, without the credential', async () => {
  const { call } = await connected();
  const asked = await call('GET', '/proxy/echo?a=1', { headers: { 'nango-is-dry-run': 'true' } });
  expect(asked.headers.get('x-syncline-upstream-url')).toBe(`${origin}/v1/echo?a=1`);
  expect((await call('GET', '/proxy/echo')).headers.get('x-syncline-upstream-url')).toBeNull();
});

it('decompresses when told to', async () => {
  const { call } = await connected();
  const plain = await call('GET', '/proxy/gzip', { headers: { decompress: 'true' } });
  expect([await plain.text(), plain.headers.get('content-encoding')]).toEqual(['plain text', null]);
  const packed = await call('GET', '/proxy/gzip');
  expect(packed.headers.get('content-encoding')).toBe('gzip');
});

it('repeats as often as the caller allows', async () => {
  const { call } = await connected();
  flaky = 1;
  expect((await call('GET', '/proxy/flaky')).status).toBe(503);
  flaky = 1;
  const answer = await call('GET', '/proxy/flaky', { headers: { retries: '2' } });
  expect(await answer.text()).toBe('at last');
});

it('says that there was no answer, in the words of the network', async () => {
  const { call } = await connected();
  const cut = await call('GET', '/proxy/cut');
  expect(cut.status).toBe(502);
  expect(cut.headers.get('x-syncline-error')).toBe('1');
  expect(await cut.json()).toMatchObject({
    method: 'get',
    code: 'UND_ERR_SOCKET',
    error: { code: 'upstream_unreachable' },
  });
});

it('refuses bad headers and unknown names, with the codes of the proxy', async () => {
  const { call, keyWith } = await connected();
  const refusal = async (headers: Record<string, string>) => {
    const response = await call('GET', '/proxy/echo', { headers });
    const { error } = (await response.json()) as { error: { code: string; errors?: { path: string[] }[] } };
    return [response.status, error.code, ...(error.errors ? [error.errors.map(({ path: [name] }) => name)] : [])];
  };
  expect(await refusal({ 'connection-id': '', 'provider-config-key': '' })).toMatchObject([
    400,
    'invalid_headers',
    expect.arrayContaining(['provider-config-key', 'connection-id']),
  ]);
  expect(await refusal({ retries: 'many' })).toEqual([400, 'invalid_headers', ['retries']]);
  expect(await refusal({ 'retry-on': '5xx' })).toEqual([400, 'invalid_headers', ['retry-on']]);
  expect(await refusal({ 'base-url-override': 'nope' })).toEqual([400, 'invalid_headers', ['base-url-override']]);
  expect(await refusal({ 'provider-config-key': 'other' })).toEqual([404, 'unknown_provider_config']);
  expect(await refusal({ 'connection-id': 'c2' })).toEqual([400, 'unknown_connection']);
  expect(await refusal({ authorization: `Bearer ${await keyWith('records:read')}` })).toEqual([403, 'forbidden']);
  expect(await refusal({ 'base-url-override': 'http://169.254.169.254' })).toEqual([
    400,
    'base_url_override_not_allowed',
  ]);
  expect((await call('GET', '/proxy/teapot', { headers: { 'base-url-override': '' } })).status).toBe(418);
});

it('obeys the override policy of the environment', async () => {
  const { call, env, keyWith } = await connected();
  const override = async (key?: string) => {
    const headers = { 'base-url-override': `${origin}/v1`, ...(key && { authorization: `Bearer ${key}` }) };
    const response = await call('GET', '/proxy/teapot', { headers });
    return response.status === 418 ? 418 : ((await response.json()) as { error: { code: string } }).error.code;
  };
  const allow = (mode: string) =>
    env.transaction((tx) =>
      tx.execute(sql`UPDATE environments SET settings = jsonb_build_object('overridePolicy', ${mode}::text)`),
    );
  expect(await override()).toBe(418);
  await allow('listed');
  expect(await override(await keyWith('proxy'))).toBe('forbidden');
  expect(await override(await keyWith('proxy', 'proxy:override'))).toBe('base_url_override_not_allowed');
  await allow('off');
  expect(await override()).toBe('base_url_override_disabled');
});

it('does not use a credential that the user must renew', async () => {
  const { call, env } = await connected();
  await env.transaction((tx) => tx.execute(sql`UPDATE credentials SET needs_reauth_at = now()`));
  const response = await call('GET', '/proxy/echo');
  expect(response.status).toBe(424);
  expect(await response.json()).toMatchObject({
    error: { code: 'connection_refresh_exhausted', payload: { reason: 'needs_reauth' } },
  });
});

it('leaves an operation with its attempts in the log, and no secret', async () => {
  const { call } = await connected();
  await call('GET', '/proxy/teapot?api_key=in-the-query', {
    headers: { 'nango-proxy-authorization': 'Bearer mine-secret' },
  });
  await app.services.logs.flush();
  const { data } = (await (await call('GET', '/logs')).json()) as { data: { id: string }[] };
  expect(data[0]).toMatchObject({
    type: 'proxy',
    action: 'call',
    state: 'failed',
    title: 'GET /teapot',
    response: { code: 418 },
  });
  const messages = await (await call('GET', `/logs/${data[0]!.id}/messages`)).json();
  expect(messages).toMatchObject({ data: [{ type: 'http', request: { method: 'GET' }, response: { code: 418 } }] });
  expect(JSON.stringify([data, messages])).not.toMatch(/k-very-secret|mine-secret|in-the-query/);
});

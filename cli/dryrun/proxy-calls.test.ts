import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createInstance, type Instance } from './instance-request.ts';
import { proxyCalls } from './proxy-calls.ts';

// The other end of the wire: what an instance would read.
let server: Server;
let instance: Instance;
let asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  answer = (response) =>
    response.setHeader('x-syncline-upstream-url', 'https://api.example.com/v2/contacts?page=1').end('[]');
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
  instance = createInstance({ url: url.replace(/\/$/, ''), environment: 'dev', secretKey: 'key' });
});
afterEach(() => {
  instance.close();
  server.close();
});

const place = { connectionId: 'acme', providerConfigKey: 'crm', provider: 'acme-crm', environmentName: 'dev' };
const open = () => {
  const { http } = proxyCalls(instance, place);
  return (args: Record<string, unknown>, body = '') => http!({ method: 'GET', ...args }, Buffer.from(body));
};

it('sends the path as it is written, with parameters as a worker makes them', async () => {
  const http = open();
  await http({ endpoint: 'a%2Fb/ü/?x=1', params: { ids: [1, 2], none: undefined, q: 'a b' } });
  await http({ endpoint: '/trailing/' });
  expect(asked.map(({ url }) => url)).toEqual([
    '/base/proxy/a%2Fb/%C3%BC/?x=1&ids=1%2C2&q=a+b',
    '/base/proxy/trailing/',
  ]);
  await expect(http({ endpoint: '/../connections' })).rejects.toMatchObject({ code: 'invalid_path' });
  expect(asked).toHaveLength(2); // the key never goes to another route
});

it("says by headers what the script wants, and marks the script's own", async () => {
  const http = open();
  const headers = { 'X-Own': 'yes', Authorization: 'mine', Host: 'evil.example.com' };
  await http(
    {
      method: 'POST',
      endpoint: '/x',
      headers,
      retries: 99,
      retryOn: [404, 'x'],
      retryUnsafe: true,
      contentType: 'text/plain',
    },
    'hello',
  );
  expect(asked[0]).toMatchObject({
    method: 'POST',
    body: 'hello',
    headers: {
      authorization: 'Bearer key',
      'connection-id': 'acme',
      'provider-config-key': 'crm',
      'nango-is-dry-run': 'true',
      'nango-proxy-x-own': 'yes',
      'nango-proxy-authorization': 'mine',
      'content-type': 'text/plain',
      retries: '10',
      'retry-on': '404',
      'syncline-retry-unsafe': 'true',
    },
  });
  expect(asked[0]!.headers['nango-proxy-host']).toBeUndefined();
  await http({ endpoint: '/x', connectionId: 'other', baseUrlOverride: 'https://eu.example.com' });
  expect(asked[1]!.headers).toMatchObject({ 'connection-id': 'other', 'base-url-override': 'https://eu.example.com' });
});

it('follows a link below the base URL as its own path, and names the origin of any other', async () => {
  const http = open();
  expect((await http({ endpoint: '/contacts', params: { page: 1 } })).result).toMatchObject({
    url: 'https://api.example.com/v2/contacts?page=1',
  });
  await http({ endpoint: 'https://api.example.com/v2/contacts?page=2' });
  await http({ endpoint: 'https://api.example.com/v20/contacts' });
  await http({ endpoint: 'https://other.example.com/x' });
  expect(asked.slice(1).map(({ url, headers }) => [url, headers['base-url-override']])).toEqual([
    ['/base/proxy/contacts?page=2', undefined],
    ['/base/proxy/v20/contacts', 'https://api.example.com'],
    ['/base/proxy/x', 'https://other.example.com'],
  ]);
});

it('tells a refusal of the instance, and a network error of the provider, from an answer', async () => {
  const http = open();
  const refuse = (status: number, body: object) => (response: ServerResponse) =>
    response.writeHead(status, { 'x-syncline-error': '1' }).end(JSON.stringify(body));
  answer = refuse(502, {
    message: 'connect ECONNREFUSED',
    code: 'ECONNREFUSED',
    error: { code: 'upstream_unreachable' },
  });
  await expect(http({ endpoint: '/x' })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED',
  });
  answer = refuse(424, { error: { code: 'connection_refresh_exhausted', message: 'Gone.', payload: { a: 1 } } });
  await expect(http({ endpoint: '/x' })).rejects.toMatchObject({
    code: 'connection_refresh_exhausted',
    payload: { a: 1 },
  });
  const limited = { error: { code: 'too_many_request', message: 'Slower.' } };
  answer = (response) => {
    response.writeHead(429, { 'x-syncline-error': '1', 'retry-after': '0.05' }).end(JSON.stringify(limited));
    answer = (next) => next.setHeader('x-ratelimit-limit', '600').end('at last');
  };
  const late = await http({ endpoint: '/x' });
  expect(late).toMatchObject({ result: { status: 200 }, body: Buffer.from('at last') });
  expect(Object.keys((late.result as { headers: object }).headers)).not.toContain('x-ratelimit-limit');
  answer = (response) =>
    response.writeHead(500, { 'x-syncline-request-id': 'r', 'content-security-policy': 'x' }).end('oops');
  expect(await http({ endpoint: '/x' })).toMatchObject({ result: { status: 500 }, body: Buffer.from('oops') });
  const { result } = await http({ endpoint: '/x' });
  expect(Object.keys((result as { headers: object }).headers)).not.toContain('content-security-policy');
  server.close();
  server.closeAllConnections();
  await expect(http({ endpoint: '/x' })).rejects.toMatchObject({ code: 'unreachable', exitCode: 12 });
});

import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { toProxyCall } from './proxy-call.ts';
import type { ProxyRequest } from './types/proxy.ts';

const call = (request: Partial<ProxyRequest>) =>
  toProxyCall({ endpoint: '/x', ...request }, { providerConfigKey: 'crm', connectionId: 'acme', activityLogId: 'log' });

it('names connection and marks, and puts the caller’s headers under the prefix', () => {
  const { method, headers } = call({
    method: 'post',
    connectionId: 'other',
    data: {},
    headers: { 'X-Version': 2, 'Content-Type': 'application/vnd.api+json', absent: undefined },
    retries: 3,
    retryOn: [409, 423],
    retryUnsafe: true,
    baseUrlOverride: 'https://eu.example.com',
    decompress: true,
    forwardHeadersOnRedirect: false,
  });
  expect(method).toBe('POST');
  expect(headers).toEqual({
    'provider-config-key': 'crm',
    'connection-id': 'other',
    'nango-proxy-x-version': '2',
    'nango-proxy-content-type': 'application/vnd.api+json',
    'content-type': 'application/vnd.api+json',
    retries: '3',
    'retry-on': '409,423',
    'syncline-retry-unsafe': 'true',
    'base-url-override': 'https://eu.example.com',
    decompress: 'true',
    'forward-headers-on-redirect': 'false',
    'nango-activity-log-id': 'log',
  });
});

it.each<[string, ProxyRequest['params'], string]>([
  ['v1/a', undefined, '/proxy/v1/a'],
  ['/v1/a%2Fb/', undefined, '/proxy/v1/a%2Fb/'],
  ['?x=1', undefined, '/proxy?x=1'],
  ['https://api.example.com/v1', undefined, '/proxy/https://api.example.com/v1'],
  ['/a?b=two%20words', { c: [1, 2], d: undefined, e: null, f: false }, '/proxy/a?b=two%20words&c=1%2C2&f=false'],
  ['/a', { 'page[size]': 5 }, '/proxy/a?page%5Bsize%5D=5'],
  ['/a', '?b=%20', '/proxy/a?b=%20'],
  ['/a/../b', undefined, '/proxy/a/../b'],
])('asks for %s with %j at %s', (endpoint, params, path) => {
  expect(call({ endpoint, params }).path).toBe(path);
});

it.each(['/../connections', '../connections', '/a/../../connections', '/%2e%2E/connections', '/.%2e/x', '/..\\..\\x'])(
  'refuses %s, which would leave the proxy',
  (endpoint) => {
    expect(() => call({ endpoint })).toThrow(TypeError);
  },
);

describe('a body', () => {
  const form = new FormData();
  it.each<[string, unknown, string | undefined]>([
    ['object', { a: 1 }, 'application/json'],
    ['list', [1], 'application/json'],
    ['text', 'a=1', 'application/x-www-form-urlencoded'],
    ['URLSearchParams', new URLSearchParams('a=1'), 'application/x-www-form-urlencoded'],
    ['Buffer', Buffer.from('a'), 'application/octet-stream'],
    ['ArrayBuffer', new ArrayBuffer(1), 'application/octet-stream'],
    ['FormData', form, undefined],
    ['stream', Readable.from(['a']), undefined],
  ])('of %s has the type %s', (_what, data, type) => {
    const { headers, body } = call({ method: 'POST', data });
    expect(headers?.['content-type']).toBe(type);
    expect(body).toBeTruthy();
  });

  it('is none for nothing', () => {
    expect(call({ method: 'POST' })).toMatchObject({ body: null });
    expect(call({ method: 'POST' }).headers).not.toHaveProperty('content-type');
  });
});

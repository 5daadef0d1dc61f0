import { expect, it } from 'vitest';
import { UpstreamNetworkError } from '../egress/network-error.ts';
import { SynclineError } from '../errors.ts';
import { toProxyFailure } from './outcomes.ts';
import { responseHeaders } from './response-headers.ts';

it('passes what an API says and drops what would act on us', () => {
  const headers = responseHeaders({
    'content-type': 'application/json',
    'x-request-id': 'r',
    link: '<x>; rel="next"',
    vary: ['a', 'b'],
    'content-length': '3',
    'content-encoding': 'gzip',
    connection: 'keep-alive, X-Hop',
    'x-hop': '1',
    'keep-alive': 't',
    'transfer-encoding': 'chunked',
    'set-cookie': ['a=1'],
    'access-control-allow-origin': '*',
    'content-security-policy-report-only': 'x',
    'strict-transport-security': 'x',
    'clear-site-data': '*',
    'x-syncline-error': '1',
  }); // prettier-ignore
  expect(headers).toEqual({
    'content-type': 'application/json',
    'x-request-id': 'r',
    link: '<x>; rel="next"',
    vary: ['a', 'b'],
    'content-length': '3',
    'content-encoding': 'gzip',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
  }); // prettier-ignore
});

it('drops encoding and length of a body that was decoded, and saves markup instead of showing it', () => {
  const headers = responseHeaders(
    { 'content-type': 'text/HTML; charset=x', 'content-length': '3', 'content-encoding': 'gzip' },
    { decoded: true },
  );
  expect(headers).not.toHaveProperty('content-length');
  expect(headers).not.toHaveProperty('content-encoding');
  expect(headers['content-disposition']).toBe('attachment');
  expect(
    responseHeaders({ 'content-type': 'image/svg+xml', 'content-disposition': 'inline' })['content-disposition'],
  ).toBe('inline');
});

it('answers for the upstream that did not', () => {
  const refused = new UpstreamNetworkError('ECONNREFUSED', 'connect ECONNREFUSED 1.2.3.4:443', { opened: false });
  expect(toProxyFailure(refused, 'GET')).toEqual({
    status: 502,
    headers: { 'x-syncline-error': '1' },
    body: {
      message: 'connect ECONNREFUSED 1.2.3.4:443',
      code: 'ECONNREFUSED',
      method: 'get',
      error: { code: 'upstream_unreachable', message: 'The provider gave no answer.' },
    },
  });
  expect(toProxyFailure(new UpstreamNetworkError('ETIMEDOUT', 'late', { opened: true }), 'GET')).toMatchObject({
    status: 504,
    body: { code: 'ETIMEDOUT', status: 504 },
  });
  const limited = new SynclineError('provider_rate_limited', 'full', { status: 429, retryAfterMs: 1500 });
  expect(toProxyFailure(limited, 'GET')).toMatchObject({
    status: 429,
    headers: { 'retry-after': '2' },
    body: { error: { code: 'provider_rate_limited' } },
  });
  expect(toProxyFailure(new TypeError('secret'), 'GET')).toMatchObject({
    status: 500,
    body: { error: { code: 'server_error' } },
  });
});

import { describe, expect, it } from 'vitest';
import { decideRetry, type Outcome, type RetryInput } from './retry.ts';
import { readDuration, readMoment, retryWait, type WaitInput } from './retry-wait.ts';

const now = Date.parse('2026-03-05T00:00:00Z');
const status = (code: number, headers: Record<string, string> = {}): Outcome => ({
  kind: 'status',
  status: code,
  headers,
});
const network = (code: string, opened = true): Outcome => ({ kind: 'network', code, opened });
const repeats = (outcome: Outcome, method: string, more: Partial<RetryInput> = {}) =>
  decideRetry({
    outcome,
    method,
    repeats: 0,
    retries: 1,
    unsafeAllowed: false,
    backoffCapMs: 60_000,
    now,
    random: () => 0.5,
    ...more,
  }).repeat;

describe('what is repeated', () => {
  const rows: [string, Outcome, string, Partial<RetryInput>, boolean][] = [
    ...['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH'].map(
      (code): [string, Outcome, string, Partial<RetryInput>, boolean] => [
        `1 ${code}`,
        network(code, false),
        'POST',
        {},
        true,
      ],
    ),
    ...['ECONNRESET', 'ETIMEDOUT', 'ECONNABORTED', 'UND_ERR_SOCKET'].flatMap(
      (code): [string, Outcome, string, Partial<RetryInput>, boolean][] => [
        ...['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].map(
          (method): [string, Outcome, string, Partial<RetryInput>, boolean] => [
            `2 ${code}`,
            network(code),
            method,
            {},
            true,
          ],
        ),
        [`2 ${code}`, network(code), 'POST', {}, false],
        [`2 ${code}`, network(code), 'PATCH', {}, false],
        [`2 ${code}, allowed`, network(code), 'POST', { unsafeAllowed: true }, true],
      ],
    ),
    ['2 a connection that timed out before it opened', network('ETIMEDOUT', false), 'POST', {}, true],
    ['ours: unknown host is final', network('ENOTFOUND', false), 'GET', {}, false],
    ['ours: TLS is final', network('CERT_HAS_EXPIRED'), 'GET', {}, false],
    ['3 listed 403', status(403), 'POST', { rules: { error_code: ['403'] } }, true],
    ['3 listed class', status(502), 'GET', { rules: { error_code: ['5xx'] } }, true],
    ['3 listed class, POST', status(502), 'POST', { rules: { error_code: ['5xx'] } }, false],
    ['3 listed class, POST 503', status(503), 'POST', { rules: { error_code: ['5xx'] } }, true],
    ['3 range', status(501), 'GET', { rules: { error_code: ['500-502'] } }, true],
    ['3 replaces the default', status(503), 'GET', { rules: { error_code: ['500-502'] } }, false],
    ['3 ours: 429 always', status(429), 'GET', { rules: { error_code: ['403'] } }, true],
    ['4 429', status(429), 'POST', {}, true],
    ['4 503', status(503), 'PATCH', {}, true],
    ['4 500', status(500), 'GET', {}, true],
    ['4 500, PUT', status(500), 'PUT', {}, true],
    ['4 500, POST', status(500), 'POST', {}, false],
    ['4 500, POST allowed', status(500), 'POST', { unsafeAllowed: true }, true],
    ['4 ours: 408', status(408), 'GET', {}, true],
    ['4 ours: 425', status(425), 'GET', {}, true],
    ['4 404', status(404), 'GET', {}, false],
    ['4 200', status(200), 'GET', {}, false],
    ['4 401 is section 11', status(401), 'GET', { rules: { error_code: ['401'] } }, false],
    ['5 retryOn', status(404), 'POST', { retryOn: [404, 429] }, true],
    ['5 retryOn 401', status(401), 'GET', { retryOn: [401] }, true],
    ['6 remaining 0', status(403, { 'x-left': '0' }), 'GET', { rules: { remaining: 'X-Left' } }, true],
    ['6 remaining 1', status(403, { 'x-left': '1' }), 'GET', { rules: { remaining: 'x-left' } }, false],
    ['6 remaining 0 on success', status(200, { 'x-left': '0' }), 'GET', { rules: { remaining: 'x-left' } }, false],
    ['budget used', status(503), 'GET', { repeats: 1 }, false],
    ['no budget', status(503), 'GET', { retries: 0 }, false],
  ];
  it.each(rows)('%s: %o by %s', (_row, outcome, method, more, expected) => {
    expect(repeats(outcome, method, more)).toBe(expected);
  });
});

describe('how long', () => {
  const wait = (input: Partial<WaitInput>) =>
    retryWait({ repeats: 0, backoffCapMs: 60_000, now, random: () => 0, ...input });
  const inS = (seconds: number) => String(now / 1000 + seconds);

  it.each<[string, Partial<WaitInput>, { waitMs: number; source: string }]>([
    [
      '1 caller at',
      { caller: { at: 'X-At' }, headers: { 'x-at': inS(9), 'retry-after': '1' }, rules: { at: 'x-at' } },
      { waitMs: 9000, source: 'caller' },
    ],
    [
      '1 caller after, longest of several',
      { caller: { after: ['a', 'b'] }, headers: { a: '3', b: '5' } },
      { waitMs: 5000, source: 'caller' },
    ],
    [
      '2 at before after',
      { rules: { at: 'r', after: 'retry-after' }, headers: { r: inS(7), 'retry-after': '2' } },
      { waitMs: 7000, source: 'at' },
    ],
    [
      '2 a past moment is none',
      { rules: { at: 'r', after: 'w' }, headers: { r: inS(-7), w: '2' } },
      { waitMs: 2000, source: 'after' },
    ],
    ['3 after', { rules: { after: ['w', 'v'] }, headers: { w: '2', v: '1' } }, { waitMs: 2000, source: 'after' }],
    [
      '4 in_body at',
      {
        rules: { in_body: { path: 'error.message', value: '/Retry after (.+)/', strategy: 'at' } },
        body: { error: { message: 'Limit. Retry after 2026-03-05T00:00:11.000Z' } },
      },
      { waitMs: 11_000, source: 'in_body' },
    ],
    [
      '4 in_body after',
      {
        rules: { in_body: { path: 'm', value: '/in (\\d+) seconds/i', strategy: 'after' } },
        body: { m: 'try IN 4 seconds' },
      },
      { waitMs: 4000, source: 'in_body' },
    ],
    ['5 Retry-After, seconds', { headers: { 'retry-after': '3' } }, { waitMs: 3000, source: 'retry-after' }],
    [
      '5 Retry-After, date',
      { headers: { 'retry-after': 'Thu, 05 Mar 2026 00:00:05 GMT' } },
      { waitMs: 5000, source: 'retry-after' },
    ],
    ['5 Retry-After 0', { headers: { 'retry-after': '0' } }, { waitMs: 0, source: 'retry-after' }],
    [
      'absurd values are ignored',
      { headers: { 'retry-after': '90000' }, random: () => 0.5 },
      { waitMs: 500, source: 'backoff' },
    ],
    [
      'negative values are ignored',
      { headers: { 'retry-after': '-5' }, random: () => 0.5 },
      { waitMs: 500, source: 'backoff' },
    ],
    ['6 back-off grows', { repeats: 3, random: () => 0.5 }, { waitMs: 4000, source: 'backoff' }],
    ['6 back-off is capped', { repeats: 90, random: () => 0.5 }, { waitMs: 30_000, source: 'backoff' }],
    [
      'header waits get a tenth',
      { headers: { 'retry-after': '3' }, random: () => 0.5 },
      { waitMs: 3150, source: 'retry-after' },
    ],
    [
      'a tenth is at most a second',
      { headers: { 'retry-after': '50' }, random: () => 0.5 },
      { waitMs: 50_500, source: 'retry-after' },
    ],
  ])('%s', (_row, input, expected) => {
    expect(wait(input)).toEqual(expected);
  });

  it.each<[string, number | undefined]>([
    ['30', 30_000],
    ['0.5', 500],
    ['500ms', 500],
    ['30s', 30_000],
    ['6m0s', 360_000],
    ['1h2m', 3_720_000],
    ['PT1M30S', 90_000],
    ['P1D', 86_400_000],
    ['', undefined],
    ['soon', undefined],
    ['-1', undefined],
    ['P', undefined],
  ])('reads the duration %j', (text, expected) => {
    expect(readDuration(text, now)).toBe(expected);
  });

  it.each<[string, number | undefined]>([
    [String(now + 1500), 1500],
    [String(now / 1000 + 2), 2000],
    [`${now / 1000 + 2}.5`, 2500],
    ['2026-03-05T00:00:03Z', 3000],
    ['30', undefined],
    ['never', undefined],
  ])('reads the moment %j', (text, expected) => {
    expect(readMoment(text, now)).toBe(expected);
  });
});

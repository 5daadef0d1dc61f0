import { describe, expect, it } from 'vitest';
import { parseRetryAfter, retryWaitMs } from './retry-wait.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

it.each<[string | null, number | undefined]>([
  ['3', 3_000],
  ['0', 0],
  ['-5', 0],
  ['Thu, 01 Jan 2026 00:00:07 GMT', 7_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
])('reads Retry-After %j', (text, ms) => {
  expect(parseRetryAfter(text, now)).toBe(ms);
});

describe('the wait', () => {
  const failed = { method: 'GET', status: 503, attempt: 0, maxRetries: 2, retryAfterMs: undefined, isOurs: true };

  it('is what the server says', () => {
    expect(retryWaitMs({ ...failed, retryAfterMs: 1_500 })).toBe(1_500);
  });

  it('grows, and is spread, when the server says nothing', () => {
    expect(retryWaitMs(failed, () => 0.5)).toBe(250);
    expect(retryWaitMs({ ...failed, attempt: 1 }, () => 0.5)).toBe(500);
    expect(retryWaitMs(failed, () => 0)).toBe(0);
  });

  it.each([
    ['what may have done something', { method: 'POST' }],
    ['an error that time does not mend', { status: 500 }],
    ['the third time', { attempt: 2 }],
    ['more than a minute', { retryAfterMs: 61_000 }],
    ['an upstream', { isOurs: false }],
  ])('is none for %s', (_what, change) => {
    expect(retryWaitMs({ ...failed, ...change })).toBeUndefined();
  });
});

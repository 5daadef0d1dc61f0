import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readTokenAnswer } from './token-answer.ts';

const receivedAt = new Date('2026-11-20T12:00:00Z');
const read = (body: unknown, { status = 200, contentType = 'application/json', entry = {} } = {}) => {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return readTokenAnswer({ status, contentType, retryAfter: undefined, receivedAt, bytes }, entry);
};
const expiryOf = (more: object, entry = {}) => {
  const result = read({ access_token: 'a', ...more }, { entry });
  return 'tokens' in result ? result.tokens.expiresAt?.toISOString() : 'no tokens';
};

it('never throws, whatever comes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.json(), fc.integer({ min: 200, max: 599 }), (bytes, json, status) => {
      read(Buffer.from(bytes), { status });
      read(json, { status });
    }),
  );
});

it('counts a lifetime from the moment the answer came', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 9 }), fc.boolean(), (seconds, asText) => {
      const expiry = new Date(receivedAt.getTime() + seconds * 1000).toISOString();
      expect(expiryOf({ expires_in: asText ? String(seconds) : seconds })).toBe(expiry);
      expect(expiryOf({ expires_in: seconds * 1000 }, { expires_in_unit: 'milliseconds' })).toBe(expiry);
    }),
  );
});

it.each([
  [{ expires_at: 1795176000 }, '2026-11-20T12:00:00.000Z'],
  [{ expires_at: 1795179600 }, '2026-11-20T13:00:00.000Z'],
  [{ expires_at: '1795179600000', expires_in: 60 }, '2026-11-20T13:00:00.000Z'],
  [{ expires_at: '2026-11-21T00:00:00+01:00' }, '2026-11-20T23:00:00.000Z'],
  [{ expires_at: '1:02:30' }, '2026-11-21T14:30:00.000Z'],
  [{ expires_at: '2020-01-01T00:00:00Z', expires_in: 60 }, '2026-11-20T12:01:00.000Z'],
  [{ expires_in: 0 }, undefined],
  [{ expires_in: 'soon' }, undefined],
  [{ expires_in: 1e300 }, undefined],
  [{}, undefined],
])('reads the expiry of %j', (answer, expected) => {
  expect(expiryOf(answer)).toBe(expected === receivedAt.toISOString() ? undefined : expected);
});

it('knows a life that stands only in the documentation, when the answer tells none', () => {
  const entry = { token_expires_in_ms: 3_600_000 };
  expect(expiryOf({}, entry)).toBe('2026-11-20T13:00:00.000Z');
  expect(expiryOf({ expires_in: -5 }, entry)).toBe('2026-11-20T13:00:00.000Z');
  expect(expiryOf({ expires_in: 60 }, entry)).toBe('2026-11-20T12:01:00.000Z');
  expect(expiryOf({}, { token_expires_in_ms: 0 })).toBeUndefined();
});

it('reads forms, whether they say so or not', () => {
  for (const contentType of ['application/x-www-form-urlencoded', 'text/plain']) {
    const result = read('access_token=a%20b&expires_in=60&refresh_token=r', { contentType });
    expect(result).toMatchObject({ tokens: { accessToken: 'a b', refreshToken: 'r' } });
  }
});

it('finds a token elsewhere, as itself or with what belongs to it', () => {
  const entry = { alternate_access_token_response_path: 'authed_user' };
  const nested = { ok: true, authed_user: { access_token: 'u', refresh_token: 'r', expires_in: 60 } };
  expect(read(nested, { entry })).toMatchObject({ tokens: { accessToken: 'u', refreshToken: 'r', data: nested } });
  expect(read({ authed_user: 'u' }, { entry })).toMatchObject({ tokens: { accessToken: 'u' } });
  expect(read({ access_token: 'top', authed_user: 'u' }, { entry })).toMatchObject({ tokens: { accessToken: 'top' } });
});

it.each([
  ['<html>sign in</html>', 200],
  ['', 200],
  [{ access_token: '' }, 200],
  [{ access_token: 'x'.repeat(20_000) }, 200],
  [{ access_token: 'a' }, 503],
  [[{ access_token: 'a' }], 200],
])('takes no token from %j with status %i', (body, status) => {
  expect(read(body, { status })).toEqual({ refusal: { status, error: undefined, description: undefined } });
});

it('tells what a refusal says', () => {
  const refusal = { status: 400, error: 'invalid_grant', description: 'used' };
  expect(read({ error: 'invalid_grant', error_description: 'used' }, { status: 400 })).toEqual({ refusal });
});

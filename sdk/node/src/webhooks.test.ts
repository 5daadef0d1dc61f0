import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkWebhook, Syncline } from './index.ts';

// The example of the Standard Webhooks specification.
const secret = 'whsec_plJ3nmyCDGBKInavdOK15jsl';
const body = '{"event_type":"ping","data":{"success":true}}';
const id = 'msg_loFOjxBNrRLzqYUf';
const timestamp = '1731705121';
const sign = (key: string, at = timestamp) =>
  `v1,${createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
    .update(`${id}.${at}.${body}`)
    .digest('base64')}`;
const headers = {
  'webhook-id': id,
  'webhook-timestamp': timestamp,
  'webhook-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
};
const nowMs = 1_731_705_121_000;
const check = (change: Partial<Parameters<typeof checkWebhook>[0]>) =>
  checkWebhook({ body, headers, secret, nowMs, ...change });

describe('Standard Webhooks', () => {
  it('accepts the signature of the specification’s example, and gives the id', () => {
    expect(check({})).toEqual({ valid: true, id });
    expect(check({ headers: new Headers(headers), body: Buffer.from(body) })).toEqual({ valid: true, id });
  });

  it('accepts one signature of several, and one secret of several', () => {
    const other = 'whsec_bm90IHRoaXMgb25l';
    const two = `${sign(other)} v1a,xyz ${headers['webhook-signature']}`;
    expect(check({ headers: { ...headers, 'Webhook-Signature': two } }).valid).toBe(true);
    expect(check({ secret: [other, secret] }).valid).toBe(true);
    expect(check({ secret: other })).toEqual({ valid: false, problem: 'invalid_signature' });
  });

  it.each<[string, object, string]>([
    ['another body', { body: `${body} ` }, 'invalid_signature'],
    ['another id', { headers: { ...headers, 'webhook-id': 'x' } }, 'invalid_signature'],
    [
      'another version',
      { headers: { ...headers, 'webhook-signature': sign(secret).replace('v1,', 'v2,') } },
      'invalid_signature',
    ],
    ['an empty signature', { headers: { ...headers, 'webhook-signature': 'v1,' } }, 'invalid_signature'],
    ['no signature', { headers: { 'webhook-id': id, 'webhook-timestamp': timestamp } }, 'missing_signature'],
    ['one of an hour ago', { nowMs: nowMs + 3_600_000 }, 'stale_timestamp'],
    ['one of the future', { nowMs: nowMs - 301_000 }, 'stale_timestamp'],
    [
      'a time that is none',
      { headers: { ...headers, 'webhook-timestamp': 'x', 'webhook-signature': sign(secret, 'x') } },
      'stale_timestamp',
    ],
  ])('refuses %s', (_what, change, problem) => {
    expect(check(change)).toEqual({ valid: false, problem });
  });
});

describe('the compatibility header', () => {
  const hmac = (key: string) => createHmac('sha256', key).update(body).digest('hex');
  const syncline = new Syncline({ apiKey: 'key', webhookSigningKey: 'signing' });

  it('is checked with the signing key, its name in any case', () => {
    expect(syncline.verifyIncomingWebhookRequest(body, { 'X-Nango-Hmac-Sha256': hmac('signing') })).toBe(true);
    expect(syncline.verifyIncomingWebhookRequest(Buffer.from(body), { 'x-nango-hmac-sha256': [hmac('signing')] })).toBe(
      true,
    );
    expect(syncline.verifyIncomingWebhookRequest(body, { 'x-nango-hmac-sha256': hmac('key') })).toBe(false);
    expect(syncline.verifyIncomingWebhookRequest(`${body} `, { 'x-nango-hmac-sha256': hmac('signing') })).toBe(false);
    expect(syncline.verifyIncomingWebhookRequest(body, {})).toBe(false);
  });

  it('falls back to the API key', () => {
    const plain = new Syncline({ apiKey: 'key' });
    expect(plain.verifyIncomingWebhookRequest(body, { 'x-nango-hmac-sha256': hmac('key') })).toBe(true);
  });

  it('is accepted from the key before, while it is being replaced', () => {
    const both = { 'x-nango-hmac-sha256': hmac('new'), 'x-nango-hmac-sha256-previous': hmac('signing') };
    expect(syncline.verifyIncomingWebhookRequest(body, both)).toBe(true);
  });
});

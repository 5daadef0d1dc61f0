// Is this webhook from Syncline? Both signatures that it sends, checked in constant time, on the bytes as they came.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Names in any case. */
export type WebhookHeaders = Headers | Readonly<Record<string, unknown>>;

export type WebhookProblem = 'missing_signature' | 'invalid_signature' | 'stale_timestamp';

export type WebhookVerdict = { valid: true; id: string } | { valid: false; problem: WebhookProblem };

export interface WebhookCheck {
  /** The raw bytes: parsed and written again, JSON is another text. */
  body: string | Uint8Array;
  headers: WebhookHeaders;
  /** The endpoint's `whsec_…`; several while one is being replaced. */
  secret: string | readonly string[];
  /** How old or early a delivery may be. Default 300. */
  toleranceSeconds?: number;
  nowMs?: number;
}

/**
 * Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`. The same event may come again with the same id:
 * keep the ids that you have handled.
 * @example
 * const verdict = checkWebhook({ body: rawBody, headers: request.headers, secret: process.env.SYNCLINE_WEBHOOK_SECRET });
 * if (!verdict.valid) return new Response(verdict.problem, { status: 401 });
 */
export function checkWebhook({
  body,
  headers,
  secret,
  toleranceSeconds = 300,
  nowMs = Date.now(),
}: WebhookCheck): WebhookVerdict {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => read(headers, `webhook-${name}`));
  if (!id || !timestamp || !signatures) return { valid: false, problem: 'missing_signature' };
  const given = signatures.split(' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : []));
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytesOf(body)]);
  const isSigned = [secret].flat().some((key) => {
    const expected = createHmac('sha256', Buffer.from(key.replace(/^whsec_/, ''), 'base64'))
      .update(content)
      .digest('base64');
    return given.some((signature) => equal(signature, expected));
  });
  if (!isSigned) return { valid: false, problem: 'invalid_signature' };
  const age = Math.abs(nowMs / 1000 - Number(timestamp));
  // Also for a time that is no number.
  if (!(age <= toleranceSeconds)) return { valid: false, problem: 'stale_timestamp' };
  return { valid: true, id };
}

/**
 * The header `X-Nango-Hmac-Sha256`: hex HMAC of the body with the environment's signing key. It has no time in it, so a delivery
 * can be replayed by whoever has seen it; `checkWebhook` has.
 */
export function checkHmac({
  body,
  headers,
  key,
}: {
  body: string | Uint8Array;
  headers: WebhookHeaders;
  key: string;
}): boolean {
  const expected = createHmac('sha256', key).update(bytesOf(body)).digest('hex');
  // While a key is being replaced, the digest of the old one comes along under the second name.
  return ['x-nango-hmac-sha256', 'x-nango-hmac-sha256-previous'].some((name) =>
    equal(read(headers, name) ?? '', expected),
  );
}

/** SHA-256 of key and body in one: open to length extension, kept for code that still asks. */
export const checkDigest = (signature: string, text: string, key: string): boolean =>
  equal(signature, createHash('sha256').update(`${key}${text}`).digest('hex'));

function read(headers: WebhookHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const value: unknown = Array.isArray(found) ? found[0] : found;
  return typeof value === 'string' ? value : undefined;
}

const bytesOf = (body: string | Uint8Array): Uint8Array => (typeof body === 'string' ? Buffer.from(body) : body);

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

// What a request's method and headers say about making it again.

/** RFC 9110 section 9.2.1, and the reads of WebDAV (RFC 4918, RFC 3253): asking changes nothing. */
const safe = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT']);
/** RFC 9110 section 9.2.2: doing any other twice has the effect of doing it once. */
const unrepeatable = new Set(['POST', 'PATCH']);
/** draft-ietf-httpapi-idempotency-key-header, what came before it, and PayPal's own name for it. */
const idempotencyHeaders = ['idempotency-key', 'x-idempotency-key', 'paypal-request-id'];

/** @param method in any case */
export const isSafe = (method: string): boolean => safe.has(method.toUpperCase());

/** @param method in any case */
export const isRepeatable = (method: string): boolean => !unrepeatable.has(method.toUpperCase());

/** @param entryHeader the provider's own, of its catalogue entry */
export function hasIdempotencyKey(headers: Readonly<Record<string, unknown>>, entryHeader?: string): boolean {
  const names = [...idempotencyHeaders, entryHeader?.toLowerCase()];
  return Object.keys(headers).some((name) => names.includes(name.toLowerCase()));
}

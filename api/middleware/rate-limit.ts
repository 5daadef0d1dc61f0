// A bucket for each API key, generous by default: it stops a runaway loop, not a busy app.
import { createMiddleware } from 'hono/factory';
import { SynclineError } from '../../core/errors.ts';
import type { ApiEnv } from '../context.ts';
import { createTokenBuckets } from '../token-bucket.ts';

export const defaultRequestsPerMinute = 120_000;

export function rateLimit({ requestsPerMinute = defaultRequestsPerMinute } = {}) {
  const buckets = createTokenBuckets({ perMinute: requestsPerMinute });
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { allowed, remaining, resetMs } = buckets.take(c.get('apiKey').id);
    const seconds = Math.max(1, Math.ceil(resetMs / 1000));
    const headers: Record<string, string> = {
      'X-RateLimit-Limit': String(requestsPerMinute),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': String(Math.ceil((Date.now() + resetMs) / 1000)),
      // draft-ietf-httpapi-ratelimit-headers-10
      'RateLimit-Policy': `"key";q=${requestsPerMinute};w=60`,
      RateLimit: `"key";r=${remaining};t=${seconds}`,
    };
    if (!allowed) {
      for (const [name, value] of Object.entries(headers)) c.header(name, value);
      throw new SynclineError('too_many_request', `This key made more than ${requestsPerMinute} requests a minute.`, {
        status: 429,
        retryable: true,
        retryAfterMs: seconds * 1000,
      });
    }
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  });
}

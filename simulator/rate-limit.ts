// Refuses callers that ask too often, and says so in one of the dialects that providers speak.
import { failure, type Reply } from './reply.ts';

export const dialects = [
  'retry-after-seconds',
  'retry-after-date',
  'x-ratelimit',
  'x-ratelimit-ms',
  'ratelimit-draft',
  'bucket',
  '403',
  'bare',
] as const;

export type Dialect = (typeof dialects)[number];

export interface RateLimitOptions {
  dialect: Dialect;
  /** Requests per window, or the size of the bucket. Default 100; `bucket` 40. */
  limit?: number;
  windowMs?: number;
  /** `bucket` only: what leaks out, default 2 a second. */
  leakPerSecond?: number;
}

interface State {
  used: number;
  /** End of the window, or when the bucket was last looked at. */
  atMs: number;
}

export interface Verdict {
  /** For any answer to this request. */
  headers: Record<string, string>;
  refusal: Reply | undefined;
}

export type RateLimit = ReturnType<typeof createRateLimit>;

const maxCallers = 100_000;

export function createRateLimit(now: () => number = Date.now) {
  let options: RateLimitOptions | undefined;
  const states = new Map<string, State>();
  let refused = 0;

  function countWindow({ dialect, limit = 100, windowMs = 60_000 }: RateLimitOptions, key: string): Verdict {
    const nowMs = now();
    let state = states.get(key);
    if (!state || nowMs >= state.atMs) state = remember(key, { used: 0, atMs: nowMs + windowMs });
    const allowed = state.used < limit;
    if (allowed) state.used += 1;
    const window: Window = { limit, remaining: limit - state.used, resetAtMs: state.atMs, windowMs, nowMs };
    return { headers: describe[dialect](window, !allowed), refusal: allowed ? undefined : refuse(dialect) };
  }

  function countBucket({ limit = 40, leakPerSecond = 2 }: RateLimitOptions, key: string): Verdict {
    const nowMs = now();
    const state = states.get(key) ?? remember(key, { used: 0, atMs: nowMs });
    state.used = Math.max(0, state.used - ((nowMs - state.atMs) / 1000) * leakPerSecond);
    state.atMs = nowMs;
    const allowed = state.used + 1 <= limit;
    if (allowed) state.used += 1;
    // Shopify's spelling, https://shopify.dev/docs/api/admin-rest/usage/rate-limits
    const headers: Record<string, string> = { 'x-shopify-shop-api-call-limit': `${Math.ceil(state.used)}/${limit}` };
    if (!allowed) headers['retry-after'] = Math.max(1, Math.ceil((state.used + 1 - limit) / leakPerSecond)).toFixed(1);
    return { headers, refusal: allowed ? undefined : refuse('bucket') };
  }

  function refuse(dialect: Dialect): Reply {
    refused += 1;
    return failure(dialect === '403' ? 403 : 429, 'rate_limited', 'API rate limit exceeded.');
  }

  function remember(key: string, state: State): State {
    if (states.size >= maxCallers) states.clear();
    states.set(key, state);
    return state;
  }

  return {
    /** Undefined switches it off. Either way everybody starts anew. */
    set(next: RateLimitOptions | undefined): void {
      options = next;
      states.clear();
    },
    get options(): RateLimitOptions | undefined {
      return options;
    },
    get refused(): number {
      return refused;
    },
    clear(): void {
      states.clear();
      refused = 0;
    },
    take(key: string): Verdict {
      if (!options) return { headers: {}, refusal: undefined };
      return options.dialect === 'bucket' ? countBucket(options, key) : countWindow(options, key);
    },
  };
}

interface Window {
  limit: number;
  remaining: number;
  resetAtMs: number;
  windowMs: number;
  nowMs: number;
}

/** Rounded up everywhere: whoever waits as told must not be early. */
const secondsUntil = ({ resetAtMs, nowMs }: Window): number => Math.max(1, Math.ceil((resetAtMs - nowMs) / 1000));

const counted = ({ limit, remaining }: Window, reset: number) => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(reset),
});

const describe: Record<Dialect, (window: Window, refused: boolean) => Record<string, string>> = {
  'retry-after-seconds': (window, refused) => (refused ? { 'retry-after': String(secondsUntil(window)) } : {}),
  'retry-after-date': ({ resetAtMs }, refused) =>
    refused ? { 'retry-after': new Date(Math.ceil(resetAtMs / 1000) * 1000).toUTCString() } : {},
  'x-ratelimit': (window) => counted(window, Math.ceil(window.resetAtMs / 1000)),
  'x-ratelimit-ms': (window) => counted(window, window.resetAtMs),
  // draft-ietf-httpapi-ratelimit-headers-10
  'ratelimit-draft': (window) => ({
    'ratelimit-policy': `"default";q=${window.limit};w=${Math.ceil(window.windowMs / 1000)}`,
    ratelimit: `"default";r=${window.remaining};t=${secondsUntil(window)}`,
  }),
  bucket: () => ({}), // counted apart
  // GitHub's primary limit answers 403, https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
  '403': (window) => counted(window, Math.ceil(window.resetAtMs / 1000)),
  bare: () => ({}),
};

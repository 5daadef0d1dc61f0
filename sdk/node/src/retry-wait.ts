// Whether and when a call is repeated by itself: never one that may have done something.

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT']);
/** Longer waits are the caller's to plan; the error says how long. */
const maxWaitMs = 60_000;
const firstWaitMs = 500;

export interface Failed {
  method: string;
  status: number;
  /** From 0. */
  attempt: number;
  maxRetries: number;
  retryAfterMs: number | undefined;
  /** Answered by the API itself, not by an upstream behind the proxy, which has its own `retries`. */
  isOurs: boolean;
}

/** Undefined: do not repeat. */
export function retryWaitMs(failed: Failed, random: () => number = Math.random): number | undefined {
  const { method, status, attempt, maxRetries, retryAfterMs, isOurs } = failed;
  if (!isOurs || attempt >= maxRetries || !safeMethods.has(method) || (status !== 429 && status !== 503))
    return undefined;
  // Without a word from the server: full jitter, so that many clients do not come back at once.
  const waitMs = retryAfterMs ?? random() * firstWaitMs * 2 ** attempt;
  return waitMs > maxWaitMs ? undefined : waitMs;
}

/** RFC 9110 section 10.2.3: seconds or a date. */
export function parseRetryAfter(text: string | null | undefined, nowMs: number = Date.now()): number | undefined {
  if (text === null || text === undefined || text.trim() === '') return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

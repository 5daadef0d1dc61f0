// A bucket of tokens for each name, in this process: refills steadily, holds a minute's worth.

export interface Take {
  allowed: boolean;
  remaining: number;
  /** Until the bucket is full again, or, when refused, until one token is back. */
  resetMs: number;
}

export interface TokenBuckets {
  readonly perMinute: number;
  take(name: string): Take;
  /** Would `take` be allowed? Takes nothing. */
  has(name: string): boolean;
}

const maxBuckets = 10_000;

/** @example createTokenBuckets({ perMinute: 600 }).take('10.0.0.1').allowed */
export function createTokenBuckets({
  perMinute,
  now = Date.now,
}: {
  perMinute: number;
  now?: () => number;
}): TokenBuckets {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const perMs = perMinute / 60_000;

  function refilled(name: string) {
    const nowMs = now();
    const bucket = buckets.get(name) ?? { tokens: perMinute, atMs: nowMs };
    bucket.tokens = Math.min(perMinute, bucket.tokens + (nowMs - bucket.atMs) * perMs);
    bucket.atMs = nowMs;
    return bucket;
  }

  function dropFull(): void {
    for (const name of buckets.keys()) if (refilled(name).tokens >= perMinute) buckets.delete(name);
    if (buckets.size >= maxBuckets) buckets.clear();
  }

  return {
    perMinute,
    has: (name) => refilled(name).tokens >= 1,
    take(name) {
      const bucket = refilled(name);
      if (!buckets.has(name)) {
        if (buckets.size >= maxBuckets) dropFull();
        buckets.set(name, bucket);
      }
      if (bucket.tokens < 1) return { allowed: false, remaining: 0, resetMs: (1 - bucket.tokens) / perMs };
      bucket.tokens -= 1;
      return { allowed: true, remaining: Math.floor(bucket.tokens), resetMs: (perMinute - bucket.tokens) / perMs };
    },
  };
}

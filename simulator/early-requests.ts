// Counts requests that come before the time that the answer before them had named: the proof that waits are obeyed.

export type EarlyRequests = ReturnType<typeof createEarlyRequests>;

const maxCallers = 100_000;

export function createEarlyRequests(now: () => number = Date.now) {
  const notBefore = new Map<string, number>();
  let count = 0;

  return {
    /** Call when a request arrives. */
    check(key: string): boolean {
      const early = now() < (notBefore.get(key) ?? 0);
      if (early) count += 1;
      return early;
    },
    /** Call with what is about to be answered. */
    note(key: string, status: number, headers: Record<string, string | string[]>): void {
      if (status !== 429 && status !== 403 && status !== 503) return;
      const untilMs = statedTime(headers, now());
      if (untilMs === undefined) return;
      if (notBefore.size >= maxCallers) notBefore.clear();
      notBefore.set(key, Math.max(untilMs, notBefore.get(key) ?? 0));
    },
    clear(): void {
      notBefore.clear();
      count = 0;
    },
    get count(): number {
      return count;
    },
  };
}

/** The earliest moment that the headers allow, in any of our dialects. */
export function statedTime(headers: Record<string, string | string[]>, nowMs: number): number | undefined {
  const read = (name: string) => [headers[name] ?? []].flat()[0];
  const after = read('retry-after');
  if (after !== undefined)
    return /^[\d.]+$/.test(after) ? nowMs + Number(after) * 1000 : Date.parse(after) || undefined;
  const reset = Number(read('x-ratelimit-reset') ?? Number.NaN);
  if (Number.isFinite(reset)) return reset > 1e11 ? reset : reset * 1000; // epoch milliseconds or seconds
  const draft = /t=(\d+)/.exec(read('ratelimit') ?? '');
  return draft ? nowMs + Number(draft[1]) * 1000 : undefined;
}

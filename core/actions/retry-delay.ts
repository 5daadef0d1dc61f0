// How long an asynchronous action waits before its next try: full jitter, from 1 s up to 5 min.
const firstMs = 1_000;
const factor = 4;
const maxMs = 5 * 60_000;

/**
 * @param tries that have failed, at least 1
 * @param notBeforeMs what the failure itself asked for
 */
export function retryDelayMs(tries: number, { notBeforeMs = 0, random = Math.random } = {}): number {
  const bound = Math.min(maxMs, firstMs * factor ** (tries - 1));
  return Math.round(Math.max(notBeforeMs, random() * bound));
}

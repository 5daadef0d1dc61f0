// When a token is renewed before it ends: early enough that a failed try has room, spread so that not all come at once.
import type { Provider } from '../../providers/schema.ts';
import { minEarlyMs } from './credential.ts';

type Margins = Pick<Provider, 'token_expiration_buffer' | 'max_refresh_margin_seconds'>;

interface Renewed {
  /** undefined: not told, so never renewed by time. */
  expiresAt: Date | undefined;
  receivedAt: Date;
  entry: Margins;
  /** 0 ≤ n < 1 */
  random: () => number;
}

/** For a token that has just come, so that its whole life is known. */
export function renewalTime({ expiresAt, receivedAt, entry, random }: Renewed): Date | null {
  if (!expiresAt) return null;
  const lifeMs = expiresAt.getTime() - receivedAt.getTime();
  const earlyMs = Math.max(minEarlyMs, lifeMs / 10, (entry.token_expiration_buffer ?? 0) * 1000);
  // A token of a few minutes would be due as soon as it came.
  const marginMs = Math.min(earlyMs * (1 + random() * 0.2), Math.max(lifeMs, 0) / 2, longestMarginMs(entry));
  return new Date(expiresAt.getTime() - marginMs);
}

/** For a stored one: some providers refuse a renewal that comes too early, and an import knows nothing of that. */
export function isDue(
  { refreshAt, expiresAt }: { refreshAt: Date | null; expiresAt: Date | null },
  { entry, nowMs }: { entry: Margins; nowMs: number },
): boolean {
  if (!refreshAt) return false;
  const earliestMs = expiresAt ? expiresAt.getTime() - longestMarginMs(entry) : 0;
  return Math.max(refreshAt.getTime(), earliestMs) <= nowMs;
}

const longestMarginMs = ({ max_refresh_margin_seconds }: Margins): number =>
  max_refresh_margin_seconds === undefined ? Number.POSITIVE_INFINITY : max_refresh_margin_seconds * 1000;

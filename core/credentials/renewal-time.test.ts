import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isDue, renewalTime } from './renewal-time.ts';

const receivedAt = new Date('2026-11-20T12:00:00Z');
const marginMs = (lifeMs: number, chance: number, entry = {}) => {
  const expiresAt = new Date(receivedAt.getTime() + lifeMs);
  return expiresAt.getTime() - renewalTime({ expiresAt, receivedAt, entry, random: () => chance })!.getTime();
};

it('renews five minutes or a tenth of the life early, a little spread, and never in the first half of the life', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 10 ** 11 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (lifeMs, chance) => {
        const margin = marginMs(lifeMs, chance);
        const wanted = Math.max(300_000, lifeMs / 10);
        expect(margin).toBeGreaterThanOrEqual(Math.min(wanted, lifeMs / 2) - 1);
        expect(margin).toBeLessThanOrEqual(Math.min(wanted * 1.2, lifeMs / 2) + 1);
      },
    ),
  );
});

it("obeys the entry's margins", () => {
  expect(marginMs(3_600_000, 0, { token_expiration_buffer: 900 })).toBe(900_000);
  expect(marginMs(600_000, 0.5, { max_refresh_margin_seconds: 30 })).toBe(30_000);
});

it('does not ask too early for a stored token whose provider forbids it', () => {
  const refreshAt = receivedAt;
  const expiresAt = new Date(receivedAt.getTime() + 300_000);
  const at = (afterMs: number, entry = {}) =>
    isDue({ refreshAt, expiresAt }, { entry, nowMs: receivedAt.getTime() + afterMs });
  expect([at(-1), at(0)]).toEqual([false, true]);
  const entry = { max_refresh_margin_seconds: 30 };
  expect([at(269_999, entry), at(270_000, entry)]).toEqual([false, true]);
  expect(isDue({ refreshAt: null, expiresAt }, { entry, nowMs: Number.MAX_SAFE_INTEGER })).toBe(false);
});

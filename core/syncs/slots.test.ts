import fc from 'fast-check';
import { expect, it } from 'vitest';
import { slotAfter, slotOffsetMs } from './slots.ts';

const hour = 3_600_000;

it('gives a slot on the grid, later than asked, by at most one period', () => {
  fc.assert(
    fc.property(fc.nat(2e12), fc.integer({ min: 30_000, max: 744 * hour }), fc.string(), (now, periodMs, syncId) => {
      const offset = slotOffsetMs(syncId, periodMs);
      const slot = slotAfter(now, periodMs, offset);
      expect(slot).toBeGreaterThan(now);
      expect(slot - now).toBeLessThanOrEqual(periodMs);
      expect(Math.abs(slot - offset) % periodMs).toBe(0);
    }),
  );
});

it('gives the next slot when asked exactly on one', () => {
  expect(slotAfter(10 * hour, hour, 0)).toBe(11 * hour);
});

it('spreads ten thousand hourly syncs evenly over the hour', () => {
  const buckets = new Array<number>(60).fill(0);
  for (let n = 0; n < 10_000; n++) buckets[Math.floor(slotOffsetMs(`sync-${n}`, hour) / 60_000)]!++;
  expect(Math.max(...buckets)).toBeLessThan((10_000 / 60) * 1.5);
});

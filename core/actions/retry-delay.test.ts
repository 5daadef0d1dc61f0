import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';

it('is spread from nothing to a bound that grows from 1 s to 5 min', () => {
  const bounds = [1, 2, 3, 4, 5, 6].map((tries) => retryDelayMs(tries, { random: () => 1 }));
  expect(bounds).toEqual([1_000, 4_000, 16_000, 64_000, 256_000, 300_000]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, chance) => {
      const delayMs = retryDelayMs(tries, { random: () => chance });
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(300_000);
    }),
  );
});

it('is never shorter than what was asked for', () => {
  expect(retryDelayMs(1, { notBeforeMs: 30_000, random: () => 0.5 })).toBe(30_000);
});

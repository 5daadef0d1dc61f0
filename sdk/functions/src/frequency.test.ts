import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maxFrequencyMs, minFrequencyMs, parseFrequency } from './frequency.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

it.each([
  ['every hour', hour],
  ['every 1h', hour],
  ['every 1 hour', hour],
  ['1h', hour],
  ['every 5 minutes', 5 * minute],
  ['every 5m', 5 * minute],
  ['every 6min', 6 * minute],
  ['every day', day],
  ['every 6 hours', 6 * hour],
  ['every half hour', 30 * minute],
  ['every quarter hour', 15 * minute],
  ['every half day', 12 * hour],
  ['every week', 7 * day],
  ['every 2 weeks', 14 * day],
  ['every month', 30 * day],
  ['every 30s', 30_000],
  ['every 31d', 31 * day],
  ['  Every 5 Minutes ', 5 * minute],
])('reads %j as %i ms', (text, ms) => {
  expect(parseFrequency(text)).toEqual({ ms });
});

it.each([
  ['every 29 seconds', 'sync_interval_too_short'],
  ['every second', 'sync_interval_too_short'],
  ['every 0 minutes', 'sync_interval_too_short'],
  ['every 32 days', 'sync_interval_too_long'],
  ['every 5 weeks', 'sync_interval_too_long'],
  ['', 'invalid_interval'],
  ['every', 'invalid_interval'],
  ['5', 'invalid_interval'],
  ['every 1.5 hours', 'invalid_interval'],
  ['every -5 minutes', 'invalid_interval'],
  ['every 2 months', 'invalid_interval'],
  ['every 2 half day', 'invalid_interval'],
  ['* * * * *', 'invalid_interval'],
  ['constructor', 'invalid_interval'],
])('refuses %j as %s', (text, code) => {
  expect(parseFrequency(text)).toMatchObject({ code });
});

const units: [string[], number][] = [
  [['s', 'sec', 'secs', 'second', 'seconds'], 1_000],
  [['m', 'min', 'mins', 'minute', 'minutes'], minute],
  [['h', 'hr', 'hrs', 'hour', 'hours'], hour],
  [['d', 'day', 'days'], day],
  [['w', 'week', 'weeks'], 7 * day],
];
const unit = fc.constantFrom(...units.flatMap(([names, ms]) => names.map((name) => ({ name, ms }))));

it('reads count times unit in every spelling, or says which bound it breaks', () => {
  fc.assert(
    fc.property(fc.nat(5_000), unit, fc.boolean(), fc.boolean(), (count, { name, ms }, every, space) => {
      const text = `${every ? 'every ' : ''}${count}${space ? ' ' : ''}${name}`;
      const wanted = count * ms;
      if (wanted < minFrequencyMs) expect(parseFrequency(text).code).toBe('sync_interval_too_short');
      else if (wanted > maxFrequencyMs) expect(parseFrequency(text).code).toBe('sync_interval_too_long');
      else expect(parseFrequency(text)).toEqual({ ms: wanted });
    }),
  );
});

it('never throws and never gives a period outside the bounds', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { ms } = parseFrequency(text);
      if (ms === undefined) return;
      expect(ms).toBeGreaterThanOrEqual(minFrequencyMs);
      expect(ms).toBeLessThanOrEqual(maxFrequencyMs);
    }),
  );
});

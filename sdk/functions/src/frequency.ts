// How often a sync runs: the one parser of that text, for the compiler, the API and the scheduler.

export type FrequencyErrorCode = 'invalid_interval' | 'sync_interval_too_short' | 'sync_interval_too_long';

export type Frequency =
  | { readonly ms: number; readonly code?: never }
  | { readonly ms?: never; readonly code: FrequencyErrorCode; readonly message: string };

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export const minFrequencyMs = 30 * secondMs;
export const maxFrequencyMs = 31 * dayMs;

const phrases: Record<string, number> = {
  'half day': 12 * hourMs,
  'half hour': 30 * minuteMs,
  'quarter hour': 15 * minuteMs,
  month: 30 * dayMs,
};

const units: [RegExp, number][] = [
  [/^(s|secs?|seconds?)$/, secondMs],
  [/^(m|mins?|minutes?)$/, minuteMs],
  [/^(h|hrs?|hours?)$/, hourMs],
  [/^(d|days?)$/, dayMs],
  [/^(w|weeks?)$/, 7 * dayMs],
];

/**
 * Reads `every 5 minutes`, `1h`, `every half day`, …; case and outer white space do not matter.
 * @returns `{ ms }`, or `{ code, message }` when it is no frequency, under 30 seconds or over 31 days.
 * @example const frequency = parseFrequency('every 6 hours'); // { ms: 21_600_000 }
 */
export function parseFrequency(text: string): Frequency {
  const ms = readMs(text.trim().toLowerCase());
  if (ms === undefined) {
    return { code: 'invalid_interval', message: `"${text}" is no frequency. Write for example "every 5 minutes".` };
  }
  if (ms < minFrequencyMs) return { code: 'sync_interval_too_short', message: `"${text}" is under 30 seconds.` };
  if (ms > maxFrequencyMs) return { code: 'sync_interval_too_long', message: `"${text}" is over 31 days.` };
  return { ms };
}

function readMs(text: string): number | undefined {
  const rest = text.startsWith('every ') ? text.slice('every '.length) : text;
  if (Object.hasOwn(phrases, rest)) return phrases[rest];
  const [, digits, unit] = /^(\d*)\s?([a-z]+)$/.exec(rest) ?? [];
  const unitMs = units.find(([pattern]) => unit !== undefined && pattern.test(unit))?.[1];
  if (unitMs === undefined) return undefined;
  return digits === '' ? unitMs : Number(digits) * unitMs;
}

// Writes an instant in UTC by the day.js tokens that catalogue templates use.
const two = (value: number): string => String(value).padStart(2, '0');

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]; // prettier-ignore

const tokens: Record<string, (at: Date) => string> = {
  YYYY: (at) => String(at.getUTCFullYear()).padStart(4, '0'),
  YY: (at) => two(at.getUTCFullYear() % 100),
  MMMM: (at) => months[at.getUTCMonth()]!,
  MMM: (at) => months[at.getUTCMonth()]!.slice(0, 3),
  MM: (at) => two(at.getUTCMonth() + 1),
  M: (at) => String(at.getUTCMonth() + 1),
  DD: (at) => two(at.getUTCDate()),
  D: (at) => String(at.getUTCDate()),
  dddd: (at) => days[at.getUTCDay()]!,
  ddd: (at) => days[at.getUTCDay()]!.slice(0, 3),
  dd: (at) => days[at.getUTCDay()]!.slice(0, 2),
  d: (at) => String(at.getUTCDay()),
  HH: (at) => two(at.getUTCHours()),
  H: (at) => String(at.getUTCHours()),
  hh: (at) => two(at.getUTCHours() % 12 || 12),
  h: (at) => String(at.getUTCHours() % 12 || 12),
  A: (at) => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
  a: (at) => (at.getUTCHours() < 12 ? 'am' : 'pm'),
  mm: (at) => two(at.getUTCMinutes()),
  m: (at) => String(at.getUTCMinutes()),
  ss: (at) => two(at.getUTCSeconds()),
  s: (at) => String(at.getUTCSeconds()),
  SSS: (at) => String(at.getUTCMilliseconds()).padStart(3, '0'),
  ZZ: () => '+0000',
  Z: () => '+00:00',
  X: (at) => String(Math.floor(at.getTime() / 1000)),
  x: (at) => String(at.getTime()),
};

const pattern = /\[([^\]]*)\]|Y{2,4}|M{1,4}|D{1,2}|d{1,4}|H{1,2}|h{1,2}|A|a|m{1,2}|s{1,2}|SSS|Z{1,2}|X|x/g;

/** @example formatUtc(new Date(0), 'YYYY-MM-DD[T]HH:mm:ss[Z]') // '1970-01-01T00:00:00Z' */
export function formatUtc(at: Date, format: string): string {
  return format.replace(pattern, (token, literal: string | undefined) => literal ?? tokens[token]?.(at) ?? token);
}

const unitMs: Record<string, number> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};

/**
 * The `now` of a template: `now`, `now:FORMAT`, `now+7:days:FORMAT`, `now-1:hour`.
 * @returns undefined when the text is none of these.
 */
export function renderNow(name: string, at: Date): string | undefined {
  const match = /^now(?:([+-]\d+):([a-z]+?)s?)?(?::(.+))?$/s.exec(name);
  if (match === null) return undefined;
  const [, amount, unit, format] = match;
  const moved = amount === undefined || unit === undefined ? at : shift(at, { amount: Number(amount), unit });
  if (moved === undefined) return undefined;
  return format === undefined ? moved.toISOString() : formatUtc(moved, format);
}

function shift(at: Date, { amount, unit }: { amount: number; unit: string }): Date | undefined {
  const ms = unitMs[unit];
  if (ms !== undefined) return new Date(at.getTime() + amount * ms);
  const moved = new Date(at);
  if (unit === 'month') moved.setUTCMonth(moved.getUTCMonth() + amount);
  else if (unit === 'year') moved.setUTCFullYear(moved.getUTCFullYear() + amount);
  else return undefined;
  return moved;
}

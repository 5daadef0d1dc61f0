// How long to wait before a repeat: what the answer says, in every spelling that providers use, else back-off with full jitter.

import { readOwnPath } from '@syncline/functions/paginate';
import type { RetryRules } from './entry.ts';

export interface RetryHeader {
  at?: string | readonly string[] | undefined;
  after?: string | readonly string[] | undefined;
}

export interface WaitInput {
  /** Absent after a network error. */
  headers?: Readonly<Record<string, string | string[]>> | undefined;
  /** Parsed error body; only read for `in_body`. */
  body?: unknown;
  caller?: RetryHeader | undefined;
  rules?: RetryRules | undefined;
  /** Repeats made so far. */
  repeats: number;
  backoffCapMs: number;
  now: number;
  /** 0 ≤ n < 1 */
  random: () => number;
}

export type WaitSource = 'caller' | 'at' | 'after' | 'in_body' | 'retry-after' | 'backoff';

const maxHeaderWaitMs = 86_400_000; // more is a provider's bug or an attack

export function retryWait(input: WaitInput): { waitMs: number; source: WaitSource } {
  const { headers = {}, caller, rules, repeats, backoffCapMs, now, random } = input;
  const at = (names: RetryHeader['at']) => longest(headers, names, (text) => readMoment(text, now));
  const after = (names: RetryHeader['after']) => longest(headers, names, (text) => readDuration(text, now));
  const candidates: [WaitSource, () => number | undefined][] = [
    ['caller', () => at(caller?.at) ?? after(caller?.after)],
    ['at', () => at(rules?.at)],
    ['after', () => after(rules?.after)],
    ['in_body', () => inBody(input)],
    ['retry-after', () => after('retry-after')],
  ];
  for (const [source, read] of candidates) {
    const wait = read();
    // Some lateness, so that those who were told the same moment do not all come at once.
    if (wait !== undefined) return { source, waitMs: Math.round(wait + random() * Math.min(1000, wait * 0.1)) };
  }
  return {
    source: 'backoff',
    waitMs: Math.round(random() * Math.min(backoffCapMs, 1000 * 2 ** Math.min(repeats, 30))),
  };
}

/** Epoch ms if that is after 1971, else epoch s; or a date. A past moment is no moment. */
export function readMoment(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  const number = /^\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
  const moment = number === undefined ? Date.parse(trimmed) : number > 31_536_000_000 ? number : number * 1000;
  return sensible(moment - now);
}

/** `30`, `0.5`, `500ms`, `30s`, `6m0s`, `PT1M30S`, an HTTP date. */
export function readDuration(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return sensible(Number(trimmed) * 1000);
  const spelled =
    /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/i.exec(
      trimmed,
    );
  const iso = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(
    trimmed,
  );
  const parts = (spelled ?? iso)?.slice(1);
  if (parts?.some((part) => part !== undefined)) {
    const unitsMs = [86_400_000, 3_600_000, 60_000, 1000, 1];
    return sensible(parts.reduce((sum, part, index) => sum + Number(part ?? 0) * unitsMs[index]!, 0));
  }
  // Date.parse would read "-5" as a year.
  return /[a-z]/i.test(trimmed) || trimmed.length > 9 ? sensible(Date.parse(trimmed) - now) : undefined;
}

function sensible(waitMs: number): number | undefined {
  return waitMs >= 0 && waitMs <= maxHeaderWaitMs ? waitMs : undefined; // NaN fails both
}

function longest(
  headers: Readonly<Record<string, string | string[]>>,
  names: RetryHeader['at'],
  read: (text: string) => number | undefined,
): number | undefined {
  const texts = [names ?? []].flat().flatMap((name) => headers[name.toLowerCase()] ?? []);
  const waits = texts.map(read).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function inBody({ body, rules, now }: WaitInput): number | undefined {
  const rule = rules?.in_body;
  const text = rule && readOwnPath(body, rule.path);
  if (rule === undefined || typeof text !== 'string') return undefined;
  const [, pattern = '', flags = ''] = /^\/(.+)\/([a-z]*)$/s.exec(rule.value) ?? [];
  const [, found] = new RegExp(pattern, flags.replace('g', '')).exec(text.slice(0, 4096)) ?? [];
  if (found === undefined) return undefined;
  return rule.strategy === 'at' ? readMoment(found, now) : readDuration(found, now);
}

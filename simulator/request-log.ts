// What came in and what went out, newest last, bounded: for assertions like "one renewal, one repeat".
import type { IncomingHttpHeaders } from 'node:http';

export interface RequestEntry {
  seq: number;
  at: string;
  method: string;
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
  /** Who called: `api-key`, `basic`, `oauth:<grant>`, `none`. */
  caller: string;
  status: number;
  bodyBytes: number;
  fault?: string;
  /** It came before the time that an earlier answer to the same caller had named. */
  early?: true;
  durationMs: number;
}

export type RequestLog = ReturnType<typeof createRequestLog>;

export function createRequestLog(limit = 20_000) {
  let entries: RequestEntry[] = [];
  let seq = 0; // never falls, so that `after` stays good over a clear
  let total = 0;

  return {
    append(entry: Omit<RequestEntry, 'seq'>): void {
      seq += 1;
      total += 1;
      entries.push({ seq, ...entry });
      if (entries.length > limit * 1.25) entries = entries.slice(-limit);
    },
    list({
      after = 0,
      limit: wanted = 1000,
      path,
    }: {
      after?: number;
      limit?: number;
      path?: string;
    } = {}): RequestEntry[] {
      return entries
        .filter((entry) => entry.seq > after && (path === undefined || entry.path === path))
        .slice(0, wanted);
    },
    clear(): void {
      entries = [];
      total = 0;
    },
    /** Requests since the last clear, also those no longer in the list. */
    get total(): number {
      return total;
    },
  };
}

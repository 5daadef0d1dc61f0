// The oracle: which revision of which row was served in which answer, and whether the answer can have arrived whole.
import { contactId } from './contact.ts';

/**
 * `whole`: every byte was handed over and the answer is well formed. `broken`: no correct client can have read it.
 * `unknown`: the client went away while it was being sent, or the answer is one that clients may read or refuse.
 */
export type Delivery = 'whole' | 'broken' | 'unknown';

export interface ServedRow {
  index: number;
  revision: number;
}

export interface ServedAnswer {
  seq: number;
  at: string;
  path: string;
  delivery: Delivery;
  rows: { id: string; revision: number }[];
}

export type ServedLog = ReturnType<typeof createServedLog>;

interface Entry {
  seq: number;
  atMs: number;
  path: string;
  delivery: Delivery;
  /** index, revision, index, revision, ...: 8 bytes a row, so that a soak of millions of rows fits. */
  rows: Uint32Array;
}

export function createServedLog(rowLimit = 5_000_000) {
  let entries: Entry[] = [];
  const latest = new Map<number, { revision: number; seq: number }>();
  let seq = 0;
  let rowCount = 0;
  let droppedAnswers = 0;

  function append(path: string, rows: readonly ServedRow[]): Entry {
    const packed = new Uint32Array(rows.length * 2);
    rows.forEach((row, at) => {
      packed[at * 2] = row.index;
      packed[at * 2 + 1] = row.revision;
    });
    seq += 1;
    const entry: Entry = { seq, atMs: Date.now(), path, delivery: 'unknown', rows: packed };
    entries.push(entry);
    rowCount += rows.length;
    if (rowCount > rowLimit) dropOldest();
    return entry;
  }

  function dropOldest(): void {
    let drop = 0;
    while (rowCount > rowLimit * 0.9 && drop < entries.length - 1) rowCount -= (entries[drop++]?.rows.length ?? 0) / 2;
    droppedAnswers += drop;
    entries = entries.slice(drop);
  }

  return {
    /** Call when the rows are chosen; the order of these calls is the order of "last". Settle it when the answer is out. */
    begin(path: string, rows: readonly ServedRow[]): (delivery: Delivery) => void {
      const entry = append(path, rows);
      return function settle(delivery) {
        entry.delivery = delivery;
        if (delivery !== 'whole') return;
        for (let at = 0; at < entry.rows.length; at += 2) {
          const index = entry.rows[at] ?? 0;
          if ((latest.get(index)?.seq ?? 0) > entry.seq) continue; // a slower answer, begun earlier
          latest.set(index, { revision: entry.rows[at + 1] ?? 0, seq: entry.seq });
        }
      };
    },
    list({ after = 0, limit = 1000 }: { after?: number; limit?: number } = {}): ServedAnswer[] {
      return entries
        .filter((entry) => entry.seq > after)
        .slice(0, limit)
        .map(toAnswer);
    },
    /** The last revision of each row that went out whole: what a run that succeeded has to hold. */
    latest(): Map<string, number> {
      return new Map([...latest].map(([index, { revision }]) => [contactId(index), revision]));
    },
    clear(): void {
      entries = [];
      latest.clear();
      rowCount = 0;
      droppedAnswers = 0;
    },
    get answers(): number {
      return entries.length;
    },
    get rows(): number {
      return rowCount;
    },
    /** Answers no longer in `list()`; `latest()` still knows their rows. */
    get droppedAnswers(): number {
      return droppedAnswers;
    },
  };
}

function toAnswer({ seq, atMs, path, delivery, rows }: Entry): ServedAnswer {
  const list: ServedAnswer['rows'] = [];
  for (let at = 0; at < rows.length; at += 2) list.push({ id: contactId(rows[at] ?? 0), revision: rows[at + 1] ?? 0 });
  return { seq, at: new Date(atMs).toISOString(), path, delivery, rows: list };
}

// Tells when a cursor walks in circles: an API that answers the same rows for ever must end as an error, not as a hang.

interface RepeatGuard {
  /** True when this cursor has already brought these very rows. */
  check(page: {
    cursor: string | number;
    next: string | number | undefined;
    rows: readonly unknown[] | undefined;
  }): boolean;
  hasSeen(cursor: string | number): boolean;
}

/** Keeps hashes, 16 bytes a page: 100,000 long cursors must not fill the guest. Rows are hashed only once a cursor comes back. */
export function createRepeatGuard(): RepeatGuard {
  const seen = new Set<string>();
  const rowsOfCursor = new Map<string, string>();
  return {
    check({ cursor, next, rows }) {
      const key = hash(String(cursor));
      const returns = seen.has(key) || next === cursor;
      seen.add(key);
      if (!returns && (next === undefined || !seen.has(hash(String(next))))) return false;
      const content = hash(JSON.stringify(rows ?? null));
      if (rowsOfCursor.get(key) === content) return true;
      rowsOfCursor.set(key, content);
      return false;
    },
    hasSeen: (cursor) => seen.has(hash(String(cursor))),
  };
}

/** Two 32-bit FNV-1a passes with different seeds. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9dc5811c;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (code + at), 0x01000193);
  }
  return `${text.length}.${a >>> 0}.${b >>> 0}`;
}

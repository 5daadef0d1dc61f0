// The records of one model in memory, by the rules of the stored ones: the sink of a dry run.
import { mergeRecord } from '../../core/records/merge-record.ts';

export interface Row {
  id: string;
  /** Canonical JSON. */
  body: Buffer;
  /** Change number. */
  seq: number;
  action: 'ADDED' | 'UPDATED' | 'DELETED';
  firstSeenAt: string;
  changedAt: string;
  deletedAt: string | null;
  /** Number of the save that served it last. */
  servedAt: number;
}

export interface Deletion {
  id: string;
  deletedAt: string | null;
}

export interface Counts {
  added: number;
  updated: number;
  deleted: number;
  unchanged: number;
}

export interface MemoryStream {
  rows: ReadonlyMap<string, Row>;
  counts: Counts;
  /** Of every save, in order: for recordings. */
  saved: Buffer[];
  deletions: Deletion[];
  lastSeq(): number;
  save(ids: readonly string[], bodies: readonly Buffer[]): void;
  /** @returns how many ids have no record here */
  update(ids: readonly string[], bodies: readonly Buffer[]): number;
  delete(rows: readonly Deletion[]): void;
  openPass(): void;
  /** Undefined without an open one; nothing when it is not complete. */
  endPass(): string[] | undefined;
  /** A record without a readable id was served: which one is unknown. */
  spoilPass(): void;
  /** At the end of a run that succeeded: what the passes did not serve. */
  commitDeletes(): void;
}

export function createMemoryStream(now: () => Date = () => new Date()): MemoryStream {
  const rows = new Map<string, Row>();
  const counts: Counts = { added: 0, updated: 0, deleted: 0, unchanged: 0 };
  const saved: Buffer[] = [];
  const deletions: Deletion[] = [];
  const pending = new Set<string>();
  let seq = 0;
  let saves = 0;
  let pass: { from: number; complete: boolean } | undefined;

  function put(id: string, body: Buffer): void {
    const before = rows.get(id);
    const servedAt = saves;
    if (before && before.deletedAt === null && before.body.equals(body)) {
      counts.unchanged++;
      before.servedAt = servedAt;
      return;
    }
    const at = now().toISOString();
    const action = before === undefined || before.deletedAt !== null ? 'ADDED' : 'UPDATED';
    counts[action === 'ADDED' ? 'added' : 'updated']++;
    rows.delete(id); // the order of the map is the order of changes
    const firstSeenAt = before?.firstSeenAt ?? at;
    rows.set(id, { id, body, seq: ++seq, action, firstSeenAt, changedAt: at, deletedAt: null, servedAt });
  }

  function remove(id: string, deletedAt: string | null): void {
    const before = rows.get(id);
    if (!before || before.deletedAt !== null) return;
    const at = now().toISOString();
    counts.deleted++;
    rows.delete(id);
    rows.set(id, { ...before, seq: ++seq, action: 'DELETED', changedAt: at, deletedAt: deletedAt ?? at });
  }

  return {
    rows,
    counts,
    saved,
    deletions,
    lastSeq: () => seq,
    save(ids, bodies) {
      saves++;
      saved.push(...bodies);
      for (const [index, id] of ids.entries()) put(id, bodies[index]!);
    },
    update(ids, bodies) {
      saves++;
      let ignored = 0;
      for (const [index, id] of ids.entries()) {
        const before = rows.get(id);
        if (before && before.deletedAt === null) put(id, mergeRecord(before.body, bodies[index]!));
        else ignored++;
      }
      return ignored;
    },
    delete(wanted) {
      deletions.push(...wanted);
      for (const { id, deletedAt } of wanted) remove(id, deletedAt);
    },
    openPass() {
      pass ??= { from: saves, complete: true };
    },
    endPass() {
      if (!pass) return undefined;
      const { from, complete } = pass;
      pass = undefined;
      const unseen = [...rows.values()].filter((row) => row.deletedAt === null && row.servedAt <= from);
      const ids = complete ? unseen.map(({ id }) => id) : [];
      for (const id of ids) pending.add(id);
      return ids;
    },
    spoilPass() {
      if (pass) pass.complete = false;
    },
    commitDeletes() {
      for (const id of pending) remove(id, null);
    },
  };
}

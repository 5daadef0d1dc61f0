// The provider's truth: seeded rows that exist only as numbers until they are read, with edits and deletes over time.
import { type Contact, contactId, contactIndex, createContact } from './contact.ts';
import { createRandom } from './random.ts';

export interface DatasetOptions {
  /** Rows at the start; default 1,000. */
  count?: number;
  seed?: number;
  /** Pads each row to about this many bytes of JSON; by default rows have about 400. */
  sizeBytes?: number;
  /**
   * `real`: an edit's `updated_at` is now (never older than the edit before), which is what a filter by the time of the
   * last run needs. `virtual`: one second after the edit before, so that a run is the same down to the byte.
   */
  clock?: 'real' | 'virtual';
}

export interface Selection {
  /** Rows with `updated_at` later than this. */
  updatedAfterMs?: number | undefined;
  includeDeleted?: boolean;
  sort?: 'id' | 'updated_at';
}

export type Fields = Record<string, unknown>;
export type Dataset = ReturnType<typeof createDataset>;

interface Change {
  revision: number;
  atMs: number;
  fields?: Fields | undefined;
  deleted?: boolean;
}

const startAtMs = Date.UTC(2025, 0, 1);
const secondMs = 1000;

export function createDataset({ count = 1000, seed = 1, sizeBytes, clock = 'real' }: DatasetOptions = {}) {
  const random = createRandom(seed);
  const revisions: number[] = Array.from({ length: count }, () => 1);
  const updatedAtMs: number[] = Array.from({ length: count }, (_, index) => startAtMs + index * secondMs);
  const changes = new Map<number, Change[]>(); // only rows that were ever touched
  const deleted = new Set<number>();
  const selections = new Map<string, readonly number[]>(); // of the present version
  let version = 0;
  let nowMs = startAtMs + count * secondMs;

  function tick(): number {
    nowMs = clock === 'virtual' ? nowMs + secondMs : Math.max(nowMs + 1, Date.now());
    return nowMs;
  }

  function append(index: number, change: Omit<Change, 'revision' | 'atMs'>): void {
    const atMs = tick();
    const revision = (revisions[index] ?? 0) + 1;
    revisions[index] = revision;
    updatedAtMs[index] = atMs;
    const history = changes.get(index) ?? [];
    history.push({ revision, atMs, ...change });
    changes.set(index, history);
    version += 1;
    selections.clear();
  }

  /** The row as it was at a revision; the present one by default. */
  function read(index: number, revision = revisions[index]): Contact | undefined {
    if (revision === undefined || revision < 1 || revision > (revisions[index] ?? 0)) return undefined;
    const history = (changes.get(index) ?? []).filter((change) => change.revision <= revision);
    const last = history.at(-1);
    const createdAtMs = index < count ? startAtMs + index * secondMs : (history[0]?.atMs ?? startAtMs);
    const source = { seed, index, revision, createdAtMs, updatedAtMs: last?.atMs ?? createdAtMs, sizeBytes };
    const contact = Object.assign(createContact(source), ...history.map((change) => change.fields ?? {}));
    return last?.deleted ? { ...contact, deleted_at: contact.updated_at } : contact;
  }

  function liveIndex(id: string): number | undefined {
    const index = contactIndex(id);
    return index === undefined || index < 0 || index >= revisions.length || deleted.has(index) ? undefined : index;
  }

  /** Indexes of the wanted rows in the wanted order. Made once per version and selection. */
  function select({ updatedAfterMs, includeDeleted = false, sort = 'id' }: Selection = {}): readonly number[] {
    const key = `${updatedAfterMs}|${includeDeleted}|${sort}`;
    const known = selections.get(key);
    if (known) return known;
    const indexes: number[] = [];
    for (let index = 0; index < revisions.length; index += 1) {
      if (!includeDeleted && deleted.has(index)) continue;
      if (updatedAfterMs !== undefined && (updatedAtMs[index] ?? 0) <= updatedAfterMs) continue;
      indexes.push(index);
    }
    if (sort === 'updated_at') indexes.sort((a, b) => (updatedAtMs[a] ?? 0) - (updatedAtMs[b] ?? 0) || a - b);
    if (selections.size >= 16) selections.clear();
    selections.set(key, indexes);
    return indexes;
  }

  function create(fields?: Fields): string {
    const index = revisions.length;
    append(index, { fields: withoutOwned(fields) });
    return contactId(index);
  }

  /** A new revision; without fields the seed decides what changes. False when there is no such row. */
  function edit(id: string, fields?: Fields): boolean {
    const index = liveIndex(id);
    if (index === undefined) return false;
    append(index, { fields: withoutOwned(fields) });
    return true;
  }

  function remove(id: string): boolean {
    const index = liveIndex(id);
    if (index === undefined) return false;
    deleted.add(index);
    append(index, { deleted: true });
    return true;
  }

  /** Brings a deleted row back, as some providers do. */
  function restore(id: string): boolean {
    const index = contactIndex(id);
    if (index === undefined || !deleted.delete(index)) return false;
    append(index, {});
    return true;
  }

  /** Brings back the deleted row with the lowest id. */
  function restoreFirst(): boolean {
    const lowest = [...deleted].reduce((low, index) => Math.min(low, index), Number.POSITIVE_INFINITY);
    return deleted.size > 0 && restore(contactId(lowest));
  }

  /** Ids of up to `wanted` different live rows, chosen by the seed. */
  function sample(wanted: number): string[] {
    const live = select();
    const chosen = new Set<number>();
    const target = Math.min(wanted, live.length);
    while (chosen.size < target) chosen.add(live[Math.floor(random() * live.length)] ?? 0);
    return [...chosen].map(contactId);
  }

  return {
    read,
    select,
    create,
    edit,
    remove,
    restore,
    restoreFirst,
    sample,
    /** The live row. */
    get(id: string): Contact | undefined {
      const index = liveIndex(id);
      return index === undefined ? undefined : read(index);
    },
    /** What a row was at a revision: turns a line of the served log back into content. */
    at(id: string, revision: number): Contact | undefined {
      const index = contactIndex(id);
      return index === undefined ? undefined : read(index, revision);
    },
    revisionOf: (index: number): number => revisions[index] ?? 0,
    updatedAtMsOf: (index: number): number => updatedAtMs[index] ?? 0,
    get liveCount(): number {
      return revisions.length - deleted.size;
    },
    get deletedCount(): number {
      return deleted.size;
    },
    /** Rises with every change. */
    get version(): number {
      return version;
    },
    seed,
  };
}

/** Fields that are the provider's alone. */
function withoutOwned(fields: Fields | undefined): Fields | undefined {
  if (!fields) return undefined;
  const { id: _id, revision: _revision, created_at: _created, updated_at: _updated, ...own } = fields;
  return own;
}

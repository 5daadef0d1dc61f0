// The run journal: every answer the host gave, encrypted and compressed, so that the next attempt starts the script from the
// top and is answered from here up to the frontier.
//
// An entry's identity is a hash of the call and its occurrence among equal calls since the last checkpoint. A missing entry
// costs one more call, never truth, so answers of safe calls are written behind the script's back, in batches.
import { createHash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EnvironmentDb } from '../../db/database.ts';
import type { SaveEntry } from '../../records/commit-page.ts';

const kinds = { answer: 1, save: 2, sent: 3 } as const;
/** Compressed bytes of one run; beyond it the run goes on unjournalled. */
const maxRunBytes = 1_000_000_000;
const maxAge = '60 minutes';

export interface Slot extends SaveEntry {
  /** In the map of what earlier attempts left. */
  name: string;
}

export interface Journal {
  /** The next occurrence of this call. Must be asked in the order of the calls. */
  slot(identity: string): Slot;
  /** What an earlier attempt was answered; undefined beyond the frontier. */
  recall(slot: Slot): Promise<Buffer | undefined>;
  /** Was this save committed by an earlier attempt? */
  isSaved(slot: Slot): boolean;
  record(slot: Slot, answer: Buffer): void;
  /** Waits until everything recorded is stored. */
  flush(): Promise<void>;
  /** A checkpoint was committed: older entries are gone, occurrences count anew. */
  startSegment(segment: number): void;
  /** Entries of earlier attempts that were not asked for yet. */
  readonly replaying: boolean;
  readonly replayed: number;
  /** The request after which the run was too big to journal; null while it is whole. */
  readonly truncatedAfter: number | null;
}

interface Pending {
  slot: Slot;
  body: Buffer;
}

export async function openJournal(
  environment: EnvironmentDb,
  { runId, segment }: { runId: string; segment: number },
): Promise<Journal> {
  const { pages, environmentId, cipher } = environment;
  const place = (slot: Slot) => ({ table: 'journal', column: 'body', row: `${runId}/${slot.name}` });
  const rows = await pages<{ key: Buffer; occurrence: number; kind: number }[]>`
    SELECT key, occurrence, kind FROM journal_entries(${environmentId}, ${runId}, ${segment}, ${maxAge}::interval)`;
  const known = new Map(
    rows.map(({ key, occurrence, kind }) => [`${segment}/${key.toString('hex')}/${occurrence}`, kind]),
  );
  let occurrences = new Map<string, number>();
  let current = segment;
  let pending: Pending[] = [];
  let writing: Promise<void> = Promise.resolve();
  let bytes = 0;
  let recorded = 0;
  let replayed = 0;
  let truncatedAfter: number | null = null;

  async function write(batch: Pending[]): Promise<void> {
    const { types } = pages;
    try {
      await pages`
        SELECT journal_append(${environmentId}, ${runId}, ${types.integers(batch.map(({ slot }) => slot.segment))},
          ${types.bytes(batch.map(({ slot }) => slot.key))}, ${types.integers(batch.map(({ slot }) => slot.occurrence))}, ${kinds.answer},
          ${types.bytes(batch.map(({ body }) => body))})`;
    } catch {
      // Nothing depends on an entry; a database that is away shows itself at the next save.
    }
  }

  function schedule(entry: Pending): void {
    pending.push(entry);
    if (pending.length > 1) return;
    writing = writing.then(async () => {
      const batch = pending;
      pending = [];
      if (batch.length > 0) await write(batch);
    });
  }

  return {
    slot(identity) {
      const key = createHash('sha256').update(identity).digest().subarray(0, 16);
      const hex = key.toString('hex');
      const occurrence = occurrences.get(hex) ?? 0;
      occurrences.set(hex, occurrence + 1);
      return { segment: current, key, occurrence, name: `${current}/${hex}/${occurrence}` };
    },
    async recall(slot) {
      if (known.get(slot.name) !== kinds.answer) return undefined;
      known.delete(slot.name);
      const [row] = await pages<{ body: Buffer | null }[]>`
        SELECT journal_answer(${environmentId}, ${runId}, ${slot.segment}, ${slot.key}, ${slot.occurrence}) AS body`;
      if (!row?.body) return undefined;
      replayed++;
      return zstdDecompressSync(cipher.decrypt(place(slot), row.body));
    },
    isSaved(slot) {
      if (known.get(slot.name) !== kinds.save) return false;
      known.delete(slot.name);
      replayed++;
      return true;
    },
    record(slot, answer) {
      recorded++;
      if (truncatedAfter !== null) return;
      const body = cipher.encrypt(
        place(slot),
        zstdCompressSync(answer, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
      );
      bytes += body.length;
      if (bytes > maxRunBytes) truncatedAfter = recorded;
      else schedule({ slot, body });
    },
    flush: () => writing,
    startSegment(next) {
      current = next;
      occurrences = new Map();
      known.clear();
    },
    get replaying() {
      return known.size > 0;
    },
    get replayed() {
      return replayed;
    },
    get truncatedAfter() {
      return truncatedAfter;
    },
  };
}

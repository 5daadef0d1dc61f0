// The run journal: every answer the host gave, encrypted and compressed, so that the next attempt starts the script from the
// top and is answered from here up to the frontier.
//
// An entry's identity is a hash of the call and its occurrence among equal calls since the last checkpoint. A missing entry
// costs one more call, never truth, so answers of safe calls are written behind the script's back, in batches.
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EnvironmentDb } from '../../db/database.ts';
import type { SaveEntry } from '../../records/commit-page.ts';

const kinds = { answer: 1, save: 2, sent: 3 } as const;

export interface JournalLimits {
  /** Compressed bytes of one run; beyond it the run goes on unjournalled. */
  runBytes: number;
  /** Of all runs of the instance together, as they lie in the database. */
  instanceBytes: number;
  /** After a longer outage an entry says too little of what the provider holds now. */
  maxAgeMs: number;
}

const defaultLimits: JournalLimits = { runBytes: 1e9, instanceBytes: 10e9, maxAgeMs: 60 * 60_000 };
/** How often a run looks at what the instance holds. */
const lookEveryMs = 30_000;

export interface Slot extends SaveEntry {
  /** In the map of what earlier attempts left. */
  name: string;
}

export interface Journal {
  /** The run, or whatever else may begin again. */
  readonly runId: string;
  /** The next occurrence of this call. Must be asked in the order of the calls. */
  slot(identity: string): Slot;
  /** What an earlier attempt was answered; undefined beyond the frontier. */
  recall(slot: Slot): Promise<Buffer | undefined>;
  /** Was this save committed by an earlier attempt? */
  isSaved(slot: Slot): boolean;
  record(slot: Slot, answer: Buffer): void;
  /** Did an earlier attempt send this request, without an answer that we know of? */
  wasSent(slot: Slot): boolean;
  /** Resolves when it is stored that the request is about to be sent. @throws what the database does */
  noteSent(slot: Slot): Promise<void>;
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

const none = Buffer.alloc(0);
const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

interface Pending {
  slot: Slot;
  answer: Buffer;
  /** Which of the recorded ones it is, from 1. */
  number: number;
}

interface Sealed {
  slot: Slot;
  body: Buffer;
}

export async function openJournal(
  environment: EnvironmentDb,
  { runId, segment, limits = {} }: { runId: string; segment: number; limits?: Partial<JournalLimits> },
): Promise<Journal> {
  const { runBytes, instanceBytes, maxAgeMs } = { ...defaultLimits, ...limits };
  const { pages, environmentId, cipher } = environment;
  const place = (slot: Slot) => ({ table: 'journal', column: 'body', row: `${runId}/${slot.name}` });
  const rows = await pages<{ key: Buffer; occurrence: number; kind: number }[]>`
    SELECT key, occurrence, kind FROM journal_entries(${environmentId}, ${runId}, ${segment}, ${`${maxAgeMs} milliseconds`}::text::interval)`;
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
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  async function append(batch: Sealed[], kind: number): Promise<void> {
    const { types } = pages;
    await pages`
      SELECT journal_append(${environmentId}, ${runId}, ${types.integers(batch.map(({ slot }) => slot.segment))},
        ${types.bytes(batch.map(({ slot }) => slot.key))}, ${types.integers(batch.map(({ slot }) => slot.occurrence))}, ${kind},
        ${types.bytes(batch.map(({ body }) => body))})`;
  }

  function seal({ slot, answer, number }: Pending): Sealed | undefined {
    if (truncatedAfter !== null) return undefined;
    const body = cipher.encrypt(place(slot), zstdCompressSync(answer, fast));
    bytes += body.length;
    if (bytes <= runBytes) return { slot, body };
    truncatedAfter = number;
    return undefined;
  }

  async function write(batch: Pending[]): Promise<void> {
    try {
      if (await isInstanceFull()) truncatedAfter ??= batch[0]!.number - 1;
      const sealed = batch.flatMap((entry) => seal(entry) ?? []);
      if (sealed.length > 0) await append(sealed, kinds.answer);
    } catch {
      // Nothing depends on an entry; a database that is away shows itself at the next save.
    }
  }

  async function isInstanceFull(): Promise<boolean> {
    if (performance.now() - lookedAtMs < lookEveryMs) return false;
    lookedAtMs = performance.now();
    const [row] = await pages<{ bytes: string }[]>`SELECT pg_total_relation_size('journal') AS bytes`;
    return Number(row!.bytes) > instanceBytes;
  }

  /** The script has its answer before ours is compressed: it goes on meanwhile. */
  function schedule(entry: Pending): void {
    pending.push(entry);
    if (pending.length > 1) return;
    writing = writing.then(async () => {
      await turn();
      const batch = pending;
      pending = [];
      if (batch.length > 0) await write(batch);
    });
  }

  return {
    runId,
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
      if (truncatedAfter === null) schedule({ slot, answer, number: recorded });
    },
    wasSent: (slot) => known.get(slot.name) === kinds.sent,
    noteSent: (slot) => append([{ slot, body: none }], kinds.sent),
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

// `syncline keys rotate`: wraps every key with the operator's first one, makes new data keys, and puts every value under them,
// while everything runs. Each step may be done again, so a rotation that was killed goes on where it was.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, openDatabase } from '../db/database.ts';
import { countValues, staleIn } from './count-values.ts';
import type { EncryptedColumn } from './encrypted-columns.ts';
import type { Place } from './envelope.ts';
import { kekOf } from './key-encryption.ts';
import { refreshMs } from './key-ring.ts';
import { type BatchLimits, batchLimits, reencryptColumn } from './reencrypt-column.ts';
import { beginRotation, endRotation, withRotationLock } from './rotation-fact.ts';
import { announceDataKeys, rewrapKeys } from './wrapped-keys.ts';

export interface RotationProgress {
  phase: 'wrap' | 'wait' | 'encrypt';
  done: number;
  total: number;
  /** Values a second, of the last ten seconds. */
  rate: number;
  /** Unknown until there is a rate. */
  etaSeconds: number | null;
  /** Where it is: `credentials.value`. */
  column?: string;
}

/** Altered, moved, or of a key that is lost. */
export interface Unreadable {
  count: number;
  /** The first hundred. */
  places: Place[];
}

export interface RotationResult {
  resumed: boolean;
  /** Keys that another key of the operator had wrapped. */
  rewrapped: number;
  values: number;
  /** Held by somebody all the time: the next call takes them. */
  left: number;
  unreadable: Unreadable;
  seconds: number;
}

export interface RotateKeys {
  /** Migrated. */
  url: string;
  /** As in SYNCLINE_ENCRYPTION_KEY: the first wraps from now on. */
  encryptionKeys: Buffer[];
  onProgress?: (progress: RotationProgress) => void;
  /** At most so many values a second. */
  maxRate?: number;
  /** How long every process has to learn of the next data keys. Less than twice `refreshMs` is for tests. */
  activateAfterMs?: number;
  limits?: BatchLimits;
}

/** What is locked in a pass may be free in the next. */
const maxFruitlessPasses = 5;
const reportEveryMs = 1_000;
const maxUnreadable = 100;

/** @throws SynclineError `wrong_encryption_key`, `rotation_running` */
export function rotateKeys(options: RotateKeys): Promise<RotationResult> {
  return withRotationLock(options.url, () => rotate(options));
}

async function rotate({
  url,
  encryptionKeys,
  onProgress = () => {},
  maxRate = Number.POSITIVE_INFINITY,
  activateAfterMs = 6 * refreshMs,
  limits = batchLimits,
}: RotateKeys): Promise<RotationResult> {
  const startedMs = performance.now();
  const pools = { main: 1, pages: 2, platform: 2, locks: 1 };
  const database = await openDatabase({ url, encryptionKeys, pools, applicationName: 'syncline-keys' });
  const report = (phase: 'wrap' | 'wait', etaSeconds: number | null) =>
    onProgress({ phase, done: 0, total: 0, rate: 0, etaSeconds });
  try {
    const { platform, keys } = database;
    const keks = encryptionKeys.map(kekOf);
    report('wrap', null);
    const rewrapped = await rewrapKeys(platform, keks);
    const { startedAt, resumed } = await beginRotation(platform);
    const waitMs = await announceDataKeys(platform, keks[0]!, { startedAt, activateAfterMs });
    if (waitMs > 0) report('wait', Math.ceil(waitMs / 1000));
    await sleep(waitMs);
    await keys.refresh();

    const meter = createMeter(onProgress, maxRate);
    let unreadable = noneUnreadable;
    for (let fruitless = 0; fruitless < maxFruitlessPasses; ) {
      const work = await findWork(database);
      const open = sumOf(work) - unreadable.count;
      if (open <= 0) break;
      const before = meter.done();
      meter.expect(open);
      unreadable = await passOnce(database, { work, meter, limits });
      if (meter.done() > before) fruitless = 0;
      else {
        fruitless++;
        await sleep(500);
      }
    }
    await rewrapKeys(platform, keks); // those of environments made meanwhile by a process with another first key
    const left = sumOf(await findWork(database)) - unreadable.count;
    if (left <= 0 && unreadable.count === 0) await endRotation(platform);
    const seconds = (performance.now() - startedMs) / 1000;
    return { resumed, rewrapped, values: meter.done(), left: Math.max(0, left), unreadable, seconds };
  } finally {
    await database.close();
  }
}

const noneUnreadable: Unreadable = { count: 0, places: [] };

type Meter = ReturnType<typeof createMeter>;

async function passOnce(
  database: Database,
  { work, meter, limits }: { work: Work[]; meter: Meter; limits: BatchLimits },
): Promise<Unreadable> {
  const found: Unreadable = { count: 0, places: [] };
  for (const { environmentId, column } of work) {
    const environment = await database.forEnvironment(environmentId);
    for await (const batch of reencryptColumn(environment, column, limits)) {
      found.count += batch.unreadable.length;
      for (const row of batch.unreadable.slice(0, maxUnreadable - found.places.length))
        found.places.push({ table: column.table, column: column.column, row });
      await meter.count(batch.changed, column);
    }
  }
  return found;
}

interface Work {
  environmentId: string;
  column: EncryptedColumn;
  stale: number;
}

const sumOf = (work: Work[]): number => work.reduce((sum, { stale }) => sum + stale, 0);

async function findWork(database: Database): Promise<Work[]> {
  const work: Work[] = [];
  const environments = await database.platform<{ id: string }[]>`SELECT id FROM environments ORDER BY number`;
  for (const { id: environmentId } of environments) {
    const environment = await database.forEnvironment(environmentId);
    for (const count of await countValues(environment)) {
      const stale = staleIn(count, environment.cipher.activeKeyId);
      if (stale > 0) work.push({ environmentId, column: count.column, stale });
    }
  }
  return work;
}

/** Counts, tells once a second, and holds back what is faster than allowed. */
function createMeter(onProgress: (progress: RotationProgress) => void, maxRate: number) {
  const startedMs = performance.now();
  let done = 0;
  let total = 0;
  let toldMs = 0;
  let recent: { atMs: number; done: number }[] = [{ atMs: startedMs, done: 0 }];

  function tell(nowMs: number, { table, column }: EncryptedColumn): void {
    if (nowMs - toldMs < reportEveryMs && done < total) return;
    toldMs = nowMs;
    const kept = recent.filter(({ atMs }) => nowMs - atMs <= 10_000);
    recent = [...(kept.length > 0 ? kept : recent.slice(-1)), { atMs: nowMs, done }];
    const [{ atMs, done: doneThen }] = recent as [{ atMs: number; done: number }];
    const rate = nowMs > atMs ? ((done - doneThen) * 1000) / (nowMs - atMs) : 0;
    const etaSeconds = rate > 0 ? Math.ceil(Math.max(0, total - done) / rate) : null;
    onProgress({ phase: 'encrypt', done, total, rate: Math.round(rate), etaSeconds, column: `${table}.${column}` });
  }

  return {
    done: () => done,
    expect(more: number) {
      total = done + more;
    },
    async count(changed: number, column: EncryptedColumn): Promise<void> {
      done += changed;
      const nowMs = performance.now();
      tell(nowMs, column);
      const aheadMs = (done / maxRate) * 1000 - (nowMs - startedMs);
      if (aheadMs > 1) await sleep(aheadMs);
    },
  };
}

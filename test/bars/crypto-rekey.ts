// Bar 6: all keys change while readers and writers run in several processes' stead. A reader that never learns of new keys fails in
// the same run, so a failed read would be seen; a start without the old key is refused until nothing needs it.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkKeys } from '../../core/crypto/check-keys.ts';
import { refreshMs } from '../../core/crypto/key-ring.ts';
import { type RotationProgress, rotateKeys } from '../../core/crypto/rotate-keys.ts';
import { openAll, recordBody, recordId, type Seeded, seedValues, writeRecords } from '../../core/crypto/test-values.ts';
import { type Database, openDatabase } from '../../core/db/database.ts';
import { createOwnDatabase } from '../../core/db/test-server.ts';
import { SynclineError } from '../../core/errors.ts';
import { createRandom } from '../../simulator/random.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import { startOwnPostgres } from './own-postgres.ts';

export interface RekeyForm {
  seed: number;
  records: number;
  connections: number;
  /** Of the readers and writers. */
  keyRefreshMs: number;
  activateAfterMs: number;
}

export interface RekeyFindings {
  values: number;
  seconds: number;
  reads: number;
  failedReads: number;
  writes: number;
  failedWrites: number;
  /** Of the reader that is told nothing; must be above 0. */
  controlFailures: number;
  onOldKeys: number;
  /** Records whose content is not the last that was written. */
  wrong: number;
  /** What a start with the new key alone said before and after. */
  refusedBefore: boolean;
  refusedAfter: boolean;
  oldKeyDroppable: boolean;
}

export async function cryptoRekey({ seed, long }: BarOptions): Promise<Outcome> {
  const quick = { seed, connections: 1_000, records: 19_000, keyRefreshMs: 500, activateAfterMs: 3_000 };
  const full = { seed, connections: 20_000, records: 980_000, keyRefreshMs: refreshMs, activateAfterMs: 6 * refreshMs };
  const found = await rekey(long ? full : quick);
  const figure = renderFigure({
    seed,
    values: found.values,
    values_per_s: Math.round(found.values / found.seconds),
    reads: found.reads,
    failed_reads: found.failedReads,
    writes: found.writes,
    failed_writes: found.failedWrites,
    wrong_values: found.wrong,
    on_old_keys: found.onOldKeys,
    boot_without_old_key_before: found.refusedBefore ? 'refused' : 'STARTED',
    boot_without_old_key_after: found.refusedAfter ? 'REFUSED' : 'started',
    control_failed_reads: found.controlFailures,
  });
  return { holds: rekeyHolds(found), figure };
}

export const rekeyHolds = (found: RekeyFindings): boolean =>
  [found.failedReads, found.failedWrites, found.onOldKeys, found.wrong].every((count) => count === 0) &&
  found.reads > 0 &&
  found.writes > 0 &&
  found.controlFailures > 0 &&
  found.refusedBefore &&
  !found.refusedAfter &&
  found.oldKeyDroppable;

export async function rekey({
  seed,
  records,
  connections,
  keyRefreshMs,
  activateAfterMs,
}: RekeyForm): Promise<RekeyFindings> {
  const stopPostgres = await startOwnPostgres();
  const own = await createOwnDatabase('bar_crypto', { migrated: true });
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
  const open: Database[] = [];
  const start = async (encryptionKeys: Buffer[], everyMs = keyRefreshMs) => {
    const database = await openDatabase({ url: own.url, encryptionKeys, keyRefreshMs: everyMs });
    open.push(database);
    return database;
  };
  const refused = (keys: Buffer[]) =>
    start(keys).then(
      () => false,
      (cause) => cause instanceof SynclineError && cause.code === 'wrong_encryption_key',
    );
  try {
    const seeded = await seedValues(await start([oldKey]), { connections, records });
    const { environmentId } = seeded.environment;
    const refusedBefore = await refused([newKey]);
    const both = [newKey, oldKey];
    const traffic = startTraffic({
      reader: await (await start(both)).forEnvironment(environmentId),
      writer: await (await start(both)).forEnvironment(environmentId),
      deaf: await (await start(both, 2 ** 30)).forEnvironment(environmentId),
      seeded,
      records,
      random: createRandom(seed),
    });
    const onProgress = ({ phase, done, total, rate, etaSeconds }: RotationProgress) =>
      console.log(`${phase}: ${done} of ${total}, ${rate}/s, ${etaSeconds ?? '?'} s left`);
    const { values, seconds } = await rotateKeys({ url: own.url, encryptionKeys: both, activateAfterMs, onProgress });
    await sleep(500);
    const { editions, ...counts } = await traffic.stop();
    const check = await checkKeys({ url: own.url, encryptionKeys: both });
    const refusedAfter = await refused([newKey]);
    const onOldKeys = check.columns.reduce((sum, { older }) => sum + older, 0);
    const after = await (await start(both)).forEnvironment(environmentId);
    const wrong = await countWrong({ ...seeded, environment: after }, { records, editions });
    return {
      values,
      seconds: seconds - activateAfterMs / 1000,
      ...counts,
      onOldKeys,
      wrong,
      refusedBefore,
      refusedAfter,
      oldKeyDroppable: check.keys[1]!.droppable,
    };
  } finally {
    await Promise.all(open.map((database) => database.close()));
    await own.drop();
    await stopPostgres();
  }
}

interface Traffic {
  reader: Seeded['environment'];
  writer: Seeded['environment'];
  /** Read its keys once and never again. */
  deaf: Seeded['environment'];
  seeded: Seeded;
  records: number;
  random: () => number;
}

function startTraffic({ reader, writer, deaf, seeded, records, random }: Traffic) {
  const counts = { reads: 0, failedReads: 0, writes: 0, failedWrites: 0, controlFailures: 0 };
  const editions = new Map<number, number>();
  let busy = true;
  const loop = async (pauseMs: number, work: () => Promise<void>) => {
    while (busy) {
      await work();
      await sleep(pauseMs);
    }
  };
  const reading = loop(50, async () => {
    const read = await openAll(reader).catch((cause: Error) => console.log(`a read failed: ${cause.message}`));
    counts.reads += read?.length ?? 1;
    if (!read) counts.failedReads++;
  });
  const deafReading = loop(50, async () => {
    if (counts.controlFailures === 0) await openAll(deaf).catch(() => counts.controlFailures++);
  });
  const writing = loop(20, async () => {
    const count = 20;
    const from = Math.floor(random() * (records - count));
    const edition = counts.writes + 1;
    try {
      await writeRecords(writer, seeded.streamId, { from, count, edition });
      for (let number = from; number < from + count; number++) editions.set(number, edition);
      counts.writes++;
    } catch (cause) {
      counts.failedWrites++;
      console.log(`a write failed: ${(cause as Error).message} ${String((cause as Error).cause ?? '')}`);
    }
  });
  return {
    async stop() {
      busy = false;
      await Promise.all([reading, deafReading, writing]);
      return { ...counts, editions };
    },
  };
}

async function countWrong(
  { environment }: Seeded,
  { records, editions }: { records: number; editions: ReadonlyMap<number, number> },
): Promise<number> {
  const stored = new Map<string, string>();
  for (const { column, row, plain } of await openAll(environment))
    if (column.table === 'records') stored.set(row.slice(row.indexOf('/') + 1), plain);
  let wrong = 0;
  for (let number = 0; number < records; number++) {
    const expected = recordBody(number, editions.get(number) ?? 0).toString('latin1');
    if (stored.get(recordId(number)) !== expected) wrong++;
  }
  return wrong + Math.abs(stored.size - records);
}

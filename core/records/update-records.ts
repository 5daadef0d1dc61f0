// Partial updates that survive other writers: read, merge, and write only what nobody changed in between; the rest again.
import type { EnvironmentDb } from '../db/database.ts';
import { SynclineError } from '../errors.ts';
import type { CarefulWriter } from './careful-writer.ts';
import { chunkSize, type SaveEntry } from './commit-page.ts';
import { mergeRecords } from './merge-records.ts';
import type { Stream } from './open-stream.ts';

/** Each try lost the race for some of its records; a writer that never stops is no reason to loop for ever. */
const maxTries = 20;

interface Page {
  ids: string[];
  bodies: Buffer[];
}

/**
 * Ids must be distinct.
 * @returns how many ids are not stored, and how many were left alone by the run's merging strategy
 * @throws SynclineError run_superseded, unknown_connection, update_conflict
 */
export async function updateRecords(
  environment: EnvironmentDb,
  { stream, writer, page, entry }: { stream: Stream; writer: CarefulWriter; page: Page; entry?: SaveEntry | undefined },
): Promise<{ ignored: number; leftAlone: number }> {
  const total = { ignored: 0, leftAlone: 0 };
  for (let from = 0; from < page.ids.length; from += chunkSize) {
    const to = from + chunkSize;
    const chunk = { ids: page.ids.slice(from, to), bodies: page.bodies.slice(from, to) };
    const { ignored, leftAlone } = await updateChunk(environment, {
      stream,
      writer,
      page: chunk,
      entry: to >= page.ids.length ? entry : undefined,
    });
    total.ignored += ignored;
    total.leftAlone += leftAlone;
  }
  return total;
}

async function updateChunk(
  environment: EnvironmentDb,
  { stream, writer, page, entry }: { stream: Stream; writer: CarefulWriter; page: Page; entry: SaveEntry | undefined },
): Promise<{ ignored: number; leftAlone: number }> {
  const total = { ignored: 0, leftAlone: 0 };
  let wanted = page;
  for (let tries = 0; tries < maxTries; tries++) {
    const { readAt, ...merged } = await mergeRecords(environment, stream, wanted);
    const { leftAlone, stale } = await writer.save(stream, merged, { entry, readAt });
    total.ignored += wanted.ids.length - merged.ids.length;
    total.leftAlone += leftAlone;
    if (stale.length === 0) return total;
    wanted = pick(wanted, new Set(stale));
  }
  throw new SynclineError('update_conflict', 'Other writers kept changing these records while they were updated.', {
    status: 409,
    retryable: true,
  });
}

function pick({ ids, bodies }: Page, chosen: Set<string>): Page {
  const kept = [...ids.keys()].filter((i) => chosen.has(ids[i]!));
  return { ids: kept.map((i) => ids[i]!), bodies: kept.map((i) => bodies[i]!) };
}

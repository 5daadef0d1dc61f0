// `batchUpdate`: partial records laid over what is stored.
import type { EnvironmentDb } from '../db/database.ts';
import { mergeRecord } from './merge-record.ts';
import type { Stream } from './open-stream.ts';

interface Page {
  ids: string[];
  bodies: Buffer[];
}

interface MergedPage extends Page {
  /** The highest change number among the records that were read. */
  readAt: string;
}

/** Of at most 1,000 ids. Those that are not there, deleted or pruned are left out: a part alone is no record. */
export async function mergeRecords(
  environment: EnvironmentDb,
  stream: Stream,
  { ids, bodies }: Page,
): Promise<MergedPage> {
  const { pages, environmentId, cipher } = environment;
  const rows = await pages<{ external_id: string; body: Buffer; seq: string; deleted_at: Date | null }[]>`
    SELECT external_id, body, seq, deleted_at
    FROM read_records(${environmentId}, ${stream.id}, -1, ${ids.length}, NULL, NULL, ${pages.types.texts(ids)})`;
  const live = rows.filter(({ body, deleted_at }) => body.length > 0 && deleted_at === null);
  const stored = new Map(live.map(({ external_id, body }) => [external_id, body]));
  const merged: MergedPage = { ids: [], bodies: [], readAt: rows.at(-1)?.seq ?? '0' };
  for (const [i, id] of ids.entries()) {
    const body = stored.get(id);
    if (!body) continue;
    const before = cipher.decrypt({ table: 'records', column: 'body', row: `${stream.id}/${id}` }, body);
    merged.ids.push(id);
    merged.bodies.push(mergeRecord(before, bodies[i]!));
  }
  return merged;
}

// `batchUpdate`: partial records laid over what is stored. Objects merge, lists and scalars replace, null overwrites.
import { deepmergeCustom } from 'deepmerge-ts';
import type { EnvironmentDb } from '../db/database.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Stream } from './open-stream.ts';

const merge = deepmergeCustom({ mergeArrays: false });

interface Page {
  ids: string[];
  bodies: Buffer[];
}

/** @returns the merged records, and how many ids were not there to be updated */
export async function mergeRecords(
  environment: EnvironmentDb,
  stream: Stream,
  { ids, bodies }: Page,
): Promise<Page & { ignored: number }> {
  const { pages, environmentId, cipher } = environment;
  const stored = new Map<string, Buffer>();
  for (let from = 0; from < ids.length; from += 1_000) {
    const rows = await pages<{ external_id: string; body: Buffer }[]>`
      SELECT external_id, body FROM read_records(${environmentId}, ${stream.id}, -1, 1000, NULL, NULL, ${pages.types.texts(ids.slice(from, from + 1_000))})`;
    for (const { external_id, body } of rows) if (body.length > 0) stored.set(external_id, body);
  }
  const merged: Page = { ids: [], bodies: [] };
  for (const [i, id] of ids.entries()) {
    const body = stored.get(id);
    if (!body) continue;
    const before = JSON.parse(
      cipher.decrypt({ table: 'records', column: 'body', row: `${stream.id}/${id}` }, body).toString(),
    ) as object;
    const text = canonicalJson(merge(before, JSON.parse(bodies[i]!.toString()) as object))!;
    merged.ids.push(id);
    merged.bodies.push(Buffer.from(text));
  }
  return { ...merged, ignored: ids.length - merged.ids.length };
}

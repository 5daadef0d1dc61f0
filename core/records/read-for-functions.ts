// Records for the `nango` object of a running function: JSON text with metadata, parsed by the guest alone.
import type { EnvironmentDb } from '../db/database.ts';
import { fetchRows } from './fetch-rows.ts';
import { type CursorKey, readStream, type StreamState } from './find-stream.ts';
import { externalIdOf, seqOf } from './packed-row.ts';
import { renderRows } from './render-records.ts';

const idsPerCall = 1000;

/**
 * Deleted ones too; ids that are not there are absent.
 * @param maxLength of all texts together: where it is passed, the rest is left out
 * @returns external id to JSON text
 * @throws SynclineError `not_found` when the stream is gone
 */
export async function readRecordsByIds(
  env: EnvironmentDb,
  {
    ids,
    maxLength = Number.POSITIVE_INFINITY,
    ...of
  }: { streamId: number; ids: readonly string[]; maxLength?: number } & CursorKey,
): Promise<Map<string, string>> {
  const stream = await readStream(env, of);
  const found = new Map<string, string>();
  let length = 0;
  for (let start = 0; start < ids.length; start += idsPerCall) {
    const some = ids.slice(start, start + idsPerCall);
    for await (const rows of fetchRows(env, {
      streamId: stream.id,
      after: 0n,
      limit: some.length,
      filter: { ids: some },
    })) {
      const { bytes, ends } = renderRows(
        { cipher: env.cipher, streamId: stream.id, cursors: stream.cursors },
        rows,
        '',
      );
      for (const [index, row] of rows.entries()) found.set(externalIdOf(row), cut(bytes, ends, index));
      length += bytes.length;
      if (length > maxLength) return found;
    }
  }
  return found;
}

/**
 * Records one by one in change order, as JSON text. Bounded by `untilSeq`, by default the stream's last number when it was
 * opened, so that a loop which saves while it lists comes to an end.
 * @example for await (const json of iterateRecords(env, { stream: await readStream(env, { cursorKey, streamId }) })) …
 */
export async function* iterateRecords(
  env: EnvironmentDb,
  { stream, afterSeq = 0n, untilSeq = stream.lastSeq }: { stream: StreamState; afterSeq?: bigint; untilSeq?: bigint },
): AsyncGenerator<string, void> {
  const { id: streamId, cursors } = stream;
  for await (const rows of fetchRows(env, { streamId, after: afterSeq, limit: Number.MAX_SAFE_INTEGER })) {
    const past = rows.findIndex((row) => seqOf(row) > untilSeq);
    const wanted = past === -1 ? rows : rows.slice(0, past);
    const { bytes, ends } = renderRows({ cipher: env.cipher, streamId, cursors }, wanted, '');
    for (const index of wanted.keys()) yield cut(bytes, ends, index);
    if (past !== -1) return;
  }
}

const cut = (bytes: Buffer, ends: Uint32Array, index: number) =>
  bytes.toString('utf8', ends[index - 1] ?? 0, ends[index]);

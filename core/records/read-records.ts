// The body of `GET /records`, streamed: as many bytes in memory as a chunk has, whatever the page's size.
import type { EnvironmentDb } from '../db/database.ts';
import { invalidCursor } from './cursor.ts';
import { fetchRows, type RowFilter } from './fetch-rows.ts';
import { type CursorKey, findStream, type StreamNames, type StreamState } from './find-stream.ts';
import { seqOf } from './packed-row.ts';
import { renderAside } from './render-aside.ts';

export interface ReadRecordsQuery extends StreamNames, RowFilter, CursorKey {
  cursor?: string | undefined;
  /** 1 to 10,000 */
  limit: number;
  /** A larger page is cut, then `next_cursor` is set. */
  maxBytes?: number;
}

/**
 * `{"records":[…],"next_cursor":…}`. Readers resume from the last record's own cursor, also after the last page, where
 * `next_cursor` is null. What goes wrong before the first bytes are there is thrown from here, so that it can still become
 * an answer.
 * @throws SynclineError `unknown_connection`, `invalid_cursor`, `cursor_stale`, `undecryptable`
 */
export async function readRecords(
  env: EnvironmentDb,
  { cursor, limit, maxBytes = 64 * 2 ** 20, ...query }: ReadRecordsQuery,
): Promise<AsyncGenerator<Buffer, void>> {
  const stream = await findStream(env, query);
  if (!stream && cursor !== undefined) throw invalidCursor(); // of a stream that is not there: foreign
  if (!stream) return startedWith(Buffer.from('{"records":[],"next_cursor":null}'));
  const after = cursor === undefined ? 0n : stream.cursors.decode(cursor, stream.lastSeq);
  const page = renderPage(env, { stream, after, limit, maxBytes, filter: query });
  const start = await page.next();
  return startedWith(start.value!, page);
}

async function* startedWith(first: Buffer, rest?: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield first;
  if (rest) yield* rest;
}

interface Page {
  stream: StreamState;
  after: bigint;
  limit: number;
  maxBytes: number;
  filter: RowFilter;
}

/** How many of the rendered rows the page has room for; one at least, or a reader would never get past a big record. */
function rowsThatFit(ends: Uint32Array, bytesLeft: number, isFirst: boolean): number {
  const over = ends.findIndex((end) => end > bytesLeft);
  return over === -1 ? ends.length : Math.max(over, isFirst ? 1 : 0);
}

async function* renderPage(
  env: EnvironmentDb,
  { stream, after, limit, maxBytes, filter }: Page,
): AsyncGenerator<Buffer, void> {
  const { id: streamId, cursors } = stream;
  let served = 0;
  let bytesLeft = maxBytes;
  let position = after;
  let more = false;
  // One row more than asked tells whether this is the last page.
  for await (const rows of fetchRows(env, { streamId, after, limit: limit + 1, filter })) {
    const wanted = rows.slice(0, limit - served);
    const { bytes, ends } = await renderAside({ cipher: env.cipher, streamId, cursors }, wanted, ',');
    const count = rowsThatFit(ends, bytesLeft, served === 0);
    if (count > 0) {
      yield served === 0 ? withOpening(bytes.subarray(0, ends[count - 1])) : bytes.subarray(0, ends[count - 1]);
      served += count;
      bytesLeft -= ends[count - 1]!;
      position = seqOf(rows[count - 1]!);
    }
    more = count < rows.length;
    if (more) break;
  }
  const next = more ? `"${cursors.encode(position)}"` : 'null';
  yield Buffer.from(`${served === 0 ? opening : ''}],"next_cursor":${next}}`);
}

const opening = '{"records":[';

/** The first record's separator gives way to the opening of the body. */
const withOpening = (bytes: Buffer) => Buffer.concat([Buffer.from(opening), bytes.subarray(1)]);

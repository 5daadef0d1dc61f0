// Stored rows to the wire's JSON without parsing any: metadata is spliced in as bytes before the body's last brace.
import type { Cipher } from '../crypto/key-ring.ts';
import { type StreamCursors, tailChars } from './cursor.ts';
import type { StoredRow } from './fetch-rows.ts';

const actionNames = ['', 'ADDED', 'UPDATED', 'DELETED'];
const emptyObjectBytes = 2;

/** `2026-11-24T19:23:29.000042+00:00`; rows of a page share their seconds, so those are rendered once. */
function createTimeRenderer(): (micros: number | null) => string {
  let second = Number.NaN;
  let rendered = '';
  return (micros) => {
    if (micros === null) return 'null';
    const itsSecond = Math.floor(micros / 1e6);
    if (itsSecond !== second) {
      second = itsSecond;
      rendered = new Date(second * 1000).toISOString().slice(0, 19);
    }
    return `"${rendered}.${String(micros - second * 1e6).padStart(6, '0')}+00:00"`;
  };
}

const bodyOf = (cipher: Cipher, streamId: number, row: StoredRow): Buffer =>
  row.pruned_at === null
    ? cipher.decrypt({ table: 'records', column: 'body', row: `${streamId}/${row.external_id}` }, row.body)
    : Buffer.from(`{"id":${JSON.stringify(row.external_id)}}`);

export interface RenderContext {
  cipher: Cipher;
  streamId: number;
  cursors: StreamCursors;
}

/** Row `index` of the result lies at `bytes[ends[index - 1] .. ends[index]]`, each with its `separator` in front. */
export interface RenderedRows {
  bytes: Buffer;
  ends: number[];
}

/** `separator` (ASCII) goes before every row; `''` to cut rows out by `ends`. */
export function renderRows(
  { cipher, streamId, cursors }: RenderContext,
  rows: readonly StoredRow[],
  separator: string,
): RenderedRows {
  const tails = cursors.tails(rows.map(({ seq }) => seq));
  const bodies: Buffer[] = [];
  const metadata: string[] = [];
  const time = createTimeRenderer();
  let size = 0;
  for (const [index, row] of rows.entries()) {
    const body = bodyOf(cipher, streamId, row);
    const tail = tails.slice(index * tailChars, (index + 1) * tailChars);
    const text =
      `${body.length === emptyObjectBytes ? '' : ','}"_nango_metadata":{"first_seen_at":${time(row.first_seen_at)},` +
      `"last_modified_at":${time(row.changed_at)},"last_action":"${actionNames[row.action]}",` +
      `"deleted_at":${time(row.deleted_at)},"pruned_at":${time(row.pruned_at)},"cursor":"${cursors.head}${tail}"}}`;
    bodies.push(body);
    metadata.push(text);
    size += separator.length + body.length - 1 + text.length;
  }
  const bytes = Buffer.allocUnsafeSlow(size); // not from the pool: it leaves for a socket
  const ends: number[] = [];
  let at = 0;
  for (const [index, body] of bodies.entries()) {
    at += bytes.write(separator, at, 'latin1');
    at += body.copy(bytes, at, 0, body.length - 1);
    at += bytes.write(metadata[index]!, at, 'latin1');
    ends.push(at);
  }
  return { bytes, ends };
}

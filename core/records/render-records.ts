// Stored rows to the wire's JSON without parsing any: metadata is spliced in as bytes before the body's last brace.
import type { Decipher } from '../crypto/key-ring.ts';
import { type StreamCursors, tailChars } from './cursor.ts';
import { factsOf, type PackedRow, type RowFacts, seqOf } from './packed-row.ts';

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

const bodyOf = (cipher: Decipher, streamId: number, facts: RowFacts, body: Buffer): Buffer =>
  facts.prunedAt === null
    ? cipher.decrypt({ table: 'records', column: 'body', row: `${streamId}/${facts.externalId}` }, body)
    : Buffer.from(`{"id":${JSON.stringify(facts.externalId)}}`);

export interface RenderContext {
  cipher: Decipher;
  streamId: number;
  cursors: StreamCursors;
}

/** Row `index` of the result lies at `bytes[ends[index - 1] .. ends[index]]`, each with its `separator` in front. */
export interface RenderedRows {
  bytes: Buffer<ArrayBuffer>;
  ends: Uint32Array<ArrayBuffer>;
}

/** `separator` (ASCII) goes before every row; `''` to cut rows out by `ends`. @throws SynclineError `undecryptable` */
export function renderRows(
  { cipher, streamId, cursors }: RenderContext,
  rows: readonly PackedRow[],
  separator: string,
): RenderedRows {
  const tails = cursors.tails(rows.map(seqOf));
  const bodies: Buffer[] = [];
  const metadata: string[] = [];
  const time = createTimeRenderer();
  let size = 0;
  for (const [index, row] of rows.entries()) {
    const facts = factsOf(row);
    const body = bodyOf(cipher, streamId, facts, row[1]);
    const tail = tails.slice(index * tailChars, (index + 1) * tailChars);
    const text =
      `${body.length === emptyObjectBytes ? '' : ','}"_nango_metadata":{"first_seen_at":${time(facts.firstSeenAt)},` +
      `"last_modified_at":${time(facts.changedAt)},"last_action":"${actionNames[facts.action]}",` +
      `"deleted_at":${time(facts.deletedAt)},"pruned_at":${time(facts.prunedAt)},"cursor":"${cursors.head}${tail}"}}`;
    bodies.push(body);
    metadata.push(text);
    size += separator.length + body.length - 1 + text.length;
  }
  const bytes = Buffer.allocUnsafeSlow(size); // not from the pool: it leaves for a socket or another thread
  const ends = new Uint32Array(rows.length);
  let at = 0;
  for (const [index, body] of bodies.entries()) {
    at += bytes.write(separator, at, 'latin1');
    at += body.copy(bytes, at, 0, body.length - 1);
    at += bytes.write(metadata[index]!, at, 'latin1');
    ends[index] = at;
  }
  return { bytes, ends };
}

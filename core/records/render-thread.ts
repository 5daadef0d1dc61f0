// The thread of render-aside.ts. Bytes come and go by transfer; keys stay within the process.
import type { KeyObject } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { createDecipher, type DecryptionKeys } from '../crypto/key-ring.ts';
import { fromUnknown } from '../errors.ts';
import { openCursors, type StreamPosition } from './cursor.ts';
import type { PackedRow } from './packed-row.ts';
import { renderRows } from './render-records.ts';

export interface RenderJob {
  id: number;
  keys: DecryptionKeys;
  streamId: number;
  cursors: readonly [key: KeyObject, position: StreamPosition];
  /** The rows' parts one after the other: facts, body, facts, body, … */
  bytes: ArrayBuffer;
  lengths: Uint32Array;
  separator: string;
}

export interface RenderAnswer {
  id: number;
  rendered?: { bytes: ArrayBuffer; ends: Uint32Array<ArrayBuffer> };
  /** Its class does not cross. */
  error?: { code: string; message: string; details: { status: number; hint?: string } };
}

function rowsOf({ bytes, lengths }: RenderJob): PackedRow[] {
  const all = Buffer.from(bytes);
  const rows: PackedRow[] = [];
  let at = 0;
  for (let index = 0; index < lengths.length; index += 2) {
    const middle = at + lengths[index]!;
    const end = middle + lengths[index + 1]!;
    rows.push([all.subarray(at, middle), all.subarray(middle, end)]);
    at = end;
  }
  return rows;
}

function answer(job: RenderJob): RenderAnswer {
  const { id, keys, streamId, cursors, separator } = job;
  try {
    const [key, position] = cursors;
    const opened = openCursors(key, { ...position, cluster: Buffer.from(position.cluster) });
    const { bytes, ends } = renderRows(
      { cipher: createDecipher(keys), streamId, cursors: opened },
      rowsOf(job),
      separator,
    );
    return { id, rendered: { bytes: bytes.buffer, ends } };
  } catch (cause) {
    const { code, message, status, hint } = fromUnknown(cause);
    return { id, error: { code, message, details: { status, ...(hint !== undefined && { hint }) } } };
  }
}

parentPort!.on('message', (job: RenderJob) => {
  const reply = answer(job);
  parentPort!.postMessage(reply, reply.rendered ? [reply.rendered.bytes, reply.rendered.ends.buffer] : []);
});

// The opaque position in a stream that readers hand back: authenticated, bound to environment, stream, history and cluster.
//
//   cursor = base64url( head (36 bytes) | change number (8) | tag (16) ), 80 characters
//   head   = 0x01 | environment uuid (16) | stream id (8) | epoch (4) | cluster (7)
//   tag    = AES-256(HMAC-SHA-256(cursor key, head), zeros (8) | change number (8))
//
// A tag is one AES block under a key that exists for this head alone: a pseudo-random function of the change number, as
// good as an HMAC for one fixed-length block, and a whole page of tags is one cipher call (an HMAC a row would cost 4 us).
import { createCipheriv, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { SynclineError } from '../errors.ts';

const version = 1;
const headBytes = 36;
const tailBytes = 24;
/** Multiples of three bytes, so that head and tails are encoded apart and joined as text. */
const headChars = (headBytes / 3) * 4;
export const tailChars = (tailBytes / 3) * 4;
export const clusterBytes = 7;

export interface StreamPosition {
  environmentId: string;
  streamId: number;
  epoch: number;
  /** `clusterId()`: another one means that numbers may have been given out twice. */
  cluster: Buffer;
}

/** Makes and reads the cursors of one stream as it is now. */
export interface StreamCursors {
  /** What `openCursors` was given, to open the same ones in another thread. */
  readonly openedWith: readonly [key: KeyObject, position: StreamPosition];
  /** The first characters of all cursors of the stream. */
  readonly head: string;
  /** What follows `head`, for many change numbers at once: `tailChars` characters each, without separators. */
  tails(numbers: readonly bigint[]): string;
  encode(number: bigint): string;
  /**
   * @throws SynclineError `invalid_cursor` (400) malformed, forged or of another stream; `cursor_stale` (409, with
   *   `payload.rewind_cursor`) when history began anew since, or the stream has not reached that number
   */
  decode(cursor: string, lastNumber: bigint): bigint;
}

export const invalidCursor = () =>
  new SynclineError('invalid_cursor', 'This cursor was not made by this stream.', {
    status: 400,
    hint: 'Pass a cursor exactly as it was returned for the same connection, model and variant, or none to start over.',
  });

function renderHead({ environmentId, streamId, epoch, cluster }: StreamPosition): Buffer {
  const head = Buffer.alloc(headBytes);
  head[0] = version;
  head.write(environmentId.replaceAll('-', ''), 1, 16, 'hex');
  head.writeBigUInt64BE(BigInt(streamId), 17);
  head.writeUInt32BE(epoch, 25);
  cluster.copy(head, 29, 0, clusterBytes);
  return head;
}

/** One 24-byte tail (number, tag) after the other. */
function renderTails(key: KeyObject, head: Buffer, numbers: readonly bigint[]): Buffer {
  const blocks = Buffer.alloc(numbers.length * 16);
  for (const [index, number] of numbers.entries()) blocks.writeBigUInt64BE(number, index * 16 + 8);
  const pageKey = createHmac('sha256', key).update(head).digest();
  const tags = createCipheriv('aes-256-ecb', pageKey, null).setAutoPadding(false).update(blocks);
  const tails = Buffer.allocUnsafe(numbers.length * tailBytes);
  for (let index = 0; index < numbers.length; index++) {
    blocks.copy(tails, index * tailBytes, index * 16 + 8, index * 16 + 16);
    tags.copy(tails, index * tailBytes + 8, index * 16, index * 16 + 16);
  }
  return tails;
}

/** @example openCursors(database.keys.purpose('cursor'), position).encode(42n) */
export function openCursors(key: KeyObject, position: StreamPosition): StreamCursors {
  const headNow = renderHead(position);
  const head = headNow.toString('base64url');
  const tails = (numbers: readonly bigint[]) => renderTails(key, headNow, numbers).toString('base64url');
  const encode = (number: bigint) => head + tails([number]);

  return {
    openedWith: [key, position],
    head,
    tails,
    encode,
    decode(cursor, lastNumber) {
      if (cursor.length !== headChars + tailChars || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw invalidCursor();
      const bytes = Buffer.from(cursor, 'base64url');
      const itsHead = bytes.subarray(0, headBytes);
      const number = bytes.readBigUInt64BE(headBytes);
      const expected = renderTails(key, itsHead, [number]);
      if (itsHead[0] !== version || !timingSafeEqual(expected, bytes.subarray(headBytes))) throw invalidCursor();
      // Authentic from here on, so what differs is a fact, not an attack; environment and stream stand in bytes 1 to 25.
      if (!itsHead.subarray(0, 25).equals(headNow.subarray(0, 25))) throw invalidCursor();
      if (!itsHead.equals(headNow) || number > lastNumber) {
        throw new SynclineError('cursor_stale', 'The history of this stream began anew after this cursor was made.', {
          status: 409,
          hint: 'Read again from payload.rewind_cursor; records you have already stored come once more.',
          payload: { rewind_cursor: encode(0n) },
        });
      }
      return number;
    },
  };
}

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openCursors, type StreamPosition, tailChars } from './cursor.ts';

const key = createSecretKey(randomBytes(32));
const position: StreamPosition = { environmentId: randomUUID(), streamId: 7, epoch: 2, cluster: Buffer.alloc(7, 9) };
const cursors = openCursors(key, position);
const max = 2n ** 63n - 1n;
const number = fc.bigInt({ min: 0n, max });
const code = (code: string, status: number) => expect.objectContaining({ code, status });

it('gives back the number it was made from', () => {
  fc.assert(
    fc.property(number, (n) => {
      expect(cursors.decode(cursors.encode(n), max)).toBe(n);
    }),
  );
});

it('makes many tails at once that equal those made one by one', () => {
  fc.assert(
    fc.property(fc.array(number, { maxLength: 40 }), (numbers) => {
      const tails = cursors.tails(numbers);
      for (const [index, n] of numbers.entries()) {
        expect(cursors.head + tails.slice(index * tailChars, (index + 1) * tailChars)).toBe(cursors.encode(n));
      }
    }),
  );
});

it('refuses a cursor with any one bit changed', () => {
  fc.assert(
    fc.property(number, fc.nat(479), (n, bit) => {
      const bytes = Buffer.from(cursors.encode(n), 'base64url');
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => cursors.decode(bytes.toString('base64url'), max)).toThrow(code('invalid_cursor', 400));
    }),
  );
});

it('refuses any text that it did not make', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string({ minLength: 80, maxLength: 80 })), (text) => {
      expect(() => cursors.decode(text, max)).toThrow(code('invalid_cursor', 400));
    }),
  );
});

it.each([
  ['another environment', { environmentId: randomUUID() }],
  ['another stream', { streamId: 8 }],
])('refuses a cursor of %s', (_, change) => {
  const foreign = openCursors(key, { ...position, ...change }).encode(5n);
  expect(() => cursors.decode(foreign, max)).toThrow(code('invalid_cursor', 400));
});

it('refuses a cursor made with another key', () => {
  const forged = openCursors(createSecretKey(randomBytes(32)), position).encode(5n);
  expect(() => cursors.decode(forged, max)).toThrow(code('invalid_cursor', 400));
});

it.each([
  ['of an older epoch', { epoch: 1 }],
  ['of another cluster or timeline', { cluster: Buffer.alloc(7, 8) }],
])('answers a cursor %s with the place to read again from', (_, change) => {
  const old = openCursors(key, { ...position, ...change }).encode(5n);
  const rewind = code('cursor_stale', 409);
  expect(() => cursors.decode(old, max)).toThrow(rewind);
  try {
    cursors.decode(old, max);
  } catch (error) {
    const { payload } = error as { payload: { rewind_cursor: string } };
    expect(cursors.decode(payload.rewind_cursor, 0n)).toBe(0n);
  }
});

it('answers a cursor beyond the last number of the stream as stale: the numbers were lost in a restore', () => {
  expect(() => cursors.decode(cursors.encode(6n), 5n)).toThrow(code('cursor_stale', 409));
  expect(cursors.decode(cursors.encode(5n), 5n)).toBe(5n);
});

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeStream } from './decode.ts';
import { readBody } from './read-body.ts';

const text = Buffer.from('{"rows":[1,2,3]}'.repeat(40));
const encoded: [string, Buffer][] = [
  ['gzip', zlib.gzipSync(text)],
  ['x-gzip', zlib.gzipSync(text)],
  ['deflate', zlib.deflateSync(text)],
  ['deflate', zlib.deflateRawSync(text)],
  ['br', zlib.brotliCompressSync(text)],
  ['zstd', zlib.zstdCompressSync(text)],
  ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(text))],
];
const answer = (encoding: string, bytes: Buffer) => ({
  headers: { 'content-encoding': encoding },
  body: Readable.from([bytes]),
});

describe('whole bodies', () => {
  it.each(encoded)('decodes %s', async (encoding, bytes) => {
    expect(await readBody(answer(encoding, bytes))).toEqual(text);
  });

  it.each(encoded)('treats every cut of %s as a network error', async (encoding, bytes) => {
    for (let at = 1; at < bytes.length; at++) {
      await expect(readBody(answer(encoding, bytes.subarray(0, at)))).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
    }
  });

  it('treats a wrong CRC as a network error', async () => {
    const bytes = Buffer.from(zlib.gzipSync(text));
    bytes[bytes.length - 6]! ^= 1;
    await expect(readBody(answer('gzip', bytes))).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });

  it('stops a bomb', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(20_000_000));
    await expect(readBody(answer('gzip', bomb))).rejects.toMatchObject({ code: 'response_too_large' });
  });

  it('leaves unknown encodings, empty bodies and refusals to decode alone', async () => {
    expect(await readBody(answer('lzma', text))).toEqual(text);
    expect(await readBody(answer('gzip', Buffer.alloc(0)))).toHaveLength(0);
    const bytes = zlib.gzipSync(text);
    expect(await readBody(answer('gzip', bytes), { decompress: false })).toEqual(bytes);
  });
});

describe('streams', () => {
  it.each(encoded.filter(([name]) => name !== 'deflate'))('decodes %s', async (encoding, bytes) => {
    expect(await buffer(decodeStream(Readable.from([bytes]), { 'content-encoding': encoding }))).toEqual(text);
  });

  it('fails on a cut and on a bomb', async () => {
    const cut = zlib.gzipSync(text).subarray(0, 40);
    await expect(buffer(decodeStream(Readable.from([cut]), { 'content-encoding': 'gzip' }))).rejects.toThrow();
    const bomb = zlib.gzipSync(Buffer.alloc(20_000_000));
    await expect(buffer(decodeStream(Readable.from([bomb]), { 'content-encoding': 'gzip' }))).rejects.toMatchObject({
      code: 'response_too_large',
    });
  });
});

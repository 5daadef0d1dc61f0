// Undoes content-encoding, whole or as a stream, under a ratio cap. What does not decode was cut or damaged on its way.
import { pipeline, type Readable, Transform } from 'node:stream';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { HeaderValues } from './egress.ts';
import { tooLarge, UpstreamNetworkError } from './network-error.ts';

/** A body may grow a hundredfold; below the floor any growth is harmless (zeros in JSON compress by more). */
const maxRatio = 100;
const ratioFloorBytes = 1_048_576;

const decoders = {
  gzip: { whole: promisify(zlib.gunzip), stream: zlib.createGunzip },
  deflate: { whole: inflateEither, stream: zlib.createInflate },
  br: { whole: promisify(zlib.brotliDecompress), stream: zlib.createBrotliDecompress },
  zstd: { whole: promisify(zlib.zstdDecompress), stream: zlib.createZstdDecompress },
};

type Encoding = keyof typeof decoders;

/** In the order to undo; empty when there is nothing to undo or when one is unknown: then the bytes stay as they are. */
export function encodingsOf(headers: HeaderValues): Encoding[] {
  const names = String(headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-gzip$/, 'gzip'))
    .filter((name) => name !== '' && name !== 'identity');
  // RFC 9110 section 8.4: listed in the order applied. More than three is nobody's server.
  if (names.length > 3 || !names.every((name) => Object.hasOwn(decoders, name))) return [];
  return names.reverse() as Encoding[];
}

export async function decodeWhole(
  bytes: Buffer,
  { headers, maxBytes }: { headers: HeaderValues; maxBytes: number },
): Promise<Buffer> {
  if (bytes.length === 0) return bytes; // HEAD, 204 and 304 may name an encoding of nothing
  const limit = Math.min(maxBytes, Math.max(bytes.length * maxRatio, ratioFloorBytes));
  let decoded = bytes;
  for (const encoding of encodingsOf(headers)) {
    try {
      decoded = await decoders[encoding].whole(decoded, { maxOutputLength: limit });
    } catch (cause) {
      throw decodeError(cause, { encoding, limit });
    }
  }
  return decoded;
}

/** Decodes while streaming. Take `content-encoding` and `content-length` off the headers when you use it. */
export function decodeStream(body: Readable, headers: HeaderValues): Readable {
  const encodings = encodingsOf(headers);
  if (encodings.length === 0) return body;
  let bytesIn = 0;
  let bytesOut = 0;
  body.on('data', (chunk: Buffer) => {
    bytesIn += chunk.length;
  });
  body.pause(); // the pipeline starts it
  const ratio = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytesOut += chunk.length;
      const limit = Math.max(bytesIn * maxRatio, ratioFloorBytes);
      if (bytesOut > limit) done(tooLarge(limit));
      else done(null, chunk);
    },
  });
  const stages = encodings.map((encoding) => decoders[encoding].stream());
  pipeline([body, ...stages, ratio], () => undefined); // a failing stage destroys the last one with its error
  return ratio;
}

/** "deflate" is zlib by RFC 9110 section 8.4.1.2; some servers send the bare stream. */
async function inflateEither(bytes: Buffer, options: zlib.ZlibOptions): Promise<Buffer> {
  const [first = 0, second = 0] = bytes;
  const hasZlibHeader = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
  return promisify<Buffer, zlib.ZlibOptions, Buffer>(hasZlibHeader ? zlib.inflate : zlib.inflateRaw)(bytes, options);
}

function decodeError(cause: unknown, { encoding, limit }: { encoding: string; limit: number }): Error {
  if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limit);
  return new UpstreamNetworkError('UND_ERR_SOCKET', `The answer's ${encoding} data ends early or is damaged.`, {
    opened: true,
    cause,
  });
}

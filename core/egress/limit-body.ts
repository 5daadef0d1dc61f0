// Caps the bytes of an answer. A declared length is judged at once; only a body of unknown length pays for counting.
import { type Readable, Transform } from 'node:stream';
import type { HeaderValues } from './egress.ts';
import { tooLarge, toUpstreamError } from './network-error.ts';

interface Limit {
  headers: HeaderValues;
  method: string;
  maxBytes: number | undefined;
}

export function limitBody(body: Readable, { headers, method, maxBytes }: Limit): Readable {
  if (maxBytes === undefined || method.toUpperCase() === 'HEAD') return body;
  const declared = Number(headers['content-length'] ?? Number.NaN);
  if (declared <= maxBytes) return body; // undici ends a body that differs from its declared length with an error
  if (declared > maxBytes) {
    discard(body);
    throw tooLarge(maxBytes);
  }
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  body.on('error', (cause) => counted.destroy(toUpstreamError(cause) as Error));
  counted.on('close', () => discard(body));
  return body.pipe(counted);
}

/** Ends a body nobody will read, whatever it says to that. */
export function discard(body: Readable): void {
  body.on('error', () => undefined).destroy();
}

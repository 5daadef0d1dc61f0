// Reads an answer to its end: whole, decoded and below a cap, or an error. Never a part of it.
import { decodeWhole } from './decode.ts';
import type { EgressResponse } from './egress.ts';
import { discard } from './limit-body.ts';
import { tooLarge, toUpstreamError } from './network-error.ts';

export interface ReadBodyOptions {
  /** Before and after decoding. Default 50 MB. */
  maxBytes?: number;
  decompress?: boolean;
}

export async function readBody(
  { body, headers }: Pick<EgressResponse, 'body' | 'headers'>,
  { maxBytes = 50_000_000, decompress = true }: ReadBodyOptions = {},
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (cause) {
    discard(body);
    throw toUpstreamError(cause);
  }
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
  return decompress ? decodeWhole(bytes, { headers, maxBytes }) : bytes;
}

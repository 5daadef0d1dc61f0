// The two ways to take an answer: as a stream for HTTP callers, whole and decoded for functions.
import { Readable } from 'node:stream';
import { decodeWhole, encodingsOf } from '../egress/decode.ts';
import type { EgressResponse, HeaderValues } from '../egress/egress.ts';
import { discard } from '../egress/limit-body.ts';
import { readBody } from '../egress/read-body.ts';

export interface Receiver<Answer> {
  receive(answer: EgressResponse): Promise<Answer>;
  /** Looks at the body as JSON, and gives back an answer that can still be read. */
  parse(answer: Answer): Promise<{ answer: Answer; body: unknown }>;
  discard(answer: Answer): void;
}

export interface BufferedAnswer {
  status: number;
  statusText: string;
  headers: HeaderValues;
  bytes: Buffer;
}

const maxErrorBytes = 1_000_000;

export const streamed: Receiver<EgressResponse> = {
  receive: async (answer) => answer,
  async parse(answer) {
    if (Number(answer.headers['content-length'] ?? 0) > maxErrorBytes) return { answer, body: undefined };
    const raw = await readBody(answer, { decompress: false, maxBytes: maxErrorBytes });
    const decoded = await decodeWhole(raw, { headers: answer.headers, maxBytes: maxErrorBytes });
    return { answer: { ...answer, body: Readable.from(raw.length === 0 ? [] : [raw]) }, body: parseJson(decoded) };
  },
  discard: ({ body }) => discard(body),
};

export function buffered(maxBytes: number): Receiver<BufferedAnswer> {
  return {
    async receive(answer) {
      const bytes = await readBody(answer, { maxBytes });
      const { status, statusText, headers } = answer;
      if (encodingsOf(headers).length === 0) return { status, statusText, headers, bytes };
      const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers;
      return { status, statusText, headers: rest, bytes };
    },
    parse: async (answer) => ({ answer, body: parseJson(answer.bytes) }),
    discard: () => undefined,
  };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

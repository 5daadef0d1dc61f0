// The JSON of Temporal's codec protocol around our payload codec, for its UI.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { SynclineError } from '../core/errors.ts';
import type { CodecEndpoint } from './routes/codec.ts';

interface Payload {
  metadata?: Record<string, Uint8Array> | null | undefined;
  data?: Uint8Array | null | undefined;
}

export interface PayloadCodec {
  encode(payloads: Payload[]): Promise<Payload[]>;
  decode(payloads: Payload[]): Promise<Payload[]>;
}

const base64 = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

const body = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).default({}), data: base64.optional() })),
});

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

const toJson = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, toText(value)])),
  ...(data && { data: toText(data) }),
});

/** As the supervisor computes it when it starts the UI. */
const tokenOf = (encryptionKey: Buffer) =>
  createHmac('sha256', encryptionKey).update('temporal-codec-endpoint').digest('base64url').slice(0, 32);

export function createCodecEndpoint(codec: PayloadCodec, encryptionKey: Buffer): CodecEndpoint {
  const through = (run: PayloadCodec['encode']) => async (given: unknown) => {
    const parsed = body.safeParse(given);
    if (!parsed.success) throw new SynclineError('invalid_body', 'Not a body of the codec protocol.', { status: 400 });
    return { payloads: (await run(parsed.data.payloads)).map(toJson) };
  };
  return { token: tokenOf(encryptionKey), encode: through(codec.encode), decode: through(codec.decode) };
}

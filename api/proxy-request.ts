// Reads what a caller of `/proxy` wants: the endpoint verbatim, the options among the headers, the body as bytes.
import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { SynclineError } from '../core/errors.ts';
import type { ApiEnv } from './context.ts';
import { connectionId, providerConfigKey } from './fields.ts';
import { maxProxyBytes } from './middleware/body-limits.ts';
import { parsePart } from './validation.ts';

const maxRetries = 10;
/** Larger bodies are streamed, and never sent a second time. */
const keptBytes = 8_000_000;

const yesOrNo = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional()
  .openapi({ type: 'string', enum: ['true', 'false'] });

/** What the Node client always sends, empty when it has nothing to say. */
const absentWhenEmpty = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

export const proxyHeaders = z.object({
  'provider-config-key': providerConfigKey,
  'connection-id': connectionId,
  retries: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .transform((count) => Math.min(count, maxRetries)),
  'retry-on': z
    .string()
    .regex(/^\d{3}(,\d{3})*$/)
    .transform((text) => text.split(',').map(Number))
    .optional()
    .openapi({ type: 'string', example: '409,423' }),
  'base-url-override': z
    .union([z.literal('').transform(() => undefined), z.url({ protocol: /^https?$/, abort: true })])
    .optional()
    .openapi({ type: 'string' }),
  decompress: yesOrNo,
  'forward-headers-on-redirect': yesOrNo,
  'syncline-retry-unsafe': yesOrNo,
  'nango-activity-log-id': absentWhenEmpty(z.string()).openapi({ type: 'string' }),
});

/** @throws SynclineError `invalid_headers` */
export function readProxyHeaders(c: Context<ApiEnv>): z.output<typeof proxyHeaders> {
  return parsePart('header', proxyHeaders, c.req.header());
}

/** `Nango-Proxy-<Name>: v` goes upstream as `<Name>: v`; of the others only the body's own type does. */
export function upstreamHeaders(c: Context<ApiEnv>): Record<string, string> {
  const prefix = 'nango-proxy-';
  const type = c.req.header('content-type');
  const named = Object.entries(c.req.header()).filter(
    ([name]) => name.startsWith(prefix) && name.length > prefix.length,
  );
  return {
    ...(type !== undefined && { 'content-type': type }),
    ...Object.fromEntries(named.map(([name, value]) => [name.slice(prefix.length), value])),
  };
}

/** As it came over the wire: a parsed URL would have lost dot segments and spellings that the upstream may care for. */
export function endpointOf(c: Context<ApiEnv>): string {
  const incoming = (c.env as { incoming?: { url?: string } } | undefined)?.incoming?.url;
  const raw = (incoming ?? c.req.url).replace(/^https?:\/\/[^/?#]*/i, '').replace(/^\/proxy/, '');
  return raw.startsWith('/') ? raw : `/${raw}`;
}

export interface ProxyBody {
  rawBody: Buffer | Readable | null;
  rawBodySizeBytes?: number;
}

/** @throws SynclineError `request_too_large`, from the stream when its length was not announced */
export async function readProxyBody(c: Context<ApiEnv>): Promise<ProxyBody> {
  const { body, method } = c.req.raw;
  const announced = c.req.header('content-length');
  if (body === null || method === 'GET' || method === 'HEAD' || announced === '0') return { rawBody: null };
  const size = announced === undefined ? undefined : Number(announced);
  if (size !== undefined && size <= keptBytes) return { rawBody: Buffer.from(await c.req.arrayBuffer()) };
  const rawBody = Readable.from(capped(body), { objectMode: false });
  return { rawBody, ...(size !== undefined && { rawBodySizeBytes: size }) };
}

async function* capped(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxProxyBytes) {
      throw new SynclineError('request_too_large', `The body is larger than ${maxProxyBytes} bytes.`, { status: 413 });
    }
    yield chunk;
  }
}

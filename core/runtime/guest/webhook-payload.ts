// What a webhook function gets: the parsed body itself, which answers to `payload.body` and `payload.headers` as well.
import type { Start } from '../protocol.ts';

/** Fields of the body's own win; ours are not listed, so that a payload is stored as it came. */
export function payloadOf({ input, webhook }: Pick<Start, 'input' | 'webhook'>): unknown {
  if (typeof input !== 'object' || input === null || !webhook) return input;
  const { headers, query, rawBody } = webhook;
  for (const [name, value] of Object.entries({ body: input, headers, query, rawBody })) {
    if (!Object.hasOwn(input, name)) Object.defineProperty(input, name, { value, writable: true, configurable: true });
  }
  return input;
}

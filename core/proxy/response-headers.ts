// Which upstream headers an HTTP caller gets, and what we add so that an answer cannot act in a browser on our origin.
import type { HeaderValues } from '../egress/egress.ts';

const never = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'clear-site-data',
  'x-syncline-error',
]); // prettier-ignore

const active = /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml|text\/xml|application\/xml)\b/i;

/** @param decoded the body was decompressed on its way: its encoding and length are no longer true */
export function responseHeaders(
  upstream: Readonly<HeaderValues>,
  { decoded = false }: { decoded?: boolean } = {},
): HeaderValues {
  const hops = new Set(
    String(upstream['connection'] ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  const headers: HeaderValues = {};
  for (const [name, value] of Object.entries(upstream)) {
    if (never.has(name) || hops.has(name)) continue;
    if (name.startsWith('access-control-') || name.startsWith('content-security-policy')) continue;
    if (decoded && (name === 'content-encoding' || name === 'content-length')) continue;
    headers[name] = value;
  }
  headers['x-content-type-options'] = 'nosniff';
  headers['content-security-policy'] = "sandbox; default-src 'none'";
  if (active.test(String(upstream['content-type'] ?? ''))) headers['content-disposition'] ??= 'attachment';
  return headers;
}

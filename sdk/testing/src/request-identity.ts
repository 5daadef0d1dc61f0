// What makes two requests the same, in the form that recordings keep: method, endpoint, parameters, own headers, body.
import { createHash } from 'node:crypto';
import type { ProxyConfiguration } from '@syncline/functions';

type Pair = [name: string, value: string];

export interface RequestIdentity {
  method: string;
  /** Path with leading slash, no query. */
  path: string;
  /** Where the request itself names one. */
  host: string | undefined;
  /** By name. */
  params: Pair[];
  /** The function's own; by name, in their own case. */
  headers: Pair[];
  data: string | undefined;
  /** SHA-1 of all of it. */
  hash: string;
}

/** Set by the platform or the transport, so that they say nothing about the request. */
const notOwn = new Set([
  'authorization',
  'user-agent',
  'accept',
  'accept-encoding',
  'host',
  'content-length',
  'connection-id',
  'provider-config-key',
  'retries',
  'retry-on',
  'base-url-override',
  'forward-headers-on-redirect',
]);
const defaultType = /^application\/(json|x-www-form-urlencoded)\s*(;|$)/i;
/** A longer body is kept as its digest. */
const longLength = 1_000;

export function identify(config: ProxyConfiguration, method: string): RequestIdentity {
  const { pathname, search, host } = parseEndpoint(config.endpoint);
  const base = config.baseUrlOverride ? parseEndpoint(config.baseUrlOverride).host : undefined;
  const params = [...new URLSearchParams(search), ...pairsOf(config.params)].sort(byName);
  const headers = Object.entries(config.headers ?? {})
    .filter(([name, value]) => value !== undefined && isOwn(name, String(value)))
    .map(([name, value]): Pair => [name, String(value)])
    .sort(byName);
  const data = dataText(config.data);
  const endpoint = pathname.replace(/^\//, '');
  const hash = sha1(JSON.stringify({ method, endpoint, params, headers, data }));
  return { method, path: pathname, host: host ?? base, params, headers, data, hash };
}

/** As text; the digest when it is long. Undefined for none. */
export function dataText(data: unknown): string | undefined {
  if (data === undefined || data === null) return undefined;
  const text =
    typeof data === 'string'
      ? data
      : ArrayBuffer.isView(data)
        ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
        : data instanceof URLSearchParams
          ? data.toString()
          : JSON.stringify(data);
  return text.length > longLength ? `sha1:${sha1(text)}` : text;
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

function parseEndpoint(endpoint: string): { pathname: string; search: string; host: string | undefined } {
  const [, host, rest = endpoint] = /^https?:\/\/([^/?#]+)(.*)$/is.exec(endpoint) ?? [];
  const [path = '', ...query] = rest.replace(/#.*$/s, '').split('?');
  return { pathname: path.startsWith('/') ? path : `/${path}`, search: query.join('?'), host };
}

function pairsOf(params: ProxyConfiguration['params']): Pair[] {
  if (params === undefined) return [];
  if (typeof params === 'string') return [...new URLSearchParams(params)];
  return Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as Pair],
  );
}

function isOwn(name: string, value: string): boolean {
  const key = name.toLowerCase();
  if (key === 'content-type') return !defaultType.test(value);
  return !notOwn.has(key) && !key.startsWith('nango-');
}

const byName = ([a]: Pair, [b]: Pair): number => (a < b ? -1 : a > b ? 1 : 0);

// Turns a request to a provider into a call of `/proxy`: its headers under a prefix, its body as bytes.
import { Readable } from 'node:stream';
import type { Call } from './http.ts';
import type { SynclineOptions } from './options.ts';
import { placeHeaders } from './place.ts';
import type { ProxyRequest } from './types/proxy.ts';

/** @throws TypeError for an endpoint that would leave `/proxy` */
export function toProxyCall(request: ProxyRequest, options: SynclineOptions): Call {
  const { retries, retryOn, retryUnsafe, baseUrlOverride, decompress, forwardHeadersOnRedirect } = request;
  const { body, contentType } = toBody(request.data);
  const own = Object.entries(request.headers ?? {}).filter(([, value]) => value !== undefined);
  const given = own.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const type = given === undefined ? contentType : String(given);
  const activityLogId = options.activityLogId;
  return {
    method: (request.method ?? 'GET').toUpperCase(),
    path: proxyPath(request),
    headers: {
      ...placeHeaders(request, options),
      ...Object.fromEntries(own.map(([name, value]) => [`nango-proxy-${name.toLowerCase()}`, String(value)])),
      ...(type !== undefined && { 'content-type': type }),
      ...(retries !== undefined && { retries: String(retries) }),
      ...(retryOn && retryOn.length > 0 && { 'retry-on': retryOn.join(',') }),
      ...(retryUnsafe && { 'syncline-retry-unsafe': 'true' }),
      ...(baseUrlOverride && { 'base-url-override': baseUrlOverride }),
      ...(decompress !== undefined && { decompress: String(decompress) }),
      ...(forwardHeadersOnRedirect !== undefined && {
        'forward-headers-on-redirect': String(forwardHeadersOnRedirect),
      }),
      ...(activityLogId && { 'nango-activity-log-id': activityLogId }),
    },
    body,
    responseType: request.responseType,
    timeoutMs: 300_000,
    isProxied: true,
  };
}

function proxyPath({ endpoint, params }: ProxyRequest): string {
  const path = `/proxy${/^[/?]/.test(endpoint) ? '' : '/'}${endpoint}`;
  const query = paramsText(params);
  const full = query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
  // `/proxy/../connections` would be resolved before it is sent, and reach another route with our key.
  const { pathname } = new URL(full, 'http://localhost');
  if (pathname !== '/proxy' && !pathname.startsWith('/proxy/'))
    throw new TypeError(`The endpoint ${JSON.stringify(endpoint)} climbs out of the provider's API.`);
  return full;
}

function paramsText(params: ProxyRequest['params']): string {
  if (params === undefined) return '';
  if (typeof params === 'string') return params.replace(/^\?/, '');
  const named = Object.entries(params).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(named.map(([name, value]) => [name, String(value)])).toString();
}

interface Body {
  body: NonNullable<Call['body']> | null;
  /** Absent where `fetch` knows it: the boundary of a form is its own. */
  contentType?: string;
}

function toBody(data: unknown): Body {
  if (data === undefined || data === null) return { body: null };
  if (typeof data === 'string' || data instanceof URLSearchParams)
    return { body: data, contentType: 'application/x-www-form-urlencoded' };
  if (data instanceof FormData || data instanceof Blob) return { body: data };
  if (data instanceof ReadableStream) return { body: data };
  if (data instanceof Readable) return { body: Readable.toWeb(data) as ReadableStream };
  if (data instanceof ArrayBuffer) return { body: data, contentType: 'application/octet-stream' };
  if (ArrayBuffer.isView(data))
    return { body: data as Uint8Array<ArrayBuffer>, contentType: 'application/octet-stream' };
  return { body: JSON.stringify(data), contentType: 'application/json' };
}

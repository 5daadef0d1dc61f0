// Requests of a script: what crosses the pipe, and the axios-shaped answers that scripts rely on.
import { Readable } from 'node:stream';
import { serializeData } from '../../proxy/serialize-data.ts';
import { maxFrameBytes } from '../protocol.ts';
import { ourError } from './our-error.ts';
import { type HttpResponse, requestError, statusError } from './request-error.ts';

export interface HttpConfig {
  endpoint: string;
  method?: string;
  params?: unknown;
  data?: unknown;
  headers?: Record<string, unknown>;
  retries?: number;
  retryOn?: number[] | null;
  retryHeader?: unknown;
  retryUnsafe?: boolean;
  baseUrlOverride?: string;
  responseType?: string;
  decompress?: boolean;
  forwardHeadersOnRedirect?: boolean;
  paginate?: unknown;
  providerConfigKey?: string;
  connectionId?: string;
}

export type HostCall = (
  method: string,
  args: Record<string, unknown>,
  body?: Buffer,
) => Promise<{ result: unknown; body: Buffer }>;

interface Answer {
  status: number;
  statusText: string;
  headers: Record<string, string | string[]>;
  /** Without credentials. */
  url: string;
}

/** The frame has a header too. */
const maxBodyBytes = maxFrameBytes - 4 * 1024 * 1024;

/** @throws an axios-shaped error for a status outside 200-299 or when there was no answer */
export async function request(call: HostCall, config: HttpConfig, entryContentType?: string): Promise<HttpResponse> {
  if (typeof config?.endpoint !== 'string')
    throw new TypeError("A request needs an endpoint: nango.get({ endpoint: '/contacts' }).");
  const method = (config.method ?? 'GET').toUpperCase();
  const { params, data, headers, responseType, decompress: _decompress, paginate: _paginate, ...rest } = config;
  const own = Object.fromEntries(
    Object.entries(headers ?? {}).filter(([, value]) => value !== undefined && value !== null),
  );
  const contentType = Object.entries(own).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const serialized = hasBody(method)
    ? serializeData(data, contentType === undefined ? entryContentType : String(contentType))
    : null;
  const body = serialized ? Buffer.from(serialized.body) : undefined;
  if (body && body.length > maxBodyBytes) throw tooLarge(body.length);
  const shown = { method: method.toLowerCase(), url: config.endpoint, params, data, headers: own };
  let reply: { result: unknown; body: Buffer };
  try {
    reply = await call(
      'http',
      {
        ...rest,
        method,
        headers: own,
        params: wireParams(params),
        ...(serialized && { contentType: serialized.contentType }),
      },
      body,
    );
  } catch (error) {
    throw requestError(error, shown);
  }
  const { status, statusText, headers: received, url } = reply.result as Answer;
  const response: HttpResponse = {
    data: decode(reply.body, responseType),
    status,
    statusText,
    headers: joined(received),
    config: { ...shown, url },
    request: { url, method },
  };
  if (status < 200 || status > 299) throw statusError(response);
  return response;
}

const hasBody = (method: string) => method !== 'GET' && method !== 'HEAD';

const tooLarge = (bytes: number) =>
  ourError(new Error(`The body has ${bytes} bytes; ${maxBodyBytes} can be sent.`), 'request_too_large');

/** Dates and nested values keep their meaning over JSON; `undefined` is dropped there as the query rules want. */
function wireParams(params: unknown): unknown {
  return params instanceof URLSearchParams ? params.toString() : params;
}

/** `set-cookie` is a list, however often it came: the one header whose values may hold a comma. */
function joined(headers: Record<string, string | string[]>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (name === 'set-cookie') return [name, [value].flat()];
      return [name, Array.isArray(value) ? value.join(', ') : value];
    }),
  );
}

/** JSON whatever the content type says; what does not parse stays text. */
function decode(bytes: Buffer, responseType: string | undefined): unknown {
  switch (responseType) {
    case 'arraybuffer':
      return Buffer.from(bytes);
    case 'stream':
      return Readable.from([bytes]);
    case 'blob':
      return new Blob([new Uint8Array(bytes)]);
    case 'text':
    case 'document':
      return bytes.toString();
    default: {
      if (bytes.length === 0) return '';
      const text = bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    }
  }
}

// Requests of a script: what crosses the pipe, and the axios-shaped answers and errors that scripts rely on.
import { Readable } from 'node:stream';
import { serializeData } from '../../proxy/serialize-data.ts';

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
  forwardHeadersOnRedirect?: boolean;
  paginate?: unknown;
  providerConfigKey?: string;
  connectionId?: string;
}

export interface HttpResponse {
  data: unknown;
  status: number;
  statusText: string;
  headers: Record<string, unknown>;
  config: Record<string, unknown>;
  request: Record<string, unknown>;
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

/** @throws an axios-shaped error for a status outside 200-299 or when there was no answer */
export async function request(call: HostCall, config: HttpConfig, entryContentType?: string): Promise<HttpResponse> {
  const method = (config.method ?? 'GET').toUpperCase();
  const { params, data, headers, responseType, paginate: _paginate, ...rest } = config;
  const own = Object.fromEntries(
    Object.entries(headers ?? {}).filter(([, value]) => value !== undefined && value !== null),
  );
  const contentType = Object.entries(own).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const serialized = hasBody(method)
    ? serializeData(data, contentType === undefined ? entryContentType : String(contentType))
    : null;
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
      serialized ? Buffer.from(serialized.body) : undefined,
    );
  } catch (error) {
    throw networkError(error, shown);
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

/** Dates and nested values keep their meaning over JSON; `undefined` is dropped there as the query rules want. */
function wireParams(params: unknown): unknown {
  return params instanceof URLSearchParams ? params.toString() : params;
}

function joined(headers: Record<string, string | string[]>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) && name !== 'set-cookie' ? value.join(', ') : value,
    ]),
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

/** Kept by `failure.ts` when one escapes the script. */
export interface AxiosError extends Error {
  isAxiosError: true;
  code?: string;
  status?: number;
  response?: HttpResponse;
}

function axiosError(
  message: string,
  fields: { code: string; status?: number; response?: HttpResponse; config: unknown },
): AxiosError {
  const error = Object.assign(new Error(message), { isAxiosError: true as const, request: {}, ...fields });
  error.name = 'AxiosError';
  return Object.assign(error, {
    toJSON: () => ({
      message,
      name: 'AxiosError',
      code: fields.code,
      status: fields.status ?? null,
      config: fields.config,
    }),
  });
}

function statusError(response: HttpResponse): AxiosError {
  const { status, config } = response;
  const code = status >= 500 ? 'ERR_BAD_RESPONSE' : 'ERR_BAD_REQUEST';
  return axiosError(`Request failed with status code ${status}`, { code, status, response, config });
}

function networkError(cause: unknown, config: unknown): unknown {
  const { code, message, status, payload } = cause as {
    code?: string;
    message: string;
    status?: number;
    payload?: unknown;
  };
  if (code === undefined) return cause;
  const error = axiosError(message, { code, config });
  // Our own refusals (egress, override, credentials) have a status; scripts that look at it see it where axios has it.
  return status === undefined ? error : Object.assign(error, { status, payload });
}

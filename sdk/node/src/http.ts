// One call to the API: sent with the key, with a deadline, repeated where that is safe, refused as one kind of error.
import { setTimeout as sleep } from 'node:timers/promises';
import { fromResponse, type SentRequest, SynclineApiError } from './api-error.ts';
import { keyOf, type SynclineOptions } from './options.ts';
import { type Query, queryText } from './query.ts';
import { type ApiResponse, type ResponseType, readData } from './response.ts';
import { parseRetryAfter, retryWaitMs } from './retry-wait.ts';
import { userAgent } from './version.ts';

const defaultHost = 'http://localhost:3003';

export interface Call {
  method: string;
  path: string;
  query?: Query;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: RequestInit['body'];
  responseType?: ResponseType | undefined;
  /** The default of this call, where the client has none. */
  timeoutMs?: number;
  /** The answer may be an upstream's. */
  isProxied?: boolean;
}

export interface Http {
  send<T>(call: Call): Promise<ApiResponse<T>>;
  /** The body alone. */
  read<T>(call: Call): Promise<T>;
}

export function createHttp(options: SynclineOptions): Http {
  const host = (options.host ?? defaultHost).replace(/\/+$/, '');
  const { maxRetries = 2, fetch: send = globalThis.fetch } = options;
  const own: Record<string, string> = {
    authorization: `Bearer ${keyOf(options)}`,
    'user-agent': userAgent,
    ...(options.isSync && { 'nango-is-sync': 'true' }),
    ...(options.isScript && { 'nango-is-script': 'true' }),
    ...(options.dryRun && { 'nango-is-dry-run': 'true' }),
  };

  async function sendCall<T>(call: Call): Promise<ApiResponse<T>> {
    const timeoutMs = options.timeoutMs ?? call.timeoutMs ?? 60_000;
    const deadlineAt = Date.now() + timeoutMs;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    const signal = options.signal ? AbortSignal.any([deadline.signal, options.signal]) : deadline.signal;
    const request = toRequest(call);
    const config = { method: call.method, url: request.url };
    try {
      for (let attempt = 0; ; attempt++) {
        const response = await send(request.url, { ...request.init, signal });
        const answer = await toAnswer(response, call, config);
        if (response.ok) return answer as ApiResponse<T>;
        const { method } = call;
        const { status } = response;
        const isOurs = !call.isProxied || response.headers.has('x-syncline-error');
        const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
        const waitMs = retryWaitMs({ method, status, attempt, maxRetries, retryAfterMs, isOurs });
        if (waitMs === undefined || Date.now() + waitMs > deadlineAt)
          throw fromResponse(answer, { config, isOurs, retryAfterMs });
        await sleep(waitMs, undefined, { signal });
      }
    } catch (cause) {
      if (cause instanceof SynclineApiError) throw cause;
      options.signal?.throwIfAborted();
      if (deadline.signal.aborted)
        throw new SynclineApiError(`No answer within ${timeoutMs} ms.`, { code: 'ETIMEDOUT', config, cause });
      const message = `The API cannot be reached at ${host}: ${reasonOf(cause)}`;
      throw new SynclineApiError(message, { code: codeOf(cause), config, cause });
    } finally {
      clearTimeout(timer); // a body that is streamed has all the time that its reader takes
    }
  }

  function toRequest({ method, path, query, headers, json, body = null, isProxied }: Call) {
    const text = query === undefined ? '' : queryText(query);
    const init = {
      method,
      headers: { ...own, ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: json === undefined ? body : JSON.stringify(json),
      // A key follows nobody. A redirect that the proxy did not follow is the upstream's answer.
      redirect: isProxied ? ('manual' as const) : ('error' as const),
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    };
    return { url: `${host}${path}${text === '' ? '' : `?${text}`}`, init: init as RequestInit };
  }

  return { send: sendCall, read: async <T>(call: Call) => (await sendCall<T>(call)).data };
}

async function toAnswer(
  response: Response,
  { responseType }: Call,
  config: SentRequest,
): Promise<ApiResponse<unknown>> {
  return {
    data: await readData(response, response.ok ? responseType : 'json'),
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    config,
  };
}

/** `fetch` says only "fetch failed"; what failed is below. */
function reasonOf(cause: unknown): string {
  const { message, cause: inner } = cause as { message?: string; cause?: { message?: string; code?: string } };
  return inner?.message || inner?.code || message || String(cause);
}

function codeOf(cause: unknown): string {
  const { code, cause: inner } = cause as { code?: unknown; cause?: { code?: unknown } };
  const found = inner?.code ?? code;
  return typeof found === 'string' ? found : 'ERR_NETWORK';
}

// The public HTTP API as the suite uses it: plain fetch, JSON in and out, a deadline on every call.

export interface Answer {
  status: number;
  /** undefined: an empty body. */
  body: unknown;
}

export interface Call {
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  timeoutMs?: number;
}

export interface Api {
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** @throws ApiFailure for anything but 2xx */
  ok<T = unknown>(method: string, path: string, call?: Call): Promise<T>;
}

export class ApiFailure extends Error {
  readonly code: string;

  constructor(what: string, { status, body }: Answer) {
    const { code = 'unknown', message = '', errors } = errorOf(body);
    super(`${what} answered ${status} ${code}: ${message}${errors ? ` ${JSON.stringify(errors)}` : ''}`);
    this.code = code;
  }
}

export interface WireError {
  code?: string;
  message?: string;
  payload?: unknown;
  errors?: unknown;
}

export function errorOf(body: unknown): WireError {
  if (typeof body !== 'object' || body === null || !('error' in body)) return {};
  const { error } = body;
  return typeof error === 'object' && error !== null ? error : {};
}

export function createApi({ host, key }: { host: string; key: string }): Api {
  async function call(method: string, path: string, { query, headers, body, timeoutMs = 60_000 }: Call = {}) {
    const url = new URL(`${host}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : parse(text) };
  }
  return {
    call,
    async ok<T>(method: string, path: string, options?: Call) {
      const answer = await call(method, path, options);
      if (answer.status < 200 || answer.status > 299) throw new ApiFailure(`${method} ${path}`, answer);
      return answer.body as T;
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

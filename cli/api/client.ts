// The API as the CLI calls it: JSON in, JSON out, and an error that says what to do.
import { CliError } from '../errors.ts';
import type { Target } from '../project/resolve-target.ts';
import { userAgent } from '../version.ts';

type Query = Record<string, string | number | undefined>;

export interface ApiClient {
  get(path: string, query?: Query): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  patch(path: string, body: unknown): Promise<unknown>;
  delete(path: string): Promise<unknown>;
}

const timeoutMs = 120_000;

interface WireError {
  error?: {
    code?: string;
    message?: string;
    hint?: string;
    errors?: { message: string; path?: (string | number)[] }[];
  };
}

/** @param exitCode What the command ends with when a call fails. */
export function createApiClient({ url, secretKey }: Target, { exitCode = 1 }: { exitCode?: number } = {}): ApiClient {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${secretKey}`,
          'user-agent': userAgent,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      const hint = 'Is it running? Start it with npm start, or set SYNCLINE_HOSTPORT.';
      throw new CliError('unreachable', `No answer from ${url}.`, { exitCode, hint, cause });
    }
    const answer = parse(text);
    if (response.ok) return answer;
    throw toError(response.status, answer, `${method} ${path}`, exitCode);
  }
  return {
    get: (path, query = {}) => call('GET', path + renderQuery(query)),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
  };
}

function renderQuery(query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toError(status: number, answer: unknown, what: string, exitCode: number): CliError {
  const { error } = (answer ?? {}) as WireError;
  const details = (error?.errors ?? []).map(({ message, path }) => `${path?.join('.') ?? ''}: ${message}`);
  const message = error?.message || `${what} was answered with status ${status}.`;
  const hint =
    error?.hint ?? (status === 401 ? 'The server does not know this key; check SYNCLINE_SECRET_KEY_<ENV>.' : undefined);
  return new CliError(error?.code ?? `http_${status}`, [message, ...details].join('\n  '), {
    exitCode,
    ...(hint && { hint }),
  });
}

// Calls to the API from a page: each answered, or refused as one kind of error.
import { AuthError, type FieldProblem } from './auth-error.ts';

export type Query = Record<string, string>;

export interface Api {
  /** The API's own, without a slash at its end. */
  readonly host: string;
  /** The whole address, for a window. */
  address(path: string, query: Query): string;
  /** @throws AuthError */
  get<T>(path: string, query: Query, options: { token: string; signal: AbortSignal }): Promise<T>;
  /** @throws AuthError */
  post<T>(path: string, query: Query, body?: object): Promise<T>;
}

/** @throws AuthError `invalid_host_url` */
export function createApi(given: string): Api {
  const host = given.replace(/\/+$/, '');
  if (!/^https?:$/.test(protocolOf(host)))
    throw new AuthError(`'${given}' is not an address of an API: https://… is.`, 'invalid_host_url');
  const address = (path: string, query: Query) => {
    const text = new URLSearchParams(query).toString();
    return `${host}${path}${text && `?${text}`}`;
  };

  async function send<T>(url: string, init: RequestInit): Promise<T> {
    let response: Response;
    try {
      response = await fetch(url, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' });
    } catch (cause) {
      throw new AuthError(`The API cannot be reached at ${host}.`, 'unknown_error', { cause });
    }
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw refusal(body, response);
    return body as T;
  }

  return {
    host,
    address,
    get: (path, query, { token, signal }) =>
      send(address(path, query), { headers: { authorization: `Bearer ${token}` }, signal, cache: 'no-store' }),
    post: (path, query, body) =>
      send(address(path, query), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      }),
  };
}

function protocolOf(text: string): string {
  try {
    return new URL(text).protocol;
  } catch {
    return '';
  }
}

interface Envelope {
  code?: string;
  message?: string;
  hint?: string;
  errors?: FieldProblem[];
  request_id?: string;
}

function refusal(body: unknown, { status }: Response): AuthError {
  const { code, message, hint, errors, request_id } = (body as { error?: Envelope } | undefined)?.error ?? {};
  const problems = errors?.map(({ path, message: said }) => [path.join('.'), said].filter(Boolean).join(': '));
  const text = message || problems?.join('; ') || `The API refused with status ${status}.`;
  return new AuthError(text, code ?? 'unknown_error', { hint, errors, requestId: request_id, status });
}

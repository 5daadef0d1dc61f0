// `nango.uncontrolledFetch`, and `fetch` itself: requests without the connection's credential, made by the host's egress.
import { ActionError } from '@syncline/functions';
import type { HostCall } from './http.ts';
import type { HostError } from './request-error.ts';

export interface UncontrolledOptions {
  url: URL | string;
  method?: string;
  headers?: HeadersInit | undefined;
  body?: string | null;
}

interface Answer {
  status: number;
  statusText: string;
  headers: Record<string, string | string[]>;
  url: string;
  redirected: boolean;
}

const refusals = new Set(['url_not_allowed', 'too_many_redirects', 'invalid_redirect']);
/** The Fetch standard's null body statuses: a Response of theirs with a body is an error. */
const withoutBody = new Set([101, 103, 204, 205, 304]);

export function createUncontrolledFetch(call: HostCall) {
  async function ask(args: Record<string, unknown>, body?: Buffer): Promise<Response> {
    try {
      const reply = await call('uncontrolledFetch', args, body);
      return toResponse(reply.result as Answer, reply.body);
    } catch (error) {
      throw toFetchError(error as HostError);
    }
  }

  /** @throws ActionError for a URL or redirect that is not allowed; TypeError when there is no answer */
  async function uncontrolledFetch({ url, method = 'GET', headers, body }: UncontrolledOptions): Promise<Response> {
    const sent = typeof body === 'string' ? Buffer.from(body) : undefined;
    return ask({ url: String(url), method, headers: plainHeaders(headers) }, sent);
  }

  async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init); // the standard's own rules for methods, bodies and headers
    const { signal, method, url, redirect } = request;
    signal.throwIfAborted();
    const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
    const answer = ask({ url, method, redirect, headers: plainHeaders(request.headers) }, body);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return Promise.race([answer, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
  }

  return { uncontrolledFetch, fetch };
}

const plainHeaders = (headers: HeadersInit | undefined) => Object.fromEntries(new Headers(headers));

function toResponse({ status, statusText, headers, url, redirected }: Answer, bytes: Buffer): Response {
  const list = new Headers();
  for (const [name, values] of Object.entries(headers)) for (const value of [values].flat()) list.append(name, value);
  // Some servers answer with statuses above 599, which no Response can be made with.
  const standard = status >= 200 && status <= 599;
  const body = withoutBody.has(status) ? null : new Uint8Array(bytes);
  const response = new Response(body, { status: standard ? status : 200, statusText, headers: list });
  const facts = { url, redirected, ...(!standard && { status, ok: false }) };
  for (const [name, value] of Object.entries(facts)) Object.defineProperty(response, name, { value });
  return response;
}

function toFetchError(error: HostError): unknown {
  const { code, message } = error;
  if (typeof code !== 'string') return error;
  if (refusals.has(code)) return new ActionError({ code, message });
  return Object.assign(new TypeError('fetch failed', { cause: error }), { code });
}

// `uncontrolledFetch` of functions: no credentials, no retries, the guard all the same, redirects by hand.
import { SynclineError } from '../errors.ts';
import type { Egress, HeaderValues } from './egress.ts';
import { discard } from './limit-body.ts';
import { readBody } from './read-body.ts';

export interface UncontrolledRequest {
  egress: Pick<Egress, 'request'>;
  url: string | URL;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | null;
  /** `manual` gives a redirect back as it is, `error` refuses it. */
  redirect?: 'follow' | 'manual' | 'error';
  session?: string;
  signal?: AbortSignal;
  maxBytes?: number;
}

/** What the guest makes a standard Response of; the body is decoded. */
export interface UncontrolledResponse {
  status: number;
  statusText: string;
  headers: HeaderValues;
  body: Buffer;
  url: string;
  redirected: boolean;
}

const maxHops = 5;
const safeAcrossOrigins = new Set(['accept', 'accept-language', 'user-agent', 'range']);

/** @throws SynclineError `url_not_allowed`, `too_many_redirects`, `invalid_redirect`, each with `payload {code, message}` */
export async function fetchUncontrolled({
  egress,
  url: wanted,
  method: wantedMethod = 'GET',
  headers: wantedHeaders = {},
  body: wantedBody = null,
  redirect = 'follow',
  session,
  signal,
  maxBytes = 50_000_000,
}: UncontrolledRequest): Promise<UncontrolledResponse> {
  let url = URL.parse(String(wanted));
  let method = wantedMethod.toUpperCase();
  let body = method === 'GET' || method === 'HEAD' ? null : wantedBody;
  let headers: Record<string, string> = { 'accept-encoding': 'gzip, deflate, br' };
  for (const [name, value] of Object.entries(wantedHeaders)) headers[name.toLowerCase()] = value;
  for (const name of ['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect'])
    delete headers[name];
  for (let hop = 0; ; hop++) {
    if (url === null) throw refusal(hop === 0 ? 'url_not_allowed' : 'invalid_redirect', 'This is not a URL.');
    const answer = await egress
      .request({
        url,
        method,
        headers,
        body,
        purpose: 'uncontrolled-fetch',
        maxBytes,
        untrustedHost: true,
        ...(session !== undefined && { session }),
        ...(signal && { signal }),
      })
      .catch((cause: unknown) => {
        if (cause instanceof SynclineError && cause.code === 'egress_denied')
          throw refusal('url_not_allowed', cause.message);
        throw cause;
      });
    const location = answer.headers['location'];
    if (!isRedirect(answer.status) || location === undefined || redirect === 'manual') {
      const bytes = await readBody(answer, { maxBytes });
      const { 'content-encoding': _encoding, 'content-length': _length, ...kept } = answer.headers;
      return {
        status: answer.status,
        statusText: answer.statusText,
        headers: kept,
        body: bytes,
        url: url.href,
        redirected: hop > 0,
      };
    }
    discard(answer.body);
    if (redirect === 'error') throw refusal('invalid_redirect', 'The answer is a redirect, which was not wanted.');
    if (hop === maxHops) throw refusal('too_many_redirects', `More than ${maxHops} redirects.`);
    const next = URL.parse(String(location), url);
    if (next === null || !/^https?:$/.test(next.protocol))
      throw refusal('invalid_redirect', 'The redirect leads to no web address.');
    if (answer.status === 303 ? method !== 'HEAD' : method === 'POST' && answer.status < 303) {
      method = 'GET';
      body = null;
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
    }
    if (next.origin !== url.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => safeAcrossOrigins.has(name)));
    }
    url = next;
  }
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function refusal(code: string, message: string): SynclineError {
  return new SynclineError(code, message, { status: 400, payload: { code, message } });
}

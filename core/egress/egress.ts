// The only way out: one guarded pool of keep-alive HTTP/1.1 connections. Redirects, retries and credentials are not its business.
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import { SynclineError } from '../errors.ts';
import { createCertifiedAgents } from './certified-agents.ts';
import { createConnector, type Resolve, refuseInternalLiteral, refuseLiteral } from './connect.ts';
import { fetchContext } from './fetch-context.ts';
import { limitBody } from './limit-body.ts';
import { toUpstreamError } from './network-error.ts';
import { createPolicy } from './policy.ts';
import { rewriteTo } from './rewrite.ts';

export type HeaderValues = Record<string, string | string[]>;

export interface EgressRequest {
  url: string | URL;
  method: string;
  headers?: HeaderValues;
  /** A stream is sent chunked unless `headers` has its content-length. */
  body?: Buffer | Uint8Array | string | Readable | null;
  signal?: AbortSignal;
  /** `totalMs` covers everything up to the last byte of the body. */
  timeouts?: { firstByteMs?: number; idleMs?: number; totalMs?: number };
  /** Of the body as it comes over the wire. Without it a stream has no bound. */
  maxBytes?: number;
  /** The caller of this request named its host: the test hook then still refuses internal addresses. */
  untrustedHost?: boolean;
  /** Shown in the TLS handshake (RFC 8705); both PEM. The server is verified as ever. */
  clientCertificate?: { certificate: string; privateKey: string };
  /** The connection's id; only the test hook sends it. */
  session?: string;
  /** Why we call: `proxy`, `token`, `webhook`, … */
  purpose: string;
}

export interface EgressResponse {
  status: number;
  statusText: string;
  /** Lower-case names; an array when a header came several times. */
  headers: HeaderValues;
  /** Encoded as it came. Must be read or destroyed. Its errors are undici's: see `toUpstreamError`, or use `readBody`. */
  body: Readable;
}

export interface Egress {
  /** @throws SynclineError `egress_denied`, `upstream_protocol_error`, `response_too_large`; UpstreamNetworkError */
  request(request: EgressRequest): Promise<EgressResponse>;
  /** The guarded dispatcher, for code that brings its own `fetch`. */
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

export interface EgressOptions {
  /** `SYNCLINE_ALLOW_EGRESS`: `host:port`, `*:port` or CIDR. */
  allow: readonly string[];
  /** `SYNCLINE_EGRESS_TO`: the origin that gets every request instead. Only when `env` is `test`. */
  to?: string | undefined;
  env: string;
  connectTimeoutMs?: number;
  firstByteTimeoutMs?: number;
  idleTimeoutMs?: number;
  /** Per origin; more requests than that wait. */
  maxConnections?: number;
  resolve?: Resolve;
}

/** @example createEgress({ allow: ['127.0.0.1:4010'], env: 'development' }) */
export function createEgress({
  allow,
  to,
  env,
  connectTimeoutMs = 10_000,
  firstByteTimeoutMs = 60_000,
  idleTimeoutMs = 60_000,
  maxConnections = 256,
  resolve,
}: EgressOptions): Egress {
  const policy = createPolicy(allow);
  const hook = to !== undefined && to !== '' && env === 'test' ? new URL(to) : undefined;
  const shared = {
    connections: maxConnections,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: 65_536,
    headersTimeout: firstByteTimeoutMs,
    bodyTimeout: idleTimeoutMs,
    keepAliveTimeout: 10_000,
  };
  const guarded = { connectTimeoutMs, ...(resolve && { resolve }) };
  const agent = hook
    ? new Agent({ ...shared, connect: { timeout: connectTimeoutMs, allowH2: false } })
    : new Agent({ ...shared, connect: createConnector(policy, guarded) });
  // A socket belongs to the certificate it was opened with, so each has a pool of its own.
  const certified = createCertifiedAgents(
    (tls) => new Agent({ ...shared, connect: createConnector(policy, { ...guarded, tls }) }),
  );

  async function request({ url: wanted, method, headers = {}, body = null, session, ...rest }: EgressRequest) {
    const url = webUrl(wanted);
    const pool = rest.clientCertificate && !hook ? certified.get(rest.clientCertificate) : agent;
    const { hostname, protocol } = url;
    const port = Number(url.port) || (protocol === 'https:' ? 443 : 80);
    if (!hook) refuseLiteral(policy, { hostname, port });
    else if (rest.untrustedHost) refuseInternalLiteral(policy, hostname, port);
    const { firstByteMs, idleMs, totalMs } = rest.timeouts ?? {};
    const signals = [rest.signal, totalMs === undefined ? undefined : AbortSignal.timeout(totalMs)].filter(
      (signal) => signal !== undefined,
    );
    const target = hook ? rewriteTo(hook, { host: url.host, headers, session }) : { origin: url.origin, headers };
    try {
      const answer = await pool.request({
        ...target,
        path: url.pathname + url.search,
        method: method.toUpperCase() as Dispatcher.HttpMethod,
        body,
        ...(firstByteMs !== undefined && { headersTimeout: firstByteMs }),
        ...(idleMs !== undefined && { bodyTimeout: idleMs }),
        ...(signals.length > 0 && { signal: signals.length === 1 ? signals[0]! : AbortSignal.any(signals) }),
      });
      const answerHeaders = answer.headers as HeaderValues;
      const limited = limitBody(answer.body, { headers: answerHeaders, method, maxBytes: rest.maxBytes });
      return { status: answer.statusCode, statusText: answer.statusText, headers: answerHeaders, body: limited };
    } catch (cause) {
      throw toUpstreamError(cause);
    }
  }

  const dispatcher = hook
    ? agent.compose((dispatch) => (options, handler) => {
        const wantedHost = new URL(String(options.origin)).host;
        const headers = headerRecord(options.headers);
        return dispatch(
          { ...options, ...rewriteTo(hook, { host: wantedHost, headers, session: fetchContext()?.session }) },
          handler,
        );
      })
    : agent;
  return { request, dispatcher, close: () => Promise.all([agent.close(), certified.close()]).then(() => undefined) };
}

function webUrl(wanted: string | URL): URL {
  const url = typeof wanted === 'string' ? URL.parse(wanted) : wanted;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new SynclineError('egress_denied', 'Only http and https URLs can be requested.', { status: 502 });
}

/** undici's fetch hands over a flat list or an object. */
function headerRecord(headers: Dispatcher.DispatchOptions['headers']): HeaderValues {
  if (!Array.isArray(headers)) return { ...(headers as HeaderValues | undefined) };
  const record: HeaderValues = {};
  for (let at = 0; at + 1 < headers.length; at += 2) record[String(headers[at])] = String(headers[at + 1]);
  return record;
}

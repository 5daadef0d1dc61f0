// Sends one built request, following the redirects that may be followed. Each hop passes the egress guard.
import type { Egress, EgressResponse } from '../egress/egress.ts';
import { discard } from '../egress/limit-body.ts';
import { SynclineError } from '../errors.ts';
import type { BuiltRequest } from './build-request.ts';
import type { ProxyEntry } from './entry.ts';
import { nextHop } from './redirects.ts';

export interface HopOptions {
  egress: Egress;
  provider: ProxyEntry;
  /** The connection's id; only the test hook sends it. */
  session?: string | undefined;
  signal?: AbortSignal | undefined;
  timeouts?: { firstByteMs?: number; idleMs?: number; totalMs?: number } | undefined;
  maxBytes?: number | undefined;
  /** The caller's flag: it can switch an entry's forwarding off, never on. */
  forwardHeadersOnRedirect?: boolean | undefined;
}

export async function sendHops(built: BuiltRequest, options: HopOptions): Promise<EgressResponse> {
  const { egress, provider, session, signal, timeouts, maxBytes, forwardHeadersOnRedirect } = options;
  const { forward_headers_on_redirect, redirect_origins = [] } = provider.proxy ?? {};
  const trustedOrigins =
    forward_headers_on_redirect === true && forwardHeadersOnRedirect !== false ? redirect_origins : [];
  const common = {
    purpose: 'proxy',
    ...(session !== undefined && { session }),
    ...(signal && { signal }),
    ...(timeouts && { timeouts }),
    ...(maxBytes !== undefined && { maxBytes }),
  };
  const { clientCertificate } = built;
  const { origin } = new URL(built.url);
  let hop: Pick<BuiltRequest, 'url' | 'method' | 'headers' | 'body'> = pick(built);
  for (let hops = 0; ; hops++) {
    const untrustedHost = hops === 0 && built.hostFromCaller;
    const certified = clientCertificate && new URL(hop.url).origin === origin ? { clientCertificate } : {};
    const answer = await egress.request({ ...common, ...hop, ...certified, untrustedHost }).catch((cause: unknown) => {
      throw hops > 0 || built.overridden ? blameCaller(cause) : cause;
    });
    const location = answer.headers['location'];
    const next = nextHop({
      ...hop,
      status: answer.status,
      location,
      hops,
      repeatable: built.repeatable,
      trustedOrigins,
    });
    if (next === undefined) return answer;
    discard(answer.body);
    hop = { url: next.url, method: next.method, headers: next.headers, body: next.keepBody ? hop.body : null };
  }
}

const pick = ({ url, method, headers, body }: BuiltRequest) => ({ url, method, headers, body });

/** A refused address that the caller or a redirect chose is not our set-up's fault. */
function blameCaller(cause: unknown): unknown {
  if (!(cause instanceof SynclineError) || cause.code !== 'egress_denied') return cause;
  return new SynclineError('base_url_override_not_allowed', cause.message, { status: 400, cause });
}

// Opens sockets under the policy: literal check, every DNS answer checked and then used, the peer's address checked again.
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import { SynclineError } from '../errors.ts';
import { type EgressPolicy, isInternalAddress } from './policy.ts';

/** All addresses of a name. Tests put a rebinding resolver here. */
export type Resolve = (hostname: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;

const systemResolve: Resolve = (hostname, done) =>
  dnsLookup(hostname, { all: true }, (error, found) => done(error, found));

type Connector = buildConnector.connector;
type AddressCheck = (address: string) => boolean;

/** undici calls this for each new socket; a pooled socket has passed it once and keeps its peer. */
export function createConnector(
  policy: EgressPolicy,
  {
    connectTimeoutMs,
    resolve = systemResolve,
    tls,
  }: { connectTimeoutMs: number; resolve?: Resolve; tls?: { cert: string; key: string } },
): Connector {
  const base = { timeout: connectTimeoutMs, allowH2: false, ...tls };
  const checked = (check: AddressCheck): Connector =>
    guard(buildConnector({ ...base, lookup: lookupThrough(resolve, check) }), check);
  const onWebPort = checked(policy.isAllowedAddress);
  const onOtherPort = checked(policy.isListedAddress);
  const listed = buildConnector(base);
  return (options, done) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    const named = options.hostname.includes(':') ? `[${options.hostname}]` : options.hostname;
    if (policy.isListed(named, port)) return listed(options, done);
    return (policy.isAllowedPort(port) ? onWebPort : onOtherPort)(options, done);
  };
}

/** Under the test hook nobody is reached, so this is all that is left of the guard: what it would say of a caller's literal. */
export function refuseInternalLiteral(policy: EgressPolicy, hostname: string, port: number): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  const listed = policy.isListed(hostname, port) || policy.isListedAddress(address);
  if (!listed && isInternalAddress(address)) throw denied(hostname);
}

/** For the caller that has a URL in hand: refuses a literal before a pool is made for it. */
export function refuseLiteral(policy: EgressPolicy, { hostname, port }: { hostname: string; port: number }): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0 || policy.isListed(hostname, port)) return;
  const check = policy.isAllowedPort(port) ? policy.isAllowedAddress : policy.isListedAddress;
  if (!check(address)) throw denied(hostname);
}

/** undici does not call `lookup` for literals, so they are judged here; after connecting, the peer is judged again. */
function guard(connect: Connector, check: AddressCheck): Connector {
  return (options, done) => {
    if (isIP(options.hostname) !== 0 && !check(options.hostname)) {
      queueMicrotask(() => done(denied(options.hostname), null));
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error !== null) return done(error, null);
      if (socket.remoteAddress !== undefined && check(socket.remoteAddress)) return done(null, socket);
      socket.destroy();
      done(denied(options.hostname), null);
    });
  };
}

type LookupDone = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

function lookupThrough(resolve: Resolve, check: AddressCheck) {
  return (hostname: string, options: { all?: boolean | undefined }, done: LookupDone): void => {
    resolve(hostname, (error, addresses) => {
      if (error !== null) return done(error, []);
      const [first] = addresses;
      // One private address among public ones is a rebinding attempt or a broken zone; both are refused.
      if (first === undefined || !addresses.every(({ address }) => check(address))) return done(denied(hostname), []);
      if (options.all === true) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

export function denied(hostname: string): SynclineError {
  return new SynclineError('egress_denied', `Requests to ${hostname} are not allowed: it is not a public address.`, {
    status: 502,
    hint: 'An operator can list the host in SYNCLINE_ALLOW_EGRESS as host:port.',
  });
}

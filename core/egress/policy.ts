// Which addresses a request may reach: public unicast ones, and what the operator lists exactly. Pure; connect.ts applies it.
import ipaddr from 'ipaddr.js';
import { SynclineError } from '../errors.ts';

export interface EgressPolicy {
  /** Is this target listed by name and port? Then the operator answers for its addresses. */
  isListed(hostname: string, port: number): boolean;
  /** May an address be reached on a web port? */
  isAllowedAddress(address: string): boolean;
  /** Is the address in a listed CIDR? Then any port will do. */
  isListedAddress(address: string): boolean;
  /** Ports 80 and 443, and those listed as `*:port`. */
  isAllowedPort(port: number): boolean;
}

/** 168.63.129.16 is Azure's host agent: unicast by its range, a metadata service by its nature. */
const denied = [ipaddr.parseCIDR('168.63.129.16/32')];

/** Nothing outside 2000::/3 is global unicast today; `::7f00:1` and `4000::1` would pass by range alone. */
const globalUnicast = ipaddr.parseCIDR('2000::/3');

/**
 * Reads `SYNCLINE_ALLOW_EGRESS`. A malformed entry refuses to boot: a guard must not start half understood.
 * @example createPolicy(['127.0.0.1:4010', 'gitlab.corp.example:8443', '10.20.0.0/16', '*:8443'])
 */
export function createPolicy(allow: readonly string[]): EgressPolicy {
  const targets = new Set<string>();
  const networks: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  const ports = new Set([80, 443]);
  for (const entry of allow.map((line) => line.trim()).filter((line) => line !== '')) {
    if (ipaddr.isValidCIDR(entry)) {
      networks.push(ipaddr.parseCIDR(entry));
      continue;
    }
    const [, host = '', port = ''] = /^(\*|\[[0-9a-f:.]+\]|[^\s:/@?#*]+):(\d{1,5})$/i.exec(entry) ?? [];
    if (host === '' || Number(port) > 65_535) throw malformed(entry);
    if (host === '*') ports.add(Number(port));
    else targets.add(`${canonicalHost(host, entry)}:${Number(port)}`);
  }

  const isListedAddress = (address: string): boolean => {
    const parsed = parseAddress(address);
    return parsed !== undefined && networks.some((network) => contains(network, parsed));
  };
  return {
    isListed: (hostname, port) => targets.has(`${hostname}:${port}`),
    isListedAddress,
    isAllowedAddress: (address) => isPublicAddress(address) || isListedAddress(address),
    isAllowedPort: (port) => ports.has(port),
  };
}

export function isPublicAddress(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined || parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv6' && !contains(globalUnicast, parsed)) return false;
  return !denied.some((network) => contains(network, parsed));
}

/** This machine, its network, its host's metadata service. Documentation ranges (RFC 5737) are neither this nor public. */
export function isInternalAddress(address: string): boolean {
  const parsed = parseAddress(address);
  return (
    parsed !== undefined && (internalRanges.has(parsed.range()) || denied.some((network) => contains(network, parsed)))
  );
}

const internalRanges = new Set<string>([
  'unspecified',
  'loopback',
  'private',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
]);

/** IPv4-mapped IPv6 becomes IPv4 first, so that it cannot hide a private address. */
function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

function contains([network, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number], address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

function canonicalHost(host: string, entry: string): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    throw malformed(entry);
  }
}

function malformed(entry: string): SynclineError {
  return new SynclineError('invalid_egress_policy', `"${entry}" is neither host:port, *:port nor a CIDR.`, {
    status: 500,
    hint: 'Correct SYNCLINE_ALLOW_EGRESS, for example "127.0.0.1:4010,10.20.0.0/16".',
  });
}

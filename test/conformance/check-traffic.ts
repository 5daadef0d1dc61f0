// The account of a session: every request was one of the recording, every entry was asked for, on the right hosts.
import type { FakeSession, Pair } from './corpus.ts';

export function checkTraffic(pair: Pair, session: FakeSession): string[] {
  const misses = session.misses.map(({ method, path, why }) => `miss, ${why}: ${method} ${path}`);
  const unserved = session.unserved().map(({ method, path, entry }) => `unserved: ${method} ${path} #${entry}`);
  const found = hostsOf(session).join(', ');
  const expected = pair.hosts
    .map((host) => host.toLowerCase())
    .sort()
    .join(', ');
  return [
    ...misses.slice(0, 3),
    ...unserved.slice(0, 3),
    ...(found === expected ? [] : [`hosts: ${found || 'none'}; right is ${expected}`]),
  ];
}

export const hostsOf = ({ requests }: FakeSession): string[] =>
  [...new Set(requests.map(({ host = '' }) => host.toLowerCase()))].sort();

// The test hook SYNCLINE_EGRESS_TO: one origin gets everything and is told which host was wanted.
import type { HeaderValues } from './egress.ts';

interface Wanted {
  /** host[:port] of the URL as it would have been requested. */
  host: string;
  headers: HeaderValues;
  session: string | undefined;
}

export function rewriteTo(hook: URL, { host, headers, session }: Wanted): { origin: string; headers: HeaderValues } {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'));
  return {
    origin: hook.origin,
    headers: { ...kept, 'x-original-host': host, ...(session !== undefined && { 'x-replay-session': session }) },
  };
}

// Whether to follow a 3xx, and what goes along: within the origin everything, to another origin nothing that is ours.
import { SynclineError } from '../errors.ts';

export interface RedirectInput {
  status: number;
  location: string | string[] | undefined;
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  /** Hops followed so far. */
  hops: number;
  /** Can the body be sent once more? */
  repeatable: boolean;
  /** Origins that may get the headers: the entry's, and only while the caller does not switch it off. */
  trustedOrigins: readonly string[];
}

export interface NextHop {
  url: string;
  method: string;
  headers: Record<string, string>;
  keepBody: boolean;
}

const maxHops = 5;
const safeAcrossOrigins = new Set(['accept', 'accept-language', 'user-agent', 'range']);

/** @returns undefined when the 3xx itself is the answer */
export function nextHop({
  status,
  location,
  url,
  method,
  headers,
  hops,
  repeatable,
  trustedOrigins,
}: RedirectInput): NextHop | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') return undefined;
  const target = URL.parse(location, url);
  if (target === null || !/^https?:$/.test(target.protocol) || target.username !== '' || target.password !== '')
    return undefined;
  target.hash = '';
  const isRead = method === 'GET' || method === 'HEAD';
  const trusted = target.origin === new URL(url).origin || trustedOrigins.includes(target.origin);
  if (!trusted && !isRead) return undefined;
  const becomesGet = !isRead && (status === 303 || (method === 'POST' && status < 303));
  if (!isRead && !becomesGet && (status < 307 || !repeatable)) return undefined;
  if (hops >= maxHops) {
    throw new SynclineError('too_many_redirects', `The upstream redirected more than ${maxHops} times.`, {
      status: 502,
    });
  }
  const kept = Object.entries(headers).filter(([name]) =>
    trusted ? !(becomesGet && name.startsWith('content-')) : safeAcrossOrigins.has(name),
  );
  return {
    url: target.href,
    method: becomesGet ? 'GET' : method,
    headers: Object.fromEntries(kept),
    keepBody: !isRead && !becomesGet,
  };
}

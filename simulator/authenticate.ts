// Who calls: an API key, Basic credentials or an OAuth access token; in the header that providers take them in, or a query.
import type { IncomingHttpHeaders } from 'node:http';
import type { Grants } from './oauth/grants.ts';

export interface AuthOptions {
  /** False lets everybody in. Default true. */
  requireAuth: boolean;
  /** Accepted as `x-api-key`, as bearer token, as `?api_key=`, and as a Basic user name without password. */
  apiKeys: string[];
  basic: { username: string; password: string };
}

export interface Caller {
  kind: 'api-key' | 'basic' | 'oauth' | 'none';
  /** What rate limits count by: key, user name or grant. */
  key: string;
}

export const defaultAuth: AuthOptions = {
  requireAuth: true,
  apiKeys: ['sim-key'],
  basic: { username: 'sim-user', password: 'sim-password' },
};

const nobody: Caller = { kind: 'none', key: 'none' };

/** Undefined: refuse with 401. */
export function authenticate(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  options: AuthOptions,
  grants: Grants,
): Caller | undefined {
  return identify(headers, query, options, grants) ?? (options.requireAuth ? undefined : nobody);
}

function identify(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  { apiKeys, basic }: AuthOptions,
  grants: Grants,
): Caller | undefined {
  const key = headers['x-api-key'] ?? query.get('api_key');
  if (typeof key === 'string') return apiKeys.includes(key) ? { kind: 'api-key', key: `api-key:${key}` } : undefined;
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') {
    if (apiKeys.includes(value)) return { kind: 'api-key', key: `api-key:${value}` };
    const grantId = grants.findAccessToken(value);
    return grantId === undefined ? undefined : { kind: 'oauth', key: `oauth:${grantId}` };
  }
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const { username, password } = parseBasic(value);
  if (password === '' && apiKeys.includes(username)) return { kind: 'api-key', key: `api-key:${username}` };
  const known = username === basic.username && password === basic.password;
  return known ? { kind: 'basic', key: `basic:${username}` } : undefined;
}

/** RFC 7617: the password may hold colons, the user name may not. */
export function parseBasic(encoded: string): { username: string; password: string } {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0
    ? { username: text, password: '' }
    : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

// Puts a caller's endpoint behind a base URL as text: nothing decoded, nothing interpolated, and never above the base path.
import { SynclineError } from '../errors.ts';

/** `checkOrigin` judges an absolute endpoint that does not begin with the base. */
export function joinUrl(base: string, endpoint: string, checkOrigin: (url: URL) => void): string {
  const given = endpoint.replace(/[\t\r\n]/g, ''); // a URL parser drops them, so a dot segment could hide behind one
  if (!/^https?:\/\//i.test(given)) return joinRelative(base, given);
  if (given.startsWith(base) && /^(?:$|[/?#])/.test(given.slice(base.length)))
    return joinRelative(base, given.slice(base.length));
  const url = URL.parse(given);
  if (url === null) throw invalidPath('The endpoint is not a URL.');
  if (url.origin !== new URL(base).origin || url.username !== '' || url.password !== '') checkOrigin(url);
  const [, origin = '', rest = ''] = /^(https?:\/\/[^/?#\\]*)(.*)$/is.exec(given) ?? [];
  return joinRelative(origin, rest);
}

function joinRelative(base: string, endpoint: string): string {
  const trimmed = endpoint.replace(/^\/+/, '');
  refuseDotSegments(trimmed);
  const separator = trimmed === '' ? '' : endpoint.startsWith('?') || endpoint.startsWith('#') ? '' : '/';
  const url = URL.parse(base + separator + trimmed);
  const root = URL.parse(base);
  if (url === null || root === null) throw invalidPath('Base URL and endpoint do not make a URL.');
  const floor = root.pathname.replace(/\/$/, '');
  const below = url.pathname === floor || url.pathname.startsWith(`${floor}/`);
  if (url.origin !== root.origin || !below || url.username !== '')
    throw invalidPath('The endpoint leaves the base URL.');
  url.hash = '';
  return url.href;
}

/** `new URL` resolves `%2e%2e` and `\` as well as `..`; upstreams resolve what it leaves. */
function refuseDotSegments(endpoint: string): void {
  const [path = ''] = endpoint.split(/[?#]/, 1);
  if (path.includes('\\')) throw invalidPath('A path must not contain a backslash.');
  if (!path.includes('.') && !/%2e/i.test(path)) return;
  for (const segment of path.split(/\/|%2f|%5c/i)) {
    const dots = segment.replace(/%2e/gi, '.');
    if (dots === '.' || dots === '..') throw invalidPath('A path must not contain dot segments.');
  }
}

function invalidPath(message: string): SynclineError {
  return new SynclineError('invalid_path', message, { status: 400 });
}

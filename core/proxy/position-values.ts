// Fits a value into its place in a URL, or refuses it: no value may move the host, leave its segment or start a query.
import type { Position } from '../../providers/positions.ts';

const label = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const labels = new RegExp(`^${label}(?:\\.${label})*$`);
const port = '[0-9]{1,5}';
const host = new RegExp(`^${label}(?:\\.${label})*(?::${port})?$`);

/** What may close a host name after a literal of ours: `nl`, `com`, `co.uk`, `com.au`. A whole domain is somebody else's. */
const publicSuffix = /^(?:[a-z]{2,12}|(?:ac|co|com|gov|net|org)\.[a-z]{2})$/i;

/**
 * @param hostSuffix the literal after the variable (`.zendesk.com`); only for `host-label`
 * @returns the text to insert, or undefined when the value has no business there
 */
export function fitToPosition(value: string, position: Position, hostSuffix = ''): string | undefined {
  switch (position) {
    case 'host-label':
      return fitHostLabel(value, hostSuffix);
    case 'host': {
      const { authority, path } = cut(value);
      return path !== undefined && isHost(authority) ? authority : undefined;
    }
    case 'host-path': {
      const { authority, path } = cut(value);
      return path !== undefined && isHost(authority) ? authority + path : undefined;
    }
    case 'origin': {
      const { scheme, authority, path } = cut(value);
      return path !== undefined && isHost(authority) ? `${scheme}://${authority}${path}` : undefined;
    }
    case 'port':
      return new RegExp(`^${port}$`).test(value) && Number(value) <= 65_535 ? value : undefined;
    case 'path-segment':
      return fitPathSegment(value);
  }
}

function fitHostLabel(value: string, hostSuffix: string): string | undefined {
  const { authority, path } = cut(value);
  if (path === undefined) return undefined;
  const short = hostSuffix !== '' && authority.toLowerCase().endsWith(hostSuffix.toLowerCase());
  const name = short ? authority.slice(0, -hostSuffix.length) : authority;
  if (name.length > 190) return undefined;
  // Several labels are fine in front of a suffix of ours (`org.eu-west-1` + `.snowflakecomputing.com`).
  return (hostSuffix === '' ? publicSuffix : labels).test(name) ? name : undefined;
}

function isHost(authority: string): boolean {
  return authority.length <= 253 && host.test(authority) && Number(authority.split(':')[1] ?? 0) <= 65_535;
}

/** People paste whole addresses. A path that is not plain segments makes the value useless: `path` is undefined. */
function cut(value: string): { scheme: string; authority: string; path: string | undefined } {
  const [, scheme = 'https', authority = '', path = ''] =
    /^(?:(https?):\/\/)?([^/]*)(\/.*)?$/is.exec(value.trim()) ?? [];
  const trimmed = path.replace(/\/+$/, '');
  const plain =
    trimmed === '' ||
    trimmed
      .slice(1)
      .split('/')
      .every((segment) => fitPathSegment(segment) === segment);
  return { scheme: scheme.toLowerCase(), authority, path: plain ? trimmed : undefined };
}

const pathCharacters = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/;

function fitPathSegment(value: string): string | undefined {
  const dots = value.replace(/%2e/gi, '.');
  if (value === '' || dots === '.' || dots === '..' || /[/\\?#]|%2f|%5c/i.test(value)) return undefined;
  if (pathCharacters.test(value)) return value;
  return value.isWellFormed() ? encodeURIComponent(value) : undefined;
}

// Dresses a request: automatic authorization < the entry's headers < the caller's. Names are lower case.
import { SynclineError } from '../errors.ts';
import type { ProxyRules } from './entry.ts';
import { interpolateFirst, type Scope } from './interpolate.ts';

export type HeaderInput = Readonly<Record<string, unknown>>;

/** RFC 9110 section 7.6.1 and what we frame ourselves. `proxy-*` and the names in `Connection` come on top. */
const neverFromCallers = new Set([
  'host',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'expect',
  'http2-settings',
]); // prettier-ignore

const defaults = { accept: 'application/json, text/plain, */*', 'accept-encoding': 'gzip, deflate, br' };

export interface HeaderSources {
  authorization: string | undefined;
  entry: ProxyRules['headers'];
  caller: HeaderInput | undefined;
  scope: Scope;
  userAgent: string;
}

/** @throws SynclineError `invalid_headers` */
export function buildHeaders({
  authorization,
  entry,
  caller,
  scope,
  userAgent,
}: HeaderSources): Record<string, string> {
  // `user-agent` alone goes the other way round: the entry's, else the caller's, else ours.
  const { 'user-agent': agent = userAgent, ...fromCaller } = callerHeaders(caller);
  return {
    ...defaults,
    'user-agent': agent,
    ...(authorization !== undefined && { authorization: checked('authorization', authorization) }),
    ...entryHeaders(entry, scope),
    ...fromCaller,
  };
}

/** Text only, hop-by-hop and framing headers left out (security.md case 14). */
export function callerHeaders(given: HeaderInput | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  const named = new Set<string>();
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined || value === null) continue;
    const lower = name.toLowerCase();
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    if (lower === 'connection') for (const hop of text.split(',')) named.add(hop.trim().toLowerCase());
    if (!neverFromCallers.has(lower) && !lower.startsWith('proxy-')) headers[lower] = checked(lower, text);
  }
  for (const hop of named) delete headers[hop];
  return headers;
}

/** What an HTTP caller wants sent on: `Nango-Proxy-<Name>`, and `Content-Type` unless it is among those. */
export function forwardedHeaders(
  incoming: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const forwarded: Record<string, string | string[]> = {};
  if (incoming['content-type'] !== undefined) forwarded['content-type'] = incoming['content-type'];
  for (const [name, value] of Object.entries(incoming)) {
    const [, short] = /^nango-proxy-(.+)$/i.exec(name) ?? [];
    if (short !== undefined && value !== undefined) forwarded[short.toLowerCase()] = value;
  }
  return forwarded;
}

/** The type that an entry gives to bodies, as JSON:API does; data is serialised by it unless the caller names another. */
export function entryContentType(proxy: ProxyRules | undefined): string | undefined {
  return Object.entries(proxy?.headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
}

/** A header whose template stays incomplete is dropped whole; a resolved value that looks like a template is kept. */
function entryHeaders(entry: ProxyRules['headers'], scope: Scope): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(entry ?? {})) {
    const { text, unresolved } = interpolateFirst(template, scope);
    if (unresolved.length === 0) headers[name.toLowerCase()] = checked(name.toLowerCase(), text);
  }
  return headers;
}

const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The value stays out of the message: it may be a credential. */
function checked(name: string, value: string): string {
  if (token.test(name) && fieldValue.test(value)) return value;
  throw new SynclineError(
    'invalid_headers',
    `The header ${JSON.stringify(name.slice(0, 80))} cannot be sent as it is.`,
    { status: 400 },
  );
}

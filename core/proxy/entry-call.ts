// A call that an entry describes (its credential test, its look-up of identifiers), filled from a connection's values.
import { outermostPlaceholders } from '../../providers/placeholders.ts';
import { urlAlternatives } from '../../providers/positions.ts';
import { SynclineError } from '../errors.ts';
import type { ProxyRequest } from './build-request.ts';
import { interpolate, readValue, type Scope } from './interpolate.ts';
import { fitToPosition } from './position-values.ts';

export interface EntryCall {
  /** Default GET. */
  method?: string | undefined;
  /** Path on the base URL, or a whole URL. */
  endpoint: string;
  headers?: Readonly<Record<string, string>> | undefined;
  data?: unknown;
}

/** @throws SynclineError `missing_api_url` when a value of the endpoint is missing or has no business there */
export function fillCall({ method = 'GET', endpoint, headers, data }: EntryCall, scope: Scope): ProxyRequest {
  return {
    method,
    endpoint: fillEndpoint(endpoint, scope),
    ...(headers && { headers: fillHeaders(headers, scope) }),
    ...(data !== undefined && { data: fill(data, scope) }),
  };
}

/** Each value stays in its place: it leads to no other endpoint and no other host. */
function fillEndpoint(template: string, scope: Scope): string {
  const { variables, hostSuffix } = urlAlternatives(template)[0]!;
  let text = '';
  let from = 0;
  for (const [at, { name, start, end }] of outermostPlaceholders(template).entries()) {
    const value = readValue(name, scope) ?? '';
    const fitted = fitToPosition(value, variables[at]!.position, hostSuffix);
    if (fitted === undefined) throw unusable(name, value === '' ? 'is missing' : 'cannot stand in an address');
    text += template.slice(from, start) + fitted;
    from = end;
  }
  return text + template.slice(from);
}

const unusable = (name: string, why: string) =>
  new SynclineError('missing_api_url', `The connection cannot be tested: ${name} ${why}.`, {
    status: 400,
    hint: "Correct the connection's configuration.",
  });

/** One with an unresolved placeholder is left out. */
function fillHeaders(headers: Readonly<Record<string, string>>, scope: Scope): Record<string, string> {
  const filled = Object.entries(headers).flatMap(([name, template]): [string, string][] => {
    const { text, unresolved } = interpolate(template, scope);
    return unresolved.length > 0 ? [] : [[name, text]];
  });
  return Object.fromEntries(filled);
}

function fill(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return interpolate(value, scope).text;
  if (Array.isArray(value)) return value.map((item) => fill(item, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, scope)]));
}

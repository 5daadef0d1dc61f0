// Adds parameters to a URL. Its own query stays verbatim as long as nothing is added.
import { SynclineError } from '../errors.ts';
import type { ProxyRules } from './entry.ts';
import { interpolate, type Scope } from './interpolate.ts';

export type Params = string | Readonly<Record<string, unknown>>;

/** @throws SynclineError `invalid_query_params` */
export function addParams(url: string, params: Params | undefined): string {
  if (params === undefined) return url;
  if (typeof params === 'string') return addText(url, params.replace(/^\?/, ''));
  const texts = Object.entries(params).flatMap(([name, value]) => {
    const text = paramText(name, value);
    return text === undefined ? [] : [[name, text] as const];
  });
  return setParams(url, texts);
}

/** The entry's `proxy.query`, set last; a value with an unresolved placeholder is skipped. */
export function addEntryQuery(url: string, query: ProxyRules['query'], scope: Scope): string {
  if (query === undefined) return url;
  const texts = Object.entries(query).flatMap(([name, template]) => {
    const { text, unresolved } = interpolate(template, scope);
    return unresolved.length > 0 ? [] : [[name, text] as const];
  });
  return setParams(url, texts);
}

function addText(url: string, text: string): string {
  if (text === '') return url;
  if (url.includes('?')) throw invalid('Parameters stand both in the endpoint and in `params` as text.');
  return new URL(`${url}?${text.replaceAll('#', '%23')}`).href;
}

function setParams(url: string, texts: readonly (readonly [string, string])[]): string {
  if (texts.length === 0) return url;
  const result = new URL(url);
  const query = new URLSearchParams(result.search);
  for (const [name, text] of texts) query.set(name, text);
  result.search = query.toString();
  return result.href;
}

/** Undefined for what is dropped: `undefined` and null. */
function paramText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map((item) => scalarText(name, item ?? '')).join(',');
  return scalarText(name, value);
}

function scalarText(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (Object.prototype.toString.call(value) === '[object Date]') return (value as Date).toISOString(); // any realm's Date
  throw invalid(`The parameter ${name} is neither text, number, boolean, date nor a list of these.`);
}

function invalid(message: string): SynclineError {
  return new SynclineError('invalid_query_params', message, { status: 400 });
}

// Fills the `${…}` of catalogue templates, in one pass: a value that looks like a placeholder stays text. Never fed a caller's text.

import { readOwnPath } from '@syncline/functions/paginate';
import { outermostPlaceholders } from '../../providers/placeholders.ts';
import { renderNow } from './date-format.ts';
import { argumentsOf, callTemplateFunction, isTemplateFunction } from './template-functions.ts';

export interface Scope {
  values: Readonly<Record<string, unknown>>;
  /** Of the request being built; functions, because most templates never look at canonical parameters. */
  request?: Readonly<Record<string, () => string>>;
  /** One instant per request. */
  now: Date;
}

export interface Interpolated {
  /** Unresolved placeholders stay as written. */
  text: string;
  /** Their names. */
  unresolved: string[];
}

/** @example interpolate('Token ${apiKey}', { values: { apiKey: 'k' }, now }).text // 'Token k' */
export function interpolate(template: string, scope: Scope): Interpolated {
  if (!template.includes('${')) return { text: template, unresolved: [] };
  const unresolved: string[] = [];
  let text = '';
  let from = 0;
  for (const { name, start, end } of outermostPlaceholders(template)) {
    const value = evaluate(name, scope, unresolved);
    text += template.slice(from, start) + (value ?? template.slice(start, end));
    from = end;
  }
  return { text: text + template.slice(from), unresolved };
}

/** `left || right`: the first alternative whose placeholders all resolve, else the last one as far as it goes. */
export function interpolateFirst(template: string, scope: Scope): Interpolated {
  let last: Interpolated = { text: template, unresolved: [] };
  for (const alternative of splitOutside(template, '||')) {
    last = interpolate(alternative.trim(), scope);
    if (last.unresolved.length === 0) break;
  }
  return last;
}

/** The value of one placeholder: only text and numbers are inserted. */
export function readValue(name: string, scope: Scope): string | undefined {
  return evaluate(name, scope, []);
}

function evaluate(name: string, scope: Scope, unresolved: string[]): string | undefined {
  const value = call(name, scope, unresolved) ?? plain(name, scope);
  if (value === undefined) unresolved.push(name);
  return value;
}

function plain(name: string, { values, request, now }: Scope): string | undefined {
  if (request && Object.hasOwn(request, name)) return request[name]?.();
  const value = name.startsWith('now') ? renderNow(name, now) : readOwnPath(values, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function call(name: string, scope: Scope, unresolved: string[]): string | undefined {
  const [, callee = '', body = ''] = /^([A-Za-z0-9]+)\((.*)\)$/s.exec(name) ?? [];
  if (!isTemplateFunction(callee)) return undefined;
  const parts = splitArguments(body, argumentsOf(callee).count);
  const filled = parts.map((part) => interpolate(part, scope));
  unresolved.push(...filled.flatMap((part) => part.unresolved));
  if (filled.some((part) => part.unresolved.length > 0)) return undefined;
  return callTemplateFunction(
    callee,
    filled.map((part) => part.text),
    scope,
  );
}

/** A comma inside of a placeholder does not count; of two arguments the first may hold some. */
function splitArguments(body: string, count: number | 'any'): string[] {
  const parts = count === 1 ? [body] : splitOutside(body, ',');
  if (count === 'any') return parts.map((part) => part.trim());
  if (parts.length < 2) return [body];
  return [parts.slice(0, -1).join(',').trim(), parts.at(-1)!.trim()];
}

function splitOutside(template: string, separator: string): string[] {
  if (!template.includes(separator)) return [template];
  const inside = outermostPlaceholders(template);
  const parts: string[] = [];
  let from = 0;
  for (let at = template.indexOf(separator); at >= 0; at = template.indexOf(separator, at + separator.length)) {
    if (inside.some(({ start, end }) => at >= start && at < end)) continue;
    parts.push(template.slice(from, at));
    from = at + separator.length;
  }
  return [...parts, template.slice(from)];
}

// Which methods carry a body, and what an entry's `proxy.body` adds to one.
import { SynclineError } from '../errors.ts';
import type { ProxyRules } from './entry.ts';
import { interpolate, type Scope } from './interpolate.ts';
import { isJsonType } from './serialize-data.ts';

const withBody = new Set(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'REPORT']);

export function carriesBody(method: string): boolean {
  return withBody.has(method);
}

/** Such a provider needs the whole body in memory; a stream is refused. */
export function needsWholeBody(proxy: ProxyRules | undefined): boolean {
  return proxy?.body !== undefined;
}

/** @returns the body with the injected keys; other kinds of bodies stay as they are. */
export function injectBody(
  body: Buffer | null,
  contentType: string | undefined,
  { template, scope }: { template: ProxyRules['body']; scope: Scope },
): { body: Buffer | null; contentType: string | undefined } {
  const injected = template === undefined ? undefined : fill(template, scope);
  if (injected === undefined) return { body, contentType };
  if (body === null || body.length === 0)
    return { body: Buffer.from(JSON.stringify(injected)), contentType: contentType ?? 'application/json' };
  const type = contentType?.toLowerCase() ?? '';
  if (isJsonType(type)) return { body: intoJson(body, injected), contentType };
  if (type.startsWith('application/x-www-form-urlencoded')) return { body: intoForm(body, injected), contentType };
  const [, boundary] = /^multipart\/form-data\s*;.*\bboundary="?([^";]+)"?/i.exec(contentType ?? '') ?? [];
  return { body: boundary === undefined ? body : intoMultipart(body, { injected, boundary }), contentType };
}

type Filled = { [key: string]: unknown };

/** Leaves with unresolved placeholders go, then maps that became empty. */
function fill(template: unknown, scope: Scope): Filled | undefined {
  const filled = fillValue(template, scope);
  return isMap(filled) ? filled : undefined;
}

function fillValue(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const { text, unresolved } = interpolate(value, scope);
    return unresolved.length > 0 ? undefined : text;
  }
  if (Array.isArray(value)) return value.map((item) => fillValue(item, scope)).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, fillValue(item, scope)] as const);
  const kept = entries.filter(([, item]) => item !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function isMap(value: unknown): value is Filled {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function intoJson(body: Buffer, injected: Filled): Buffer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw new SynclineError('invalid_json', 'The body is not JSON although its content type says so.', { status: 400 });
  }
  return isMap(parsed) ? Buffer.from(JSON.stringify(merge(parsed, injected))) : body;
}

function merge(into: Filled, injected: Filled): Filled {
  const merged = { ...into };
  for (const [key, value] of Object.entries(injected)) {
    const present = Object.hasOwn(into, key) ? into[key] : undefined;
    merged[key] = isMap(value) && isMap(present) ? merge(present, value) : value;
  }
  return merged;
}

function intoForm(body: Buffer, injected: Filled): Buffer {
  const form = new URLSearchParams(body.toString());
  for (const [name, value] of flat(injected)) form.set(name, value);
  return Buffer.from(form.toString());
}

function intoMultipart(body: Buffer, { injected, boundary }: { injected: Filled; boundary: string }): Buffer {
  const end = body.lastIndexOf(`--${boundary}--`);
  if (end < 0) return body;
  const parts = flat(injected).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return Buffer.concat([body.subarray(0, end), Buffer.from(parts.join('')), body.subarray(end)]);
}

function flat(map: Filled, prefix = ''): [string, string][] {
  return Object.entries(map).flatMap(([key, value]): [string, string][] => {
    const name = prefix === '' ? key : `${prefix}[${key}]`;
    return isMap(value) || Array.isArray(value) ? flat(value as Filled, name) : [[name, String(value)]];
  });
}

// `{{name}}` in a request stands for a value that the runner brings or that an earlier answer gave.
import type { GoldenRequest } from './series.ts';

/** Without it a line cannot be asked. */
export class MissingValue extends Error {}

const placeholder = /\{\{(\w+)\}\}/g;

/** @throws MissingValue */
export function substitute(request: GoldenRequest, values: ReadonlyMap<string, unknown>): GoldenRequest {
  const filled = (text: string, encode: (value: string) => string = String) =>
    text.replace(placeholder, (_, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new MissingValue(`{{${name}}} was never given`);
      return encode(String(value));
    });
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return filled(value);
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deep(inner)]));
  };
  return {
    method: request.method,
    path: filled(request.path, encodeURIComponent),
    headers: deep(request.headers) as Record<string, string>,
    ...('body' in request && { body: deep(request.body) }),
    ...(request.rawBody !== undefined && { rawBody: filled(request.rawBody) }),
  };
}

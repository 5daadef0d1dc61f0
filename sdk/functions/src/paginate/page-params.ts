// Puts page size, cursor or offset into a request: into its query as text, into its body as they are.
import { type PageRequest, type PageResponse, pageError, type Walk } from './rules.ts';

type PageParams = readonly (readonly [string, string | number])[];

/** The call's config with the page size and `params` in it; the caller's objects stay as they are. */
export function pageConfig<Config extends PageRequest, Response extends PageResponse>(
  { config, rules, inBody }: Walk<Config, Response>,
  params: PageParams,
): Config {
  const { limit, limit_name_in_request: limitName } = rules;
  const size: PageParams = limit !== undefined && limitName ? [[limitName, limit]] : [];
  const all = [...size, ...params];
  if (all.length === 0) return { ...config };
  return inBody
    ? { ...config, data: withBody(config.data, all) }
    : { ...config, params: withQuery(config.params, all) };
}

/** In the query a name is literal (`page[size]`, `page.size`) and every value is text. */
function withQuery(given: unknown, params: PageParams): unknown {
  if (typeof given === 'string') {
    const query = new URLSearchParams(given);
    for (const [name, value] of params) query.set(name, String(value));
    return query.toString();
  }
  return {
    ...(given as object | undefined),
    ...Object.fromEntries(params.map(([name, value]) => [name, String(value)])),
  };
}

function withBody(data: unknown, params: PageParams): unknown {
  return params.reduce<unknown>((body, [name, value]) => setPath(body, name.split('.'), value), bodyObject(data));
}

function bodyObject(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    throw pageError('pagination_config', 'Page parameters cannot be put into a body that is not JSON.');
  }
}

/** `variables.after` goes in below `variables`; copies along the way only. */
function setPath(data: unknown, [key = '', ...rest]: string[], value: string | number): unknown {
  const copy: Record<string, unknown> | unknown[] = Array.isArray(data)
    ? [...data]
    : { ...(data as object | null | undefined) };
  const present = Object.hasOwn(copy, key) ? (copy as Record<string, unknown>)[key] : undefined;
  const inner = rest.length === 0 ? value : setPath(typeof present === 'object' ? present : undefined, rest, value);
  Object.defineProperty(copy, key, { value: inner, writable: true, enumerable: true, configurable: true });
  return copy;
}

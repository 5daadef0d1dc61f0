// Walks the pages of an API by cursor, link or offset. One file without imports (but types), because the guest process loads it.
import type { PaginateDefaults } from './entry.ts';

export interface PageResponse {
  data: unknown;
  headers: Readonly<Record<string, unknown>>;
}

export type PaginateConfig<Response extends PageResponse> = {
  [Key in keyof PaginateDefaults]?: PaginateDefaults[Key];
} & {
  on_page?: ((page: { nextPageParam: string | number | undefined; response: Response }) => unknown) | undefined;
};

export interface PageRequest {
  endpoint: string;
  method?: string | undefined;
  params?: unknown;
  data?: unknown;
  baseUrlOverride?: string | undefined;
}

export interface PaginateContext<Response> {
  /** The URL that was requested, without credentials: links are judged against its origin. */
  urlOf: (response: Response) => string | undefined;
  /** The entry's `proxy.link_origins`. */
  linkOrigins?: readonly string[];
  /** Hosts of the same API, as regular expressions: a link there is asked on our own origin. See sibling-hosts.ts. */
  siblingHosts?: readonly string[];
  warn?: (message: string) => void;
}

interface Walk<Config extends PageRequest, Response extends PageResponse> {
  config: Config;
  rules: PaginateConfig<Response>;
  request: (config: Config) => Promise<Response>;
  context: PaginateContext<Response>;
  inBody: boolean;
}

/**
 * @param defaults the entry's `proxy.paginate`; `config.paginate` is laid over it key by key
 * @throws Error with `code` `pagination_config`, `pagination_loop`, `pagination_limit`, `pagination_cross_origin`; never a silent stop
 */
export async function* paginate<
  Row,
  Config extends PageRequest & { paginate?: unknown },
  Response extends PageResponse,
>(
  { paginate: given, ...call }: Config,
  defaults: PaginateDefaults | undefined,
  request: (config: Omit<Config, 'paginate'>) => Promise<Response>,
  context: PaginateContext<Response>,
): AsyncGenerator<Row[], undefined, void> {
  const overlay = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  const rules: PaginateConfig<Response> = { ...defaults, ...Object.fromEntries(overlay) };
  const config = call as Omit<Config, 'paginate'>;
  const inBody = rules.in_body ?? ['POST', 'PUT', 'PATCH'].includes((config.method ?? 'GET').toUpperCase());
  const maxPages = rules.max_pages ?? 100_000;
  let pages = 0;
  const counted = (next: Omit<Config, 'paginate'>): Promise<Response> => {
    if (++pages > maxPages) throw pageError('pagination_limit', `More than ${maxPages} pages.`);
    return request(next);
  };
  const walk = { config, rules, request: counted, context, inBody };
  if (rules.type === 'cursor') yield* byCursor<Row, typeof config, Response>(walk);
  else if (rules.type === 'link') yield* byLink<Row, typeof config, Response>(walk);
  else if (rules.type === 'offset') yield* byOffset<Row, typeof config, Response>(walk);
  else
    throw pageError(
      'pagination_config',
      'Neither the call nor the provider says how to page: `paginate.type` is cursor, link or offset.',
    );
}

async function* byCursor<Row, Config extends PageRequest, Response extends PageResponse>(
  walk: Walk<Config, Response>,
): AsyncGenerator<Row[], undefined, void> {
  const { rules, request } = walk;
  const {
    cursor_name_in_request: name,
    cursor_path_in_response: path,
    follow_empty_pages: followEmpty = false,
  } = rules;
  if (!name || !path)
    throw pageError(
      'pagination_config',
      'Paging by cursor needs `cursor_name_in_request` and `cursor_path_in_response`.',
    );
  const guard = createRepeatGuard();
  let cursor: string | number | undefined;
  for (;;) {
    const response = await request(page(walk, cursor === undefined ? [] : [[name, cursor]]));
    const rows = rowsOf<Row>(response, walk);
    const next = cursorIn(response.data, path);
    const isRepeat = cursor !== undefined && guard.check({ cursor, next, rows });
    if (isRepeat)
      throw pageError('pagination_loop', 'The API answers the same rows to the same cursor again and again.');
    if (!rows || rows.length === 0) {
      if (!rows || !followEmpty || next === undefined || guard.hasSeen(next)) return;
    } else yield rows;
    await rules.on_page?.({ nextPageParam: next, response });
    if (next === undefined) return;
    cursor = next;
  }
}

async function* byLink<Row, Config extends PageRequest, Response extends PageResponse>(
  walk: Walk<Config, Response>,
): AsyncGenerator<Row[], undefined, void> {
  const { rules, request, context, config } = walk;
  const { link_rel_in_response_header: rel, link_path_in_response_body: path } = rules;
  if (!rel && !path)
    throw pageError(
      'pagination_config',
      'Paging by link needs `link_rel_in_response_header` or `link_path_in_response_body`.',
    );
  let next: Config = page(walk, []);
  let last: string | undefined;
  for (;;) {
    const response = await request(next);
    yield linkRows<Row>(response, walk);
    const link = pageLink(response, { rel, path });
    await rules.on_page?.({ nextPageParam: link?.text, response });
    if (link === undefined || link.text === last) return;
    last = link.text;
    // The link has all parameters; sending ours again would undo its own.
    const { params: _params, ...rest } = config;
    next = {
      ...rest,
      endpoint: link.endpoint(context.urlOf(response), {
        endpoint: next.endpoint,
        origins: context.linkOrigins ?? [],
        siblings: context.siblingHosts ?? [],
      }),
    } as Config;
  }
}

async function* byOffset<Row, Config extends PageRequest, Response extends PageResponse>(
  walk: Walk<Config, Response>,
): AsyncGenerator<Row[], undefined, void> {
  const { rules, request } = walk;
  const {
    offset_name_in_request: name,
    offset_start_value: start = 0,
    offset_calculation_method: method = 'by-response-size',
    limit,
  } = rules;
  if (!name) throw pageError('pagination_config', 'Paging by offset needs `offset_name_in_request`.');
  let offset = Number(start);
  for (;;) {
    const response = await request(page(walk, [[name, offset]]));
    const rows = rowsOf<Row>(response, walk);
    if (!rows || rows.length === 0) return;
    yield rows;
    await rules.on_page?.({ nextPageParam: offset, response });
    if (limit !== undefined && rows.length < Number(limit)) return;
    offset += method === 'per-page' ? 1 : rows.length;
  }
}

function page<Config extends PageRequest, Response extends PageResponse>(
  { config, rules, inBody }: Walk<Config, Response>,
  params: readonly (readonly [string, string | number])[],
): Config {
  const { limit, limit_name_in_request: limitName } = rules;
  const size: (readonly [string, string | number])[] = limit !== undefined && limitName ? [[limitName, limit]] : [];
  return withPageParams(config, { params: [...size, ...params], inBody });
}

/** Undefined when there are none; an object where a list belongs is worth a warning. */
function rowsOf<Row>(
  response: PageResponse,
  { rules, context }: { rules: { response_path?: string | undefined }; context: { warn?: (message: string) => void } },
): Row[] | undefined {
  const path = rules.response_path;
  const rows = path ? readOwnPath(response.data, path) : response.data;
  if (Array.isArray(rows)) return rows as Row[];
  if (typeof rows === 'object' && rows !== null)
    context.warn?.(`paginate: ${path ? `\`${path}\`` : 'the body'} is an object, not a list of rows.`);
  return undefined;
}

/** A page without rows is yielded all the same; without a path, a body that is an object is the page as it is. */
function linkRows<Row>(response: PageResponse, walk: Parameters<typeof rowsOf>[1]): Row[] {
  const { data } = response;
  const isWhole = !walk.rules.response_path && typeof data === 'object' && data !== null && !Array.isArray(data);
  return isWhole ? (data as Row[]) : (rowsOf<Row>(response, walk) ?? []);
}

function cursorIn(data: unknown, path: string): string | number | undefined {
  const value = readOwnPath(data, path);
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

type PageParams = readonly (readonly [string, string | number])[];

function withPageParams<Config extends PageRequest>(
  config: Config,
  { params, inBody }: { params: PageParams; inBody: boolean },
): Config {
  if (params.length === 0) return { ...config };
  if (inBody)
    return {
      ...config,
      data: params.reduce<unknown>(
        (data, [name, value]) => setPath(data, name.split('.'), value),
        bodyObject(config.data),
      ),
    };
  return { ...config, params: withQuery(config.params, params) };
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

function bodyObject(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    throw Object.assign(new Error('Page parameters cannot be put into a body that is not JSON.'), {
      code: 'pagination_config',
    });
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

interface LinkContext {
  endpoint: string;
  origins: readonly string[];
  siblings: readonly string[];
}

interface PageLink {
  text: string;
  /** @throws Error `pagination_cross_origin` */
  endpoint(requestedUrl: string | undefined, about: LinkContext): string;
}

function pageLink(
  response: PageResponse,
  { rel, path }: { rel: string | undefined; path: string | undefined },
): PageLink | undefined {
  const inHeader = rel ? linkHeader(response.headers['link'], rel) : undefined;
  const inBody = path ? readOwnPath(response.data, path) : undefined;
  const text = inHeader ?? (typeof inBody === 'string' ? inBody.trim() : '');
  if (text === '') return undefined;
  return {
    text,
    endpoint: (requestedUrl, about) =>
      /^https?:\/\//i.test(text) ? absolute(text, requestedUrl, about) : relative(text, requestedUrl, about),
  };
}

/** RFC 8288 section 3; a URL may contain commas and semicolons, so the angle brackets lead. */
export function linkHeader(header: unknown, rel: string): string | undefined {
  const text = Array.isArray(header) ? header.join(', ') : header;
  if (typeof text !== 'string') return undefined;
  for (const [, url = '', parameters = ''] of text.matchAll(
    /<([^>]*)>((?:\s*;\s*[\w!#$&+\-^.|~*]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]+))?)*)/g,
  )) {
    const [, quoted, bare] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i.exec(parameters) ?? [];
    const relations = (quoted ?? bare ?? '').toLowerCase().split(/\s+/);
    if (relations.includes(rel.toLowerCase()) && url.trim() !== '') return url.trim();
  }
  return undefined;
}

function absolute(text: string, requestedUrl: string | undefined, { origins, siblings }: LinkContext): string {
  const link = parse(text);
  const requested = requestedUrl === undefined ? undefined : parse(requestedUrl);
  if (link === undefined || requested === undefined) throw crossOrigin(text);
  // Some APIs behind a TLS terminator build their links with http.
  if (
    link.protocol === 'http:' &&
    requested.protocol === 'https:' &&
    link.hostname === requested.hostname &&
    link.port === ''
  )
    link.protocol = 'https:';
  if (link.username !== '' || link.password !== '') throw crossOrigin(link.origin);
  const rest = text.replace(/^https?:\/\/[^/?#]*/i, '');
  if (link.origin === requested.origin || origins.includes(link.origin)) return link.origin + rest;
  // Another region's or tenant's name for the API that was asked: the credential stays on the host it belongs to.
  if (siblings.some((source) => new RegExp(source).test(link.host))) return requested.origin + rest;
  throw crossOrigin(link.origin);
}

/** Joined to the base as any endpoint; one that already begins with the base path is resolved against the origin. */
function relative(text: string, requestedUrl: string | undefined, { endpoint }: LinkContext): string {
  if (/^\/\//.test(text)) throw crossOrigin(text);
  const requested = requestedUrl === undefined ? undefined : parse(requestedUrl);
  if (requested === undefined) return text;
  if (text.startsWith('?')) return requested.origin + requested.pathname + text;
  const basePath = basePathOf(requested.pathname, endpoint);
  return basePath !== '' && (text === basePath || text.startsWith(`${basePath}/`) || text.startsWith(`${basePath}?`))
    ? requested.origin + text
    : text;
}

/** What stands before the endpoint in the path that was requested. */
function basePathOf(pathname: string, endpoint: string): string {
  const own = /^https?:\/\//i.test(endpoint) ? '' : endpoint.replace(/[?#].*$/s, '').replace(/^\/+/, '');
  return own !== '' && pathname.endsWith(`/${own}`) ? pathname.slice(0, -own.length - 1) : '';
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function crossOrigin(where: string): Error {
  return pageError(
    'pagination_cross_origin',
    `The link to the next page leads to ${where.slice(0, 100)}, away from the API that was asked.`,
  );
}

interface RepeatGuard {
  /** True when this cursor has already brought these very rows. */
  check(page: {
    cursor: string | number;
    next: string | number | undefined;
    rows: readonly unknown[] | undefined;
  }): boolean;
  hasSeen(cursor: string | number): boolean;
}

/** Keeps hashes, 16 bytes a page: 100,000 long cursors must not fill the guest. Rows are hashed only once a cursor comes back. */
function createRepeatGuard(): RepeatGuard {
  const seen = new Set<string>();
  const rowsOfCursor = new Map<string, string>();
  return {
    check({ cursor, next, rows }) {
      const key = hash(String(cursor));
      const returns = seen.has(key) || next === cursor;
      seen.add(key);
      if (!returns && (next === undefined || !seen.has(hash(String(next))))) return false;
      const content = hash(JSON.stringify(rows ?? null));
      if (rowsOfCursor.get(key) === content) return true;
      rowsOfCursor.set(key, content);
      return false;
    },
    hasSeen: (cursor) => seen.has(hash(String(cursor))),
  };
}

function pageError(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** Two 32-bit FNV-1a passes with different seeds. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9dc5811c;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (code + at), 0x01000193);
  }
  return `${text.length}.${a >>> 0}.${b >>> 0}`;
}

/**
 * Tries the path as one key, then by its segments; `rows[0].id` and `rows.0.id` are the same.
 * @example readOwnPath({ '@odata.nextLink': 'u', a: { b: 1 } }, '@odata.nextLink') // 'u'
 */
export function readOwnPath(data: unknown, path: string): unknown {
  if (typeof data !== 'object' || data === null) return undefined;
  if (Object.hasOwn(data, path)) return (data as Record<string, unknown>)[path];
  const dotted = path.includes('[') ? path.replace(/\[(\d+)\]/g, '.$1') : path;
  for (let dot = dotted.indexOf('.'); dot >= 0; dot = dotted.indexOf('.', dot + 1)) {
    const head = dotted.slice(0, dot);
    if (!Object.hasOwn(data, head)) continue;
    const value = readOwnPath((data as Record<string, unknown>)[head], dotted.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

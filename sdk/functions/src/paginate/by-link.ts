// Pages by link: the answer says which URL comes next, and it has to stay with the API that was asked.
import { linkHeader } from './link-header.ts';
import { readOwnPath } from './own-path.ts';
import { pageConfig } from './page-params.ts';
import { linkRows } from './rows.ts';
import { type PageRequest, type PageResponse, pageError, type Walk } from './rules.ts';

export async function* byLink<Row, Config extends PageRequest, Response extends PageResponse>(
  walk: Walk<Config, Response>,
): AsyncGenerator<Row[], undefined, void> {
  const { rules, request, context, config } = walk;
  const { link_rel_in_response_header: rel, link_path_in_response_body: path } = rules;
  if (!rel && !path)
    throw pageError(
      'pagination_config',
      'Paging by link needs `link_rel_in_response_header` or `link_path_in_response_body`.',
    );
  let next: Config = pageConfig(walk, []);
  let last: string | undefined;
  for (;;) {
    const response = await request(next);
    yield linkRows<Row>(response, walk);
    const link = nextLink(response, { rel, path });
    await rules.on_page?.({ nextPageParam: link, response });
    if (link === undefined || link === last) return;
    last = link;
    // The link has all parameters; sending ours again would undo its own.
    const { params: _params, ...rest } = config;
    const requestedUrl = context.urlOf(response);
    const endpoint = /^https?:\/\//i.test(link)
      ? absolute(link, requestedUrl, context)
      : relative(link, requestedUrl, next.endpoint);
    next = { ...rest, endpoint } as Config;
  }
}

function nextLink(
  response: PageResponse,
  { rel, path }: { rel: string | undefined; path: string | undefined },
): string | undefined {
  const inHeader = rel ? linkHeader(response.headers['link'], rel) : undefined;
  const inBody = path ? readOwnPath(response.data, path) : undefined;
  const text = inHeader ?? (typeof inBody === 'string' ? inBody.trim() : '');
  return text === '' ? undefined : text;
}

interface Trusted {
  linkOrigins?: readonly string[];
  siblingHosts?: readonly string[];
}

/** @throws Error `pagination_cross_origin` */
function absolute(
  text: string,
  requestedUrl: string | undefined,
  { linkOrigins = [], siblingHosts = [] }: Trusted,
): string {
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
  if (link.origin === requested.origin || linkOrigins.includes(link.origin)) return link.origin + rest;
  // Another region's or tenant's name for the API that was asked: the credential stays on the host it belongs to.
  if (siblingHosts.some((source) => new RegExp(source).test(link.host))) return requested.origin + rest;
  throw crossOrigin(link.origin);
}

/** Joined to the base as any endpoint; one that already begins with the base path is resolved against the origin. */
function relative(text: string, requestedUrl: string | undefined, endpoint: string): string {
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

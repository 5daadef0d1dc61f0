// Walks the pages of an API by cursor, link or offset: `nango.paginate`, in the guest process and in tests of functions.
import { byCursor } from './by-cursor.ts';
import { byLink } from './by-link.ts';
import { byOffset } from './by-offset.ts';
import {
  type CallRules,
  type PageRequest,
  type PageResponse,
  type PaginateContext,
  type PaginateRules,
  pageError,
} from './rules.ts';

export { readOwnPath } from './own-path.ts';
export type { CallRules, PageErrorCode, PageRequest, PageResponse, PaginateContext, PaginateRules } from './rules.ts';

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
  defaults: PaginateRules | undefined,
  request: (config: Omit<Config, 'paginate'>) => Promise<Response>,
  context: PaginateContext<Response>,
): AsyncGenerator<Row[], undefined, void> {
  const overlay = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  const rules: CallRules<Response> = { ...defaults, ...Object.fromEntries(overlay) };
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

// Pages by offset or page number: the walk counts, and a short page is the last one.
import { pageConfig } from './page-params.ts';
import { rowsOf } from './rows.ts';
import { type PageRequest, type PageResponse, pageError, type Walk } from './rules.ts';

export async function* byOffset<Row, Config extends PageRequest, Response extends PageResponse>(
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
    const response = await request(pageConfig(walk, [[name, offset]]));
    const rows = rowsOf<Row>(response, walk);
    if (!rows || rows.length === 0) return;
    yield rows;
    await rules.on_page?.({ nextPageParam: offset, response });
    if (limit !== undefined && rows.length < Number(limit)) return;
    offset += method === 'per-page' ? 1 : rows.length;
  }
}

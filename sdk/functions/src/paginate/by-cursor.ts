// Pages by cursor: the next one's parameter lies in the answer.
import { readOwnPath } from './own-path.ts';
import { pageConfig } from './page-params.ts';
import { createRepeatGuard } from './repeat-guard.ts';
import { rowsOf } from './rows.ts';
import { type PageRequest, type PageResponse, pageError, type Walk } from './rules.ts';

export async function* byCursor<Row, Config extends PageRequest, Response extends PageResponse>(
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
    const response = await request(pageConfig(walk, cursor === undefined ? [] : [[name, cursor]]));
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

function cursorIn(data: unknown, path: string): string | number | undefined {
  const value = readOwnPath(data, path);
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

// Walks the pages of a list to its end.
import type { PageQuery } from './types/pages.ts';

/** @param limit rows of a page; the most that the API gives, since all of them are wanted */
export async function* followCursor<Row, Query extends PageQuery>(
  query: Query,
  list: (query: Query) => Promise<{ data: Row[]; next_cursor?: string | null | undefined }>,
  limit = 100,
): AsyncGenerator<Row, undefined, void> {
  let next: string | null | undefined = query.cursor;
  do {
    const page = await list({ ...query, limit: query.limit ?? limit, cursor: next });
    yield* page.data;
    next = page.next_cursor;
  } while (next); // a list may also leave it out at its end
}

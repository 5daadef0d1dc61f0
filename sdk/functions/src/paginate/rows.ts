// The rows of a page: where they lie in the answer, and what is none.
import { readOwnPath } from './own-path.ts';
import type { PageResponse } from './rules.ts';

interface Place {
  rules: { response_path?: string | undefined };
  context: { warn?: (message: string) => void };
}

/** Undefined when there are none; an object where a list belongs is worth a warning. */
export function rowsOf<Row>(response: PageResponse, { rules, context }: Place): Row[] | undefined {
  const path = rules.response_path;
  const rows = path ? readOwnPath(response.data, path) : response.data;
  if (Array.isArray(rows)) return rows as Row[];
  if (typeof rows === 'object' && rows !== null)
    context.warn?.(`paginate: ${path ? `\`${path}\`` : 'the body'} is an object, not a list of rows.`);
  return undefined;
}

/** A page without rows is yielded all the same; without a path, a body that is an object is the page as it is. */
export function linkRows<Row>(response: PageResponse, place: Place): Row[] {
  const { data } = response;
  const isWhole = !place.rules.response_path && typeof data === 'object' && data !== null && !Array.isArray(data);
  return isWhole ? (data as Row[]) : (rowsOf<Row>(response, place) ?? []);
}

// Positions in lists of syncs and runs, opaque to callers: clients that cannot read them cannot come to rely on them.
import { SynclineError } from '../errors.ts';

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

export const encodeListCursor = (position: string): string => Buffer.from(position).toString('base64url');

/** @throws SynclineError invalid_cursor */
export function decodeListCursor(cursor: string, pattern: RegExp): string {
  const position = Buffer.from(cursor, 'base64url').toString();
  if (!pattern.test(position) || encodeListCursor(position) !== cursor) {
    throw new SynclineError('invalid_cursor', 'This cursor was not made by this list.', {
      status: 400,
      hint: 'Pass next_cursor exactly as it was returned, or none to start over.',
    });
  }
  return position;
}

/** From `limit + 1` rows: the page, and where the next one starts if there is one. */
export function cutPage<Row, T>(
  rows: Row[],
  limit: number,
  position: (row: Row) => string,
  render: (row: Row) => T,
): Page<T> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { data: rows.slice(0, limit).map(render), nextCursor: last ? encodeListCursor(position(last)) : null };
}

// Opaque cursors of lists that are ordered by one column: base64url of its last value.
import { SynclineError } from '../core/errors.ts';

export const encodeCursor = (last: string | number) => Buffer.from(`1:${last}`).toString('base64url');

/** @throws SynclineError `invalid_cursor` when the text does not match `shape` */
export function decodeCursor(cursor: string, shape: RegExp): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const last = text.startsWith('1:') ? text.slice(2) : '';
  if (!shape.test(last)) {
    throw new SynclineError('invalid_cursor', 'The cursor is not one of this list.', {
      status: 400,
      hint: 'Start again without it.',
    });
  }
  return last;
}

export const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const numberShape = /^\d{1,15}$/;

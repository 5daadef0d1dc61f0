// Positions in lists of logs. Not authenticated: whatever a forged one names, row-level security decides what is shown.
import { SynclineError } from '../errors.ts';

export const encodePosition = (...parts: string[]): string => Buffer.from(parts.join('|')).toString('base64url');

/** @throws SynclineError `invalid_cursor` */
export function decodePosition(cursor: string, pattern: RegExp): string[] {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!pattern.test(text))
    throw new SynclineError('invalid_cursor', 'This cursor is not one of this list.', { status: 400 });
  return text.split('|');
}

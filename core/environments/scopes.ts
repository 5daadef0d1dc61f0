// What an API key may do. A granted scope covers a required one when equal, or by a trailing `:*`.
import { SynclineError } from '../errors.ts';

/** What a key gets that names no scopes. */
export const defaultScopes: readonly string[] = ['environment:*'];

/** @example fullScope('syncs:read') // 'environment:syncs:read' */
export const fullScope = (scope: string) => (scope.startsWith('account:') ? scope : `environment:${scope}`);

/** @example grants(['environment:connections:*'], 'environment:connections:read') // true */
export const grants = (granted: readonly string[], required: string) =>
  granted.some((scope) => scope === required || (scope.endsWith(':*') && required.startsWith(scope.slice(0, -1))));

/** @throws SynclineError `forbidden`: a key cannot make a key that may do more */
export function assertWithin(granted: readonly string[], wanted: readonly string[]): void {
  const beyond = wanted.filter((scope) => !grants(granted, scope));
  if (beyond.length === 0) return;
  throw new SynclineError('forbidden', `Your key does not hold ${beyond.join(', ')} and cannot give it away.`, {
    status: 403,
  });
}

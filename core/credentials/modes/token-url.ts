// Where an entry gets its tokens, for modes that have one place.
import type { Provider } from '../../../providers/schema.ts';
import { SynclineError } from '../../errors.ts';

/** @throws SynclineError `missing_token_url` */
export function tokenUrlOf({ token_url: byMode, auth_mode, name }: Provider, mode = auth_mode): string {
  const url = typeof byMode === 'string' ? byMode : (byMode?.[mode] ?? Object.values(byMode ?? {})[0]);
  if (url !== undefined) return url;
  throw new SynclineError('missing_token_url', `Provider '${name}' has no token URL.`, { status: 400 });
}

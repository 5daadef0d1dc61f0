// The `connection_id` of a browser's request: a public key is signed for one, and with a session we choose it.
import { SynclineError } from '../core/errors.ts';
import { connectionId } from './fields.ts';

/** @throws SynclineError `invalid_query_params` (400) */
export function readConnectionId(text: string | undefined): string {
  const { success, data } = connectionId.safeParse(text);
  if (success && data !== '') return data;
  throw refused('With a public key, the id that the connection has or is to have.');
}

export const chosenId = () =>
  refused(
    'With a connect session, ids of connections are made here.',
    'To renew a connection, make its session with POST /connect/sessions/reconnect.',
  );

const refused = (message: string, hint?: string) =>
  new SynclineError('invalid_query_params', '', {
    status: 400,
    errors: [{ code: 'custom', message, path: ['connection_id'] }],
    ...(hint !== undefined && { hint }),
  });

// A loaded connection as the proxy takes it, with a fresh credential that a 401 may renew once.
import type { LoadedConnection } from '../core/connections/read-connection.ts';
import { noteUnhelpful, renewRefused } from '../core/credentials/renew-refused.ts';
import { SynclineError } from '../core/errors.ts';
import type { BuildInput } from '../core/proxy/build-request.ts';
import type { ProxyCredentials } from '../core/proxy/entry.ts';
import { targetOf } from '../core/proxy/target.ts';
import type { ApiEnv, Services } from './context.ts';

export interface ProxyTarget extends Pick<BuildInput, 'provider' | 'integration' | 'connection'> {
  /** The current one: `renew` changes it. */
  credentials: ProxyCredentials;
  /** After a 401. True when there is another credential to try. */
  renew(): Promise<boolean>;
  /** A renewed credential that was refused too is not renewed again soon. */
  answered(status: number): void;
}

const needsReauth = () =>
  new SynclineError(
    'connection_refresh_exhausted',
    'The provider no longer accepts the credential of this connection.',
    {
      status: 424,
      hint: 'Ask the user to reconnect: POST /connect/sessions/reconnect.',
      payload: { reason: 'needs_reauth' },
    },
  );

/** @throws SynclineError `unknown_provider` (400), `connection_refresh_exhausted`, `connection_refresh_backoff` (424) */
export async function openProxyTarget(
  loaded: LoadedConnection,
  environment: ApiEnv['Variables']['environment'],
  { catalogue, credentials }: Pick<Services, 'catalogue' | 'credentials'>,
): Promise<ProxyTarget> {
  const { provider, integration, connection } = targetOf(loaded, catalogue);
  if (loaded.needsReauthAt !== null) throw needsReauth();
  let renewed = false;
  let used = await credentials.fresh(environment, { connectionId: connection.id });
  return {
    provider,
    integration,
    connection: { ...connection, id: connection.connectionId },
    // One set of keys on the wire, in the database and in templates (`auth.md` section 1); named twice for its two readers.
    get credentials() {
      return used.credential as ProxyCredentials;
    },
    async renew() {
      const other = await renewRefused(credentials, environment, {
        connectionId: connection.id,
        version: used.version,
      });
      if (other) used = other;
      renewed = other !== undefined;
      return renewed;
    },
    answered(status) {
      if (renewed && status === 401) noteUnhelpful(credentials, connection.id);
    },
  };
}

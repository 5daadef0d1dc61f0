// A loaded connection as the proxy takes it.
import type { LoadedConnection } from '../core/connections/read-connection.ts';
import { SynclineError } from '../core/errors.ts';
import type { Catalogue } from '../core/integrations/catalogue.ts';
import type { BuildInput } from '../core/proxy/build-request.ts';
import type { ProxyCredentials } from '../core/proxy/entry.ts';

export type ProxyTarget = Pick<BuildInput, 'provider' | 'integration' | 'connection' | 'credentials'>;

/** @throws SynclineError `unknown_provider` (400), `connection_refresh_exhausted` (424) */
export function toProxyTarget(loaded: LoadedConnection, catalogue: Catalogue): ProxyTarget {
  const { connection, appCredentials, integrationConfig, credentials, needsReauthAt } = loaded;
  const provider = catalogue.get(loaded.provider);
  if (!provider) {
    throw new SynclineError('unknown_provider', `The catalogue has no provider '${loaded.provider}' any more.`, {
      status: 400,
    });
  }
  if (needsReauthAt !== null) {
    throw new SynclineError(
      'connection_refresh_exhausted',
      'The provider no longer accepts the credential of this connection.',
      {
        status: 424,
        hint: 'Ask the user to reconnect: POST /connect/sessions/reconnect.',
        payload: { reason: 'needs_reauth' },
      },
    );
  }
  const app = appCredentials as { client_id?: string; client_secret?: string } | null;
  return {
    provider,
    integration: { clientId: app?.client_id, clientSecret: app?.client_secret, config: integrationConfig },
    connection: { id: connection.id, connectionConfig: connection.connectionConfig, metadata: connection.metadata },
    // One set of keys on the wire, in the database and in templates (`auth.md` section 1); named twice for its two readers.
    credentials: credentials as ProxyCredentials,
  };
}

// A loaded connection as requests on its behalf need it, for the proxy and for functions; the credential comes fresh each time.
import type { LoadedConnection } from '../connections/read-connection.ts';
import { SynclineError } from '../errors.ts';
import type { Catalogue, Provider } from '../integrations/catalogue.ts';
import type { ProxyIntegration } from './entry.ts';

export interface ProxyTarget {
  provider: Provider;
  integration: ProxyIntegration & { id: string; uniqueKey: string };
  connection: {
    /** Our uuid. */
    id: string;
    /** The caller's text. */
    connectionId: string;
    connectionConfig: Record<string, unknown>;
    metadata: Record<string, unknown>;
  };
}

/** What of a loaded connection a target is made of. */
export interface TargetRows extends Pick<LoadedConnection, 'provider' | 'appCredentials' | 'integrationConfig'> {
  connection: Pick<LoadedConnection['connection'], 'id' | 'connectionId' | 'connectionConfig' | 'metadata' | 'stage'>;
  integration: Pick<LoadedConnection['integration'], 'id' | 'uniqueKey'>;
}

/** @throws SynclineError `unknown_provider`, `connection_pending` (400) */
export function targetOf(loaded: TargetRows, catalogue: Catalogue): ProxyTarget {
  const { connection, integration, appCredentials, integrationConfig } = loaded;
  if (connection.stage === 'pending') throw pending(connection.connectionId);
  const provider = catalogue.get(loaded.provider);
  if (!provider) {
    throw new SynclineError('unknown_provider', `The catalogue has no provider '${loaded.provider}' any more.`, {
      status: 400,
      hint: 'Put its entry back, in providers/ or in SYNCLINE_PROVIDERS.',
    });
  }
  const app = appCredentials && 'client_id' in appCredentials ? appCredentials : undefined;
  return {
    provider,
    integration: {
      id: integration.id,
      uniqueKey: integration.uniqueKey,
      clientId: app?.client_id,
      clientSecret: app?.client_secret,
      config: integrationConfig,
    },
    connection: {
      id: connection.id,
      connectionId: connection.connectionId,
      connectionConfig: connection.connectionConfig,
      metadata: connection.metadata,
    },
  };
}

const pending = (connectionId: string) =>
  new SynclineError('connection_pending', `The connection '${connectionId}' is pending: nothing may use it yet.`, {
    status: 400,
    hint: 'Confirm it with POST /connections/{connectionId}/confirm, once you know whose it is.',
  });

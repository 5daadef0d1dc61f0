// Reads targets: rows, the catalogue's entry and a fresh credential.
import { eq } from 'drizzle-orm';
import type { Catalogue } from '../../../providers/load.ts';
import { type ConnectionKey, type LoadedConnection, loadConnection } from '../../connections/read-connection.ts';
import type { Credentials } from '../../credentials/credentials.ts';
import type { EnvironmentDb } from '../../db/database.ts';
import { connections } from '../../db/schema/connections.ts';
import { integrations } from '../../db/schema/integrations.ts';
import { SynclineError } from '../../errors.ts';
import type { ProxyCredentials } from '../../proxy/entry.ts';
import type { LoadTarget, Target } from './target.ts';

export function createTargets(
  environment: EnvironmentDb,
  { catalogue, credentials }: { catalogue: Catalogue; credentials: Credentials },
): LoadTarget {
  return async (key) => toTarget(await loadConnection(environment, key), { environment, catalogue, credentials });
}

async function toTarget(
  loaded: LoadedConnection,
  {
    environment,
    catalogue,
    credentials,
  }: { environment: EnvironmentDb; catalogue: Catalogue; credentials: Credentials },
): Promise<Target> {
  const { connection, integration, appCredentials, integrationConfig } = loaded;
  const provider = catalogue.get(loaded.provider);
  if (!provider) {
    throw new SynclineError('unknown_provider', `Provider '${loaded.provider}' is not in the catalogue any more.`, {
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
    credentials: (await credentials.fresh(environment, { connectionId: connection.id })).credential as ProxyCredentials,
  };
}

/** The caller's names of a connection of ours. */
export async function readOwner(environment: EnvironmentDb, connectionId: string): Promise<ConnectionKey> {
  const [row] = await environment.transaction((tx) =>
    tx
      .select({ providerConfigKey: integrations.uniqueKey, connectionId: connections.connectionId })
      .from(connections)
      .innerJoin(integrations, eq(integrations.id, connections.integrationId))
      .where(eq(connections.id, connectionId)),
  );
  if (!row) throw new SynclineError('unknown_connection', 'The connection of this sync was deleted.', { status: 400 });
  return row;
}

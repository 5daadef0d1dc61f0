// Reads targets: rows, the catalogue's entry and a fresh credential.
import { eq } from 'drizzle-orm';
import type { Catalogue } from '../../../providers/load.ts';
import { type ConnectionKey, loadConnection } from '../../connections/read-connection.ts';
import type { Credentials } from '../../credentials/credentials.ts';
import type { EnvironmentDb } from '../../db/database.ts';
import { connections } from '../../db/schema/connections.ts';
import { integrations } from '../../db/schema/integrations.ts';
import { SynclineError } from '../../errors.ts';
import type { ProxyCredentials } from '../../proxy/entry.ts';
import { targetOf } from '../../proxy/target.ts';
import type { LoadTarget } from './target.ts';

export function createTargets(
  environment: EnvironmentDb,
  { catalogue, credentials }: { catalogue: Catalogue; credentials: Credentials },
): LoadTarget {
  return async (key) => {
    const loaded = await loadConnection(environment, key);
    const target = targetOf(loaded, catalogue);
    const { credential } = await credentials.fresh(environment, { connectionId: target.connection.id });
    return { ...target, credentials: credential as ProxyCredentials };
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

// What the holder of a session may connect, each with the form that it takes.
import { and, eq, isNull } from 'drizzle-orm';
import type { EnvironmentDb } from '../../db/database.ts';
import { connections } from '../../db/schema/connections.ts';
import type { Catalogue, Provider } from '../../integrations/catalogue.ts';
import { type IntegrationRow, listIntegrations, openIntegration } from '../../integrations/read-integration.ts';
import { type ConnectForm, connectFormOf } from './connect-form.ts';
import type { ConnectSession, IntegrationDefaults } from './session.ts';

export interface Connectable {
  unique_key: string;
  display_name: string;
  provider: string;
  logo: string;
  /** The page that tells an end user what to do. */
  docs?: string;
  /** What the provider will be asked to allow. */
  scopes: string[];
  form: ConnectForm;
}

export async function listConnectable(
  environment: EnvironmentDb,
  catalogue: Pick<Catalogue, 'get'>,
  session: ConnectSession,
): Promise<Connectable[]> {
  const { allowedIntegrations: allowed, defaults, overrides } = session;
  const rows = (await listIntegrations(environment)).filter((row) => allowed?.includes(row.uniqueKey) ?? true);
  const bound = await readStored(environment, session);
  return rows.flatMap((row) => {
    const provider = catalogue.get(row.provider);
    if (!provider) return []; // it has left the catalogue: nobody can connect it
    const docs = overrides?.[row.uniqueKey]?.docs_connect ?? provider.docs_connect;
    const given = defaults[row.uniqueKey];
    return {
      unique_key: row.uniqueKey,
      display_name: row.displayName,
      provider: row.provider,
      logo: provider.logo_url,
      ...(docs !== undefined && { docs }),
      scopes: scopesOf(environment, row, provider, given),
      form: connectFormOf(provider, {
        docsConnect: overrides?.[row.uniqueKey]?.docs_connect,
        given: given?.connection_config,
        stored: bound?.integrationId === row.id ? bound.connectionConfig : undefined,
      }),
    };
  });
}

function scopesOf(
  environment: EnvironmentDb,
  row: IntegrationRow,
  provider: Provider,
  given: IntegrationDefaults | undefined,
): string[] {
  const { credentials } = openIntegration(environment, row);
  const ofApp = credentials && 'scopes' in credentials ? credentials.scopes : undefined;
  const chosen = given?.connection_config?.['oauth_scopes_override'] ?? ofApp;
  const scopes = typeof chosen === 'string' && chosen !== '' ? chosen.split(',') : (provider.default_scopes ?? []);
  return scopes.map((scope) => scope.trim()).filter((scope) => scope !== '');
}

/** The connection that the session renews. */
async function readStored(environment: EnvironmentDb, { reconnects }: ConnectSession) {
  if (reconnects === null) return undefined;
  const isIt = and(eq(connections.id, reconnects), isNull(connections.deletedAt));
  const [row] = await environment.transaction((tx) => tx.select().from(connections).where(isIt));
  return row;
}

// A connection by the caller's two ids, with everything that a request on its behalf needs; one query.
import { and, eq, isNull } from 'drizzle-orm';
import type { Credential } from '../credentials/credential.ts';
import { connectionGone } from '../credentials/renewal-subject.ts';
import { openCredential, type StoredCredential } from '../credentials/store.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections, credentials, endUsers } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import type { AppCredentials } from '../integrations/app-credentials.ts';
import {
  findIntegration,
  type IntegrationRow,
  openIntegration,
  unknownProviderConfig,
} from '../integrations/read-integration.ts';
import type { ConnectionRow } from './connection-view.ts';
import type { EndUserRow } from './end-user.ts';

/** How callers name a connection. */
export interface ConnectionKey {
  providerConfigKey: string;
  connectionId: string;
}

export interface LoadedConnection {
  connection: ConnectionRow;
  integration: IntegrationRow;
  /** Name of the catalogue entry. */
  provider: string;
  /** The developer's app, opened. */
  appCredentials: AppCredentials | null;
  /** `integration_config`, secret values included. */
  integrationConfig: Record<string, string>;
  credentials: Credential;
  /** As it lies there; null: there is none. */
  stored: StoredCredential | null;
  /** Of the credential; a renewal raises it. */
  version: number;
  expiresAt: Date | null;
  /** Set when only the user can help: nothing should be sent. */
  needsReauthAt: Date | null;
  endUser: EndUserRow | null;
}

export const unknownConnection = ({ providerConfigKey, connectionId }: ConnectionKey, status = 404) =>
  new SynclineError('unknown_connection', `Integration '${providerConfigKey}' has no connection '${connectionId}'.`, {
    status,
    hint: 'List them with GET /connections.',
  });

export const connectionDeletedMeanwhile = () =>
  new SynclineError('unknown_connection', 'The connection was deleted meanwhile.', { status: 400 });

const isLive = ({ providerConfigKey, connectionId }: ConnectionKey) =>
  and(
    eq(integrations.uniqueKey, providerConfigKey),
    isNull(integrations.deletedAt),
    eq(connections.connectionId, connectionId),
    isNull(connections.deletedAt),
  );

const selectConnections = (tx: Transaction) =>
  tx
    .select({ connection: connections, integration: integrations, credential: credentials, endUser: endUsers })
    .from(connections)
    .innerJoin(integrations, eq(integrations.id, connections.integrationId))
    .leftJoin(credentials, eq(credentials.connectionId, connections.id))
    .leftJoin(endUsers, eq(endUsers.id, connections.endUserId));

/** Rows only. @throws SynclineError `unknown_provider_config`, `unknown_connection` */
export async function findConnection(tx: Transaction, key: ConnectionKey) {
  const [found] = await selectConnections(tx).where(isLive(key));
  if (found) return found;
  if (!(await findIntegration(tx, key.providerConfigKey))) throw unknownProviderConfig(key.providerConfigKey);
  throw unknownConnection(key);
}

type Found = Awaited<ReturnType<typeof findConnection>>;

export function openConnection(
  environment: EnvironmentDb,
  { connection, integration, credential, endUser }: Found,
): LoadedConnection {
  const { credentials: appCredentials, config } = openIntegration(environment, integration);
  return {
    connection,
    integration,
    provider: integration.provider,
    appCredentials,
    integrationConfig: config,
    credentials: credential ? openCredential(environment.cipher, credential) : { type: 'NONE' },
    stored: credential,
    version: credential?.version ?? 0,
    expiresAt: credential?.expiresAt ?? null,
    needsReauthAt: credential?.needsReauthAt ?? null,
    endUser,
  };
}

/**
 * @throws SynclineError `unknown_provider_config` (400), `unknown_connection` (404)
 * @example const { credentials } = await loadConnection(environment, { providerConfigKey: 'github', connectionId: 'user-1' });
 */
export async function loadConnection(environment: EnvironmentDb, key: ConnectionKey): Promise<LoadedConnection> {
  return openConnection(environment, await environment.transaction((tx) => findConnection(tx, key)));
}

/** By our uuid; one that is being removed too, while its rows are there. @throws SynclineError `unknown_connection` (404) */
export async function loadConnectionById(environment: EnvironmentDb, id: string): Promise<LoadedConnection> {
  const [found] = await environment.transaction((tx) => selectConnections(tx).where(eq(connections.id, id)));
  if (!found) throw connectionGone();
  return openConnection(environment, found);
}

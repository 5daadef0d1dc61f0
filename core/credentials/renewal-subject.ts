// What a renewal is about: a connection with its stored credential, its integration and the entry of its provider.
import { and, eq, isNotNull, isNull, or } from 'drizzle-orm';
import type { Catalogue } from '../../providers/load.ts';
import type { Provider } from '../../providers/schema.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { connections, credentials } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import { type IntegrationRow, openIntegration } from '../integrations/read-integration.ts';
import type { App, ModeSubject } from './modes/mode.ts';
import type { CredentialRow } from './store.ts';

export interface RenewalSubject {
  connection: typeof connections.$inferSelect;
  integration: IntegrationRow;
  /** undefined: the catalogue no longer has it. */
  provider: Provider | undefined;
  row: CredentialRow;
}

export const connectionGone = () =>
  new SynclineError('unknown_connection', 'This connection does not exist any more.', {
    status: 404,
    hint: 'List them with GET /connections.',
  });

/** undefined: the connection has no credential. @throws SynclineError `unknown_connection` */
export async function loadSubject(
  environment: EnvironmentDb,
  catalogue: Pick<Catalogue, 'get'>,
  connectionId: string,
): Promise<RenewalSubject | undefined> {
  const [found] = await environment.transaction((tx) =>
    tx
      .select({ connection: connections, integration: integrations, row: credentials })
      .from(connections)
      .innerJoin(integrations, eq(integrations.id, connections.integrationId))
      .leftJoin(credentials, eq(credentials.connectionId, connections.id))
      // One that is being removed has its credential until the purge: the functions that run before it use it.
      .where(
        and(eq(connections.id, connectionId), or(isNull(connections.deletedAt), isNotNull(credentials.connectionId))),
      ),
  );
  if (!found) throw connectionGone();
  const { row, ...rest } = found;
  return row ? { ...rest, row, provider: catalogue.get(found.integration.provider) } : undefined;
}

/** With its secrets opened, for the modes. */
export function subjectOf(
  environment: EnvironmentDb,
  { provider, integration, connection }: RenewalSubject & { provider: Provider },
  now: Date,
): ModeSubject {
  const { connectionId, connectionConfig, metadata } = connection;
  const about = { id: connectionId, connectionConfig, metadata };
  return { ...appSubject(environment, integration), provider, connection: about, now };
}

/** The developer's side of it. */
export function appSubject(
  environment: EnvironmentDb,
  integration: IntegrationRow,
): Pick<ModeSubject, 'app' | 'integrationConfig'> {
  const { credentials, config } = openIntegration(environment, integration);
  const app: App = credentials ?? {};
  return { app, integrationConfig: config };
}

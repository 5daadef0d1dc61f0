// Takes in a connection with a credential that somebody else obtained. Row, credential, syncs and event commit together.
import { randomUUID } from 'node:crypto';
import { eq, isNull, sql } from 'drizzle-orm';
import type { AuthMode } from '../../providers/auth-modes.ts';
import type { Catalogue } from '../../providers/load.ts';
import type { Provider } from '../../providers/schema.ts';
import type { Credential } from '../credentials/credential.ts';
import { putCredential } from '../credentials/store.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import { checkFormValues } from '../integrations/form-values.ts';
import { integrationNotFound } from '../integrations/read-integration.ts';
import { type ConnectionRow, type ConnectionView, toConnectionView } from './connection-view.ts';
import { derivedTags, type EndUserInput, type EndUserRow, putEndUser } from './end-user.ts';
import { type IntroduceDeps, introduceConnection } from './introduce-connection.ts';
import { endUserOf, lockIntegration } from './owner-rows.ts';

export interface ConnectionImport {
  providerConfigKey: string;
  /** Default: a UUID v4. */
  connectionId?: string | undefined;
  credential: Credential;
  metadata?: Record<string, unknown> | undefined;
  connectionConfig?: Record<string, unknown> | undefined;
  /** What the credential says of its account: laid over the stored configuration when none is given. */
  learntConfig?: Record<string, unknown> | undefined;
  /** '' clears. */
  webhookUrlOverride?: string | undefined;
  tags?: Record<string, string> | undefined;
  endUser?: EndUserInput | undefined;
}

interface Deps extends IntroduceDeps {
  catalogue: Catalogue;
}

/** Modes whose stored shape is another mode's. */
const storedAs: Partial<Record<AuthMode, Credential['type']>> = {
  MCP_OAUTH2: 'OAUTH2',
  MCP_OAUTH2_GENERIC: 'OAUTH2',
  INSTALL_PLUGIN: 'BASIC',
};

/**
 * An existing connection of the same id is overwritten.
 * @throws SynclineError `not_found`, `invalid_body`; `connection_validation_failed` (400) when a function of the integration refuses it
 */
export async function importConnection(
  environment: EnvironmentDb,
  deps: Deps,
  input: ConnectionImport,
): Promise<ConnectionView> {
  const { environmentId } = environment;
  const told = await introduceConnection(environment, deps, async (tx) => {
    const integration = await lockIntegration(tx, eq(integrations.uniqueKey, input.providerConfigKey));
    if (!integration) throw integrationNotFound(input.providerConfigKey);
    const provider = deps.catalogue.get(integration.provider);
    if (!provider)
      throw new SynclineError('not_found', `There is no provider '${integration.provider}' any more.`, { status: 404 });
    checkImport(provider, { type: input.credential.type, connectionConfig: input.connectionConfig });
    const endUser = input.endUser ? await putEndUser(tx, environmentId, input.endUser) : null;
    const { row, isNew } = await putConnection(tx, environmentId, integration.id, input, endUser);
    await putCredential(tx, environment, row.id, input.credential);
    const owner = endUser ?? (await endUserOf(tx, row));
    return { connection: row, integration, authMode: provider.auth_mode, endUser: owner, isNew };
  });
  const { connection, integration, endUser = null } = told;
  const { credential } = input;
  return toConnectionView(connection, { integration, endUser, needsReauthAt: null, credential, refreshToken: true });
}

/** @throws SynclineError `invalid_body` */
export function checkImport(
  provider: Provider,
  { type, connectionConfig = {} }: { type: Credential['type']; connectionConfig?: Record<string, unknown> | undefined },
): void {
  const refuse = (message: string) => new SynclineError('invalid_body', message, { status: 400 });
  const wanted = storedAs[provider.auth_mode] ?? provider.auth_mode;
  if (type !== wanted) throw refuse(`Provider '${provider.name}' takes credentials of type ${wanted}, not ${type}.`);
  if (type === 'TBA' && typeof connectionConfig['accountId'] !== 'string') {
    throw refuse('TBA needs `connection_config.accountId`.');
  }
  checkFormValues('connection_config', provider.connection_config, connectionConfig);
}

async function putConnection(
  tx: Transaction,
  environmentId: string,
  integrationId: string,
  {
    connectionId = randomUUID(),
    metadata,
    connectionConfig,
    learntConfig = {},
    webhookUrlOverride,
    tags,
    endUser: input,
  }: ConnectionImport,
  endUser: EndUserRow | null,
): Promise<{ row: ConnectionRow; isNew: boolean }> {
  const id = uuidv7();
  // What is absent stays as it is on an overwrite.
  const given = {
    ...(metadata && { metadata }),
    ...(connectionConfig && { connectionConfig }),
    ...(webhookUrlOverride !== undefined && { webhookUrlOverride: webhookUrlOverride || null }),
    ...(endUser && { endUserId: endUser.id }),
    ...((input || tags) && { tags: { ...(input && derivedTags(input)), ...tags } }),
  };
  const [row] = await tx
    .insert(connections)
    .values({
      ...{ id, environmentId, integrationId, connectionId, lastFetchedAt: new Date() },
      connectionConfig: learntConfig,
      ...given,
    })
    .onConflictDoUpdate({
      target: [connections.environmentId, connections.integrationId, connections.connectionId],
      targetWhere: isNull(connections.deletedAt),
      // A new credential answers the old one's complaints.
      set: {
        connectionConfig: sql`${connections.connectionConfig} || ${JSON.stringify(learntConfig)}::jsonb`,
        ...given,
        errors: sql`jsonb_path_query_array(${connections.errors}, '$[*] ? (@.type != "auth")')`,
        updatedAt: new Date(),
      },
    })
    .returning();
  // Nobody was told yet of one that is being validated.
  return { row: row!, isNew: row!.id === id || row!.stage === 'validating' };
}

// Makes and changes integrations: a provider, configured once per environment.
import { and, eq, isNull } from 'drizzle-orm';
import type { Catalogue } from '../../providers/load.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import { type AppCredentials, checkAppCredentials, openSecrets, sealSecrets, splitConfig } from './app-credentials.ts';
import { checkFormValues } from './form-values.ts';
import { findIntegration, type IntegrationRow, integrationNotFound } from './read-integration.ts';

export interface IntegrationChange {
  uniqueKey?: string | undefined;
  displayName?: string | undefined;
  forwardWebhooks?: boolean | undefined;
  credentials?: AppCredentials | undefined;
  config?: Record<string, string> | undefined;
  custom?: Record<string, string> | undefined;
}

const wrongField = (path: string, message: string) =>
  new SynclineError('invalid_body', '', { status: 400, errors: [{ code: 'invalid_string', message, path: [path] }] });

const keyInUse = (uniqueKey: string) => wrongField('uniqueKey', `There is an integration '${uniqueKey}' already.`);

/** @throws SynclineError `invalid_body` */
export async function createIntegration(
  environment: EnvironmentDb,
  catalogue: Catalogue,
  { provider: name, uniqueKey, ...given }: IntegrationChange & { provider: string; uniqueKey: string },
): Promise<IntegrationRow> {
  const provider = catalogue.get(name);
  if (!provider) throw wrongField('provider', `There is no provider '${name}'; GET /providers lists them.`);
  checkAppCredentials(provider, given.credentials);
  checkFormValues('integration_config', provider.integration_config, given.config ?? {});
  const id = uuidv7();
  const config = splitConfig(provider, given.config ?? {});
  const secrets = { credentials: given.credentials ?? null, config: config.secret };
  const [row] = await environment.transaction((tx) =>
    tx
      .insert(integrations)
      .values({
        id,
        environmentId: environment.environmentId,
        uniqueKey,
        provider: name,
        displayName: given.displayName ?? provider.display_name,
        forwardWebhooks: given.forwardWebhooks ?? true,
        credentials: sealSecrets(environment.cipher, id, secrets),
        config: config.open,
        custom: given.custom ?? {},
      })
      .onConflictDoNothing()
      .returning(),
  );
  if (!row) throw keyInUse(uniqueKey);
  return row;
}

/** @throws SynclineError `not_found`, `invalid_body` */
export async function updateIntegration(
  environment: EnvironmentDb,
  catalogue: Catalogue,
  uniqueKey: string,
  change: IntegrationChange,
): Promise<IntegrationRow> {
  return environment.transaction(async (tx) => {
    const row = await findIntegration(tx, uniqueKey);
    if (!row) throw integrationNotFound(uniqueKey);
    if (change.uniqueKey !== undefined && change.uniqueKey !== uniqueKey)
      await assertRenamable(tx, row, change.uniqueKey);
    const provider = catalogue.get(row.provider);
    if (provider && change.credentials) checkAppCredentials(provider, change.credentials);
    if (change.config) checkFormValues('integration_config', provider?.integration_config, change.config);
    const before = openSecrets(environment.cipher, row);
    const config = change.config ? splitConfig(provider, change.config) : { open: row.config, secret: before.config };
    const secrets = { credentials: change.credentials ?? before.credentials, config: config.secret };
    const [updated] = await tx
      .update(integrations)
      .set({
        uniqueKey: change.uniqueKey ?? row.uniqueKey,
        displayName: change.displayName ?? row.displayName,
        forwardWebhooks: change.forwardWebhooks ?? row.forwardWebhooks,
        credentials: sealSecrets(environment.cipher, row.id, secrets),
        config: config.open,
        custom: change.custom ?? row.custom,
        updatedAt: new Date(),
      })
      .where(eq(integrations.id, row.id))
      .returning();
    return updated!;
  });
}

/** Connections are addressed by the key. */
async function assertRenamable(tx: Transaction, row: IntegrationRow, uniqueKey: string): Promise<void> {
  if (await findIntegration(tx, uniqueKey)) throw keyInUse(uniqueKey);
  const [connection] = await tx
    .select({ id: connections.id })
    .from(connections)
    .where(and(eq(connections.integrationId, row.id), isNull(connections.deletedAt)))
    .limit(1);
  if (!connection) return;
  throw new SynclineError('invalid_body', 'The unique key cannot change while the integration has connections.', {
    status: 400,
  });
}

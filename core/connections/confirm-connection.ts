// The app's server says that a pending connection is what its user wanted: from here on it is a connection like any other. Against
// links that were passed on: only the server knows who is logged in.
import { and, eq, isNull } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import { integrationNotFound } from '../integrations/read-integration.ts';
import { type IntroduceDeps, introduceConnection } from './introduce-connection.ts';
import { endUserOf, lockIntegration } from './owner-rows.ts';
import { type ConnectionKey, findConnection } from './read-connection.ts';

/**
 * Confirming twice is one confirmation.
 * @throws SynclineError `unknown_provider_config`, `unknown_connection`, `connection_pending` (400: the provider has not completed it),
 * `connection_validation_failed` (400)
 */
export async function confirmConnection(
  environment: EnvironmentDb,
  deps: IntroduceDeps,
  key: ConnectionKey,
): Promise<void> {
  const found = await environment.transaction((tx) => findConnection(tx, key));
  const { id, stage } = found.connection;
  if (stage !== 'pending') return;
  if (!found.credential) throw incomplete();
  const authMode = found.credential.type;
  await introduceConnection(environment, deps, async (tx) => {
    const isIt = and(eq(connections.id, id), eq(connections.stage, 'pending'), isNull(connections.deletedAt));
    const [row] = await tx.update(connections).set({ stage: null }).where(isIt).returning();
    if (!row) throw confirmedMeanwhile();
    const integration = await lockIntegration(tx, eq(integrations.id, row.integrationId));
    if (!integration) throw integrationNotFound(key.providerConfigKey);
    return { connection: row, integration, authMode, endUser: await endUserOf(tx, row), isNew: true };
  }).catch((error: unknown) => {
    if (!(error instanceof SynclineError && error.code === 'confirmed_meanwhile')) throw error;
  });
}

const confirmedMeanwhile = () =>
  new SynclineError('confirmed_meanwhile', 'It was confirmed meanwhile.', { status: 409 });

const incomplete = () =>
  new SynclineError('connection_pending', 'The provider has not completed this connection yet.', {
    status: 400,
    hint: 'Nothing can be confirmed before the provider has sent its part.',
  });

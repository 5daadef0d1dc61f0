// Stores a connection and lets it take effect: rows, syncs and event in one transaction, or, when the integration has
// validate-connection functions, the rows first and the rest with their consent. Then its workflows are told.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { listOnEventFunctions } from '../functions/on-event-functions.ts';
import type { Poke } from '../syncs/poke.ts';
import { type Established, establish, refuse, withdraw } from './establish-connection.ts';
import type { ValidateConnection } from './validate-connection.ts';

export interface IntroduceDeps {
  poke: Poke;
  validateConnection: ValidateConnection;
}

/**
 * @param store writes row and credential; a connection that is `isNew` was announced to nobody yet
 * @throws SynclineError `connection_validation_failed` (400), `unknown_connection` (400: deleted meanwhile), and what `store` throws
 */
export async function introduceConnection(
  environment: EnvironmentDb,
  { poke, validateConnection }: IntroduceDeps,
  store: (tx: Transaction) => Promise<Established>,
): Promise<Established> {
  const { environmentId } = environment;
  const done = await environment.transaction(async (tx) => {
    const told = await store(tx);
    const { connection, integration, isNew, isPending } = told;
    if (isPending) {
      await tx.update(connections).set({ stage: 'pending' }).where(eq(connections.id, connection.id));
      return { told, syncIds: [] };
    }
    const validators = await listOnEventFunctions(tx, { integrationId: integration.id, event: 'validate-connection' });
    if (validators.length === 0) return { told, syncIds: await establish(tx, told) };
    if (isNew) await tx.update(connections).set({ stage: 'validating' }).where(eq(connections.id, connection.id));
    return { told };
  });
  if (done.told.isPending) return done.told;
  const syncIds = done.syncIds ?? (await validated(environment, { poke, validateConnection }, done.told));
  await Promise.all([
    ...syncIds.map((id) => poke.sync(environmentId, id)),
    poke.connection(environmentId, done.told.connection.id, 'created'),
  ]);
  return done.told;
}

/** @returns ids of its new syncs. @throws SynclineError `connection_validation_failed`, and why its functions could not be asked */
async function validated(
  environment: EnvironmentDb,
  { poke, validateConnection }: IntroduceDeps,
  told: Established,
): Promise<string[]> {
  const { connection, integration, isNew } = told;
  const removed = () => poke.connection(environment.environmentId, connection.id, 'deleted');
  const place = { connectionId: connection.id, integrationId: integration.id };
  const refusal = await validateConnection(environment, place).catch(async (error: unknown) => {
    if (isNew && (await withdraw(environment, connection.id).catch(() => false))) await removed();
    throw error;
  });
  if (!refusal) return environment.transaction((tx) => establish(tx, told));
  const error = await refuse(environment, told, refusal);
  if (isNew) await removed();
  throw error;
}

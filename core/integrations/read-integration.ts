// Integrations by the caller's key, with their secrets opened.
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import { type AppCredentials, openSecrets } from './app-credentials.ts';

export type IntegrationRow = typeof integrations.$inferSelect;

export interface LoadedIntegration {
  row: IntegrationRow;
  credentials: AppCredentials | null;
  /** `integration_config` with its secret values. */
  config: Record<string, string>;
}

export async function findIntegration(tx: Transaction, uniqueKey: string): Promise<IntegrationRow | undefined> {
  const [row] = await tx
    .select()
    .from(integrations)
    .where(and(eq(integrations.uniqueKey, uniqueKey), isNull(integrations.deletedAt)));
  return row;
}

/** By `unique_key`, in the order of bytes. */
export const listIntegrations = (environment: EnvironmentDb): Promise<IntegrationRow[]> =>
  environment.transaction((tx) =>
    tx.select().from(integrations).where(isNull(integrations.deletedAt)).orderBy(asc(integrations.uniqueKey)),
  );

export function openIntegration(environment: EnvironmentDb, row: IntegrationRow): LoadedIntegration {
  const secrets = openSecrets(environment.cipher, row);
  return { row, credentials: secrets.credentials, config: { ...row.config, ...secrets.config } };
}

export const integrationNotFound = (uniqueKey: string) =>
  new SynclineError('not_found', `There is no integration '${uniqueKey}'.`, {
    status: 404,
    hint: 'List them with GET /integrations.',
  });

/** For the routes that call it a bad parameter; some of them carry an empty payload. */
export const unknownProviderConfig = (uniqueKey: string, payload?: Record<string, unknown>) =>
  new SynclineError('unknown_provider_config', `There is no integration '${uniqueKey}' in this environment.`, {
    status: 400,
    hint: 'List them with GET /integrations.',
    ...(payload && { payload }),
  });

/**
 * @throws SynclineError `not_found`
 * @example const { credentials } = await loadIntegration(environment, 'github');
 */
export async function loadIntegration(environment: EnvironmentDb, uniqueKey: string): Promise<LoadedIntegration> {
  const row = await environment.transaction((tx) => findIntegration(tx, uniqueKey));
  if (!row) throw integrationNotFound(uniqueKey);
  return openIntegration(environment, row);
}

// From the wire's names (integration, connection, sync, variant) to rows, with the wire's errors for what is not there.
import { and, eq, isNull, or, type SQL } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { syncs } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';

export interface SyncRef {
  name: string;
  variant: string;
}

export interface SyncSelection {
  providerConfigKey: string;
  /** The caller's text; absent = every connection of the integration. */
  connectionId?: string;
  /** Empty = every sync. */
  syncs: SyncRef[];
}

export const unknownIntegration = (key: string) =>
  new SynclineError('unknown_provider_config', `There is no integration '${key}' in this environment.`, {
    status: 400,
    hint: 'List them with GET /integrations.',
    payload: {},
  });

export async function integrationIdOf(tx: Transaction, providerConfigKey: string): Promise<string> {
  const [found] = await tx
    .select({ id: integrations.id })
    .from(integrations)
    .where(and(eq(integrations.uniqueKey, providerConfigKey), isNull(integrations.deletedAt)));
  if (!found) throw unknownIntegration(providerConfigKey);
  return found.id;
}

/** The caller's text → our row. */
export async function connectionIdOf(
  tx: Transaction,
  { providerConfigKey, connectionId }: { providerConfigKey: string; connectionId: string },
): Promise<string | undefined> {
  const [found] = await tx
    .select({ id: connections.id })
    .from(connections)
    .innerJoin(integrations, eq(integrations.id, connections.integrationId))
    .where(
      and(
        eq(integrations.uniqueKey, providerConfigKey),
        eq(connections.connectionId, connectionId),
        isNull(integrations.deletedAt),
        isNull(connections.deletedAt),
      ),
    );
  return found?.id;
}

const unknownConnection = (connectionId: string, providerConfigKey: string) =>
  new SynclineError('unknown_connection', `Integration '${providerConfigKey}' has no connection '${connectionId}'.`, {
    status: 404,
    hint: 'List them with GET /connections.',
    payload: { connectionId, providerConfigKey },
  });

/** Live sync rows of a selection, with the caller's connection ids; locked in one order, so that two commands cannot deadlock. */
export async function findSyncs(tx: Transaction, { providerConfigKey, connectionId, syncs: refs }: SyncSelection) {
  const integrationId = await integrationIdOf(tx, providerConfigKey);
  const conditions: (SQL | undefined)[] = [
    eq(connections.integrationId, integrationId),
    isNull(syncs.deletedAt),
    isNull(connections.deletedAt),
  ];
  if (connectionId !== undefined) {
    const owner = await connectionIdOf(tx, { providerConfigKey, connectionId });
    if (owner === undefined) throw unknownConnection(connectionId, providerConfigKey);
    conditions.push(eq(syncs.connectionId, owner));
  }
  if (refs.length > 0)
    conditions.push(or(...refs.map(({ name, variant }) => and(eq(syncs.name, name), eq(syncs.variant, variant)))));
  return tx
    .select({ sync: syncs, connectionId: connections.connectionId })
    .from(syncs)
    .innerJoin(connections, eq(connections.id, syncs.connectionId))
    .where(and(...conditions))
    .orderBy(syncs.id)
    .for('update', { of: syncs });
}

/** Every sync row of a connection (our uuid), deleted ones too. */
export async function syncIdsOf(environment: EnvironmentDb, connectionId: string): Promise<string[]> {
  const rows = await environment.transaction((tx) =>
    tx.select({ id: syncs.id }).from(syncs).where(eq(syncs.connectionId, connectionId)),
  );
  return rows.map(({ id }) => id);
}

// The moment from which a connection is one: its syncs appear and the app is told, or, when its validate-connection functions
// refuse it, what was stored goes again.
import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections, credentials } from '../db/schema/connections.ts';
import { SynclineError } from '../errors.ts';
import { listOnEventFunctions } from '../functions/on-event-functions.ts';
import type { OnEventFailure } from '../runtime/run-on-event.ts';
import { createSyncsForConnection, markSyncsDeleted } from '../syncs/create-syncs.ts';
import { type AuthEvent, writeAuthEvent } from './auth-event.ts';
import type { ConnectionRow } from './connection-view.ts';
import type { EndUserRow } from './end-user.ts';
import { connectionDeletedMeanwhile } from './read-connection.ts';

/** What the event says of it. */
export interface Established
  extends Omit<AuthEvent, 'operation' | 'failure' | 'integration' | 'connection' | 'endUser'> {
  connection: ConnectionRow;
  integration: AuthEvent['integration'] & { id: string };
  endUser?: EndUserRow | null;
  /** Else an existing one got another credential. */
  isNew: boolean;
  /** Stored, and nothing more: its app or its provider has the next word. */
  isPending?: boolean;
}

/** @returns ids of its new syncs, to be poked after the commit. @throws SynclineError `unknown_connection` when it was deleted meanwhile */
export async function establish(tx: Transaction, { isNew, ...told }: Established): Promise<string[]> {
  const { connection, integration } = told;
  const { id: connectionId, environmentId } = connection;
  const creation = { integrationId: integration.id, event: 'post-connection-creation' } as const;
  const owesFunctions = isNew && (await listOnEventFunctions(tx, creation)).length > 0;
  const kept = await tx
    .update(connections)
    .set({ stage: owesFunctions ? 'created' : isNew ? null : sql`${connections.stage}` })
    .where(and(eq(connections.id, connectionId), isNull(connections.deletedAt)))
    .returning({ id: connections.id });
  if (kept.length === 0) throw connectionDeletedMeanwhile();
  const syncIds = await createSyncsForConnection(tx, { environmentId, connectionId, integrationId: integration.id });
  await writeAuthEvent(tx, { ...told, operation: isNew ? 'creation' : 'override' });
  return syncIds;
}

/** A new one is removed, an existing one needs its user. @returns what the caller of the API is told */
export async function refuse(
  environment: EnvironmentDb,
  { isNew, ...told }: Established,
  { error, operationId }: OnEventFailure,
): Promise<SynclineError> {
  const { connection } = told;
  const said = error.payload?.['message'];
  const message = typeof said === 'string' ? said : error.message;
  await environment.transaction(async (tx) => {
    if (isNew) await removeUnvalidated(tx, connection.id);
    else await markUnusable(tx, connection.id, operationId);
    const failure = { type: error.code, description: message };
    await writeAuthEvent(tx, { ...told, operation: isNew ? 'creation' : 'override', failure });
  });
  return new SynclineError('connection_validation_failed', message, {
    status: 400,
    payload: error.payload ?? {},
    hint: isNew ? 'The connection was not created.' : 'The user has to authorise the connection again.',
    cause: error,
  });
}

/** Its workflow purges what is left of it, and runs no function before: for the app it never was. */
async function removeUnvalidated(tx: Transaction, connectionId: string): Promise<boolean> {
  const removed = await tx
    .update(connections)
    .set({ deletedAt: new Date() })
    .where(and(eq(connections.id, connectionId), eq(connections.stage, 'validating'), isNull(connections.deletedAt)))
    .returning({ id: connections.id });
  if (removed.length > 0) await markSyncsDeleted(tx, { connectionId });
  return removed.length > 0;
}

/** Without a verdict, because the functions could not be asked: as if it had never been stored. */
export const withdraw = (environment: EnvironmentDb, connectionId: string): Promise<boolean> =>
  environment.transaction((tx) => removeUnvalidated(tx, connectionId));

/** One whose process died while it was validated: nobody was told of it. @returns whether it was removed now */
export async function withdrawAbandoned(
  environment: EnvironmentDb,
  { connectionId, olderThanMs }: { connectionId: string; olderThanMs: number },
): Promise<boolean> {
  return environment.transaction(async (tx) => {
    const [old] = await tx
      .select({ id: connections.id })
      .from(connections)
      .where(and(eq(connections.id, connectionId), lt(connections.updatedAt, new Date(Date.now() - olderThanMs))))
      .for('update');
    return old ? removeUnvalidated(tx, connectionId) : false;
  });
}

async function markUnusable(tx: Transaction, connectionId: string, operationId: string): Promise<void> {
  const error = JSON.stringify([{ type: 'auth', log_id: operationId }]);
  await tx
    .update(connections)
    .set({ errors: sql`${connections.errors} || ${error}::jsonb`, updatedAt: new Date() })
    .where(eq(connections.id, connectionId));
  await tx.update(credentials).set({ needsReauthAt: new Date() }).where(eq(credentials.connectionId, connectionId));
}

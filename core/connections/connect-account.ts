// Stores what a connect session brought: a new connection, or another credential for the one that the session renews. For
// every auth mode; all of it commits together.
import { randomUUID } from 'node:crypto';
import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Provider } from '../../providers/schema.ts';
import type { Credential } from '../credentials/credential.ts';
import { putCredential } from '../credentials/store.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connectSessions } from '../db/schema/connect-sessions.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import { integrationNotFound } from '../integrations/read-integration.ts';
import { claimInstallation } from './claim-installation.ts';
import type { ConnectionRow } from './connection-view.ts';
import { type IntroduceDeps, introduceConnection } from './introduce-connection.ts';
import { endUserOf, lockIntegration } from './owner-rows.ts';
import type { ConnectSession } from './sessions/session.ts';

export interface Account {
  integrationId: string;
  provider: Provider;
  /** null: the provider brings it later. */
  credential: Credential | null;
  /** Complete for a new connection; laid over the stored one of a renewed. */
  connectionConfig: Record<string, unknown>;
  /** Of a new connection; default: a UUID v4. */
  connectionId?: string;
}

export interface ConnectedAccount {
  connectionId: string;
  providerConfigKey: string;
  /** Not usable yet: the app's server has to confirm it, or the user or the provider to complete it. */
  isPending: boolean;
}

/**
 * A renewed connection keeps id, metadata, records and, unless the session brings others, tags and end user.
 * @throws SynclineError `connection_validation_failed` (400: refused by a function, or another account than before), `invalid_connection`
 * (400: what is to be renewed is gone), `conflict` (409: of a chosen id), `unknown_connect_session_token` (401: a strict session that has
 * had its success)
 */
export async function connectAccount(
  environment: EnvironmentDb,
  deps: IntroduceDeps,
  { session, account }: { session: ConnectSession; account: Account },
): Promise<ConnectedAccount> {
  const { credential } = account;
  let isStored = false;
  const {
    connection,
    integration,
    isPending = false,
  } = await introduceConnection(environment, deps, async (tx) => {
    await spendSession(tx, session);
    const found = await lockIntegration(tx, eq(integrations.id, account.integrationId));
    if (!found) throw integrationNotFound('');
    await claimInstallation(tx, session, account);
    const isNew = session.reconnects === null;
    const row = isNew
      ? await insertConnection(tx, environment, { session, account })
      : await renewConnection(tx, { session, account });
    if (credential) await putCredential(tx, environment, row.id, credential);
    const endUser = session.endUser ?? (await endUserOf(tx, row));
    const waits = credential === null || row.stage === 'pending' || (isNew && session.requireConfirmation);
    const authMode = account.provider.auth_mode;
    isStored = true;
    return { connection: row, integration: found, authMode, endUser, isNew, isPending: waits };
  }).catch(async (error: unknown) => {
    // Its rows were committed before the functions refused: the session may try again.
    if (isStored && error instanceof SynclineError && error.code === 'connection_validation_failed')
      await unspendSession(environment, session);
    throw error;
  });
  const lacksPart = credential?.type === 'CUSTOM' && credential.app === null;
  return {
    connectionId: connection.connectionId,
    providerConfigKey: integration.uniqueKey,
    isPending: isPending || lacksPart,
  };
}

async function spendSession(tx: Transaction, { id }: ConnectSession): Promise<void> {
  const mayStill = or(eq(connectSessions.strict, false), isNull(connectSessions.succeededAt));
  const spent = await tx
    .update(connectSessions)
    .set({ succeededAt: new Date() })
    .where(and(eq(connectSessions.id, id), mayStill))
    .returning({ id: connectSessions.id });
  if (spent.length > 0) return;
  throw new SynclineError('unknown_connect_session_token', 'This connect session is over.', {
    status: 401,
    payload: {},
    hint: 'Make another with POST /connect/sessions.',
  });
}

const unspendSession = (environment: EnvironmentDb, { id }: ConnectSession) =>
  environment.transaction((tx) =>
    tx.update(connectSessions).set({ succeededAt: null }).where(eq(connectSessions.id, id)),
  );

interface Given {
  session: ConnectSession;
  account: Account;
}

const givenBy = ({ endUser, tags, webhookUrlOverride }: ConnectSession) => ({
  ...(endUser && { endUserId: endUser.id }),
  ...(tags && { tags }),
  ...(webhookUrlOverride !== null && { webhookUrlOverride }),
});

async function insertConnection(
  tx: Transaction,
  { environmentId }: EnvironmentDb,
  { session, account: { integrationId, connectionConfig, connectionId = session.chosenId ?? randomUUID() } }: Given,
): Promise<ConnectionRow> {
  const [row] = await tx
    .insert(connections)
    .values({
      id: uuidv7(),
      environmentId,
      integrationId,
      connectionId,
      connectionConfig,
      lastFetchedAt: new Date(),
      ...givenBy(session),
    })
    .onConflictDoNothing()
    .returning();
  if (row) return row;
  throw new SynclineError('conflict', `'${connectionId}' was connected by another request at this moment.`, {
    status: 409,
    hint: 'Try again: that renews it.',
  });
}

async function renewConnection(tx: Transaction, { session, account }: Given): Promise<ConnectionRow> {
  const isIt = and(
    eq(connections.id, session.reconnects!),
    eq(connections.integrationId, account.integrationId),
    isNull(connections.deletedAt),
  );
  const [before] = await tx.select().from(connections).where(isIt).for('update');
  if (!before) {
    throw new SynclineError('invalid_connection', 'The connection that this session renews is not there any more.', {
      status: 400,
      hint: 'Make a session for a new connection: POST /connect/sessions.',
    });
  }
  assertSameAccount(account, before);
  const [row] = await tx
    .update(connections)
    .set({
      ...givenBy(session),
      connectionConfig: sql`${connections.connectionConfig} || ${JSON.stringify(account.connectionConfig)}::jsonb`,
      // A new credential answers the old one's complaints.
      errors: sql`jsonb_path_query_array(${connections.errors}, '$[*] ? (@.type != "auth")')`,
      updatedAt: new Date(),
    })
    .where(eq(connections.id, before.id))
    .returning();
  return row!;
}

/** Records of two accounts must not mix under one connection. @throws SynclineError `connection_validation_failed` (400) */
function assertSameAccount({ provider, connectionConfig }: Account, before: ConnectionRow): void {
  const { identity } = provider;
  if (identity === undefined) return;
  const [was, is] = [before.connectionConfig[identity], connectionConfig[identity]];
  if (was === undefined || is === undefined || String(was) === String(is)) return;
  throw new SynclineError(
    'connection_validation_failed',
    `This is another account of ${provider.display_name} than before.`,
    {
      status: 400,
      hint: 'Sign in with the account that was connected first, or make a new connection for this one.',
    },
  );
}

// Ends the grant behind a connection that is being deleted, and writes down how that went. Best effort: what cannot be revoked is
// still deleted.
import { and, eq, isNull, ne, or, sql } from 'drizzle-orm';
import type { Catalogue } from '../../providers/load.ts';
import { loadSubject, type RenewalSubject, subjectOf } from '../credentials/renewal-subject.ts';
import { type RevokeDeps, type Revoked, revokeCredential } from '../credentials/revoke-credential.ts';
import { openCredential } from '../credentials/store.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { fromUnknown } from '../errors.ts';
import type { LogWriter } from '../logs/log-writer.ts';

export interface RevokeConnectionDeps extends RevokeDeps {
  catalogue: Pick<Catalogue, 'get'>;
  logs: LogWriter;
}

/** May be repeated. @throws SynclineError `revocation_failed` (retryable) while the provider is down */
export async function revokeConnection(
  environment: EnvironmentDb,
  deps: RevokeConnectionDeps,
  connectionId: string,
): Promise<void> {
  const subject = await loadSubject(environment, deps.catalogue, connectionId).catch(() => undefined);
  if (!subject?.provider || subject.connection.deletedAt === null) return;
  const { provider } = subject;
  if (provider.revocation_url === undefined && provider.revocation === undefined && !isDiscovered(subject)) return;
  if (await isShared(environment, subject)) return;
  const credential = openCredential(environment.cipher, subject.row);
  try {
    note(
      deps,
      subject,
      await revokeCredential(deps, subjectOf(environment, { ...subject, provider }, new Date()), credential),
    );
  } catch (cause) {
    const error = fromUnknown(cause);
    note(deps, subject, { error });
    if (error.retryable) throw error;
  }
}

/** An MCP server says in its metadata where tokens are revoked. */
const isDiscovered = ({ connection }: RenewalSubject) => connection.connectionConfig['oauth_server'] !== undefined;

/**
 * Many providers have one grant for a user and an app, and end all its tokens with one: a user who connected again, and whose old
 * connection is deleted now, must not lose the new one.
 */
async function isShared(environment: EnvironmentDb, { connection, provider }: RenewalSubject): Promise<boolean> {
  const identity = provider?.identity === undefined ? undefined : connection.connectionConfig[provider.identity];
  const same = or(
    connection.endUserId === null ? undefined : eq(connections.endUserId, connection.endUserId),
    identity === undefined
      ? undefined
      : sql`${connections.connectionConfig} ->> ${provider!.identity!} = ${String(identity)}`,
  );
  if (!same) return false;
  const isOther = and(
    eq(connections.integrationId, connection.integrationId),
    ne(connections.id, connection.id),
    isNull(connections.deletedAt),
    same,
  );
  const [other] = await environment.transaction((tx) =>
    tx.select({ id: connections.id }).from(connections).where(isOther).limit(1),
  );
  return other !== undefined;
}

function note(
  { logs }: RevokeConnectionDeps,
  { connection, integration }: RenewalSubject,
  how: Revoked | { error: { code: string; message: string } },
): void {
  const { environmentId } = connection;
  if ('outcome' in how && how.outcome === 'unsupported') return;
  const id = uuidv7();
  logs.start({
    id,
    environmentId,
    type: 'auth',
    action: 'revoke',
    title: 'Revoke the access at the provider',
    state: 'running',
    integrationId: integration.id,
    connectionId: connection.id,
    context: {
      integration: integration.uniqueKey,
      provider: integration.provider,
      connection: connection.connectionId,
    },
  });
  if ('error' in how) {
    const { code, message } = how.error;
    logs.end(environmentId, id, { state: 'failed', error: { type: code, message } });
  } else if (how.outcome === 'refused') {
    const message = `The provider refused to revoke the token (status ${how.status}).`;
    logs.end(environmentId, id, { state: 'failed', error: { type: 'revocation_refused', message } });
  } else logs.end(environmentId, id, { state: 'success' });
}

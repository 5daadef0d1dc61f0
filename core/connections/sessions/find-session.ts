// From a presented token to its session, and a session's end. Nothing is cached: a deleted session is over at once.
import { eq } from 'drizzle-orm';
import type { Database, EnvironmentDb } from '../../db/database.ts';
import { connectSessions } from '../../db/schema/connect-sessions.ts';
import { endUsers } from '../../db/schema/connections.ts';
import { type ConnectSession, toSession } from './session.ts';
import { hashSessionToken } from './session-token.ts';

export interface FoundSession {
  session: ConnectSession;
  environment: EnvironmentDb;
  environmentName: string;
}

interface Row {
  id: string;
  environment_id: string;
  name: string;
}

/** `spent`: also a strict one that has had its success; for the route that tells of it. undefined: unknown, over or deleted. */
export async function findSession(
  { platform, keys, forEnvironment }: Database,
  token: string,
  { spent = false }: { spent?: boolean } = {},
): Promise<FoundSession | undefined> {
  const hmac = hashSessionToken(keys.purpose('connect-session'), token);
  const [known] = await platform<Row[]>`
    SELECT s.id, s.environment_id, e.name FROM connect_sessions s JOIN environments e ON e.id = s.environment_id
    WHERE s.token_hmac = ${hmac} AND s.expires_at > now() AND (${spent} OR NOT s.strict OR s.succeeded_at IS NULL)`;
  if (!known) return undefined;
  const environment = await forEnvironment(known.environment_id);
  const session = await readSession(environment, known.id);
  return session && { session, environment, environmentName: known.name };
}

/** By its row; undefined: it was deleted. */
export async function readSession(environment: EnvironmentDb, id: string): Promise<ConnectSession | undefined> {
  const [found] = await environment.transaction((tx) =>
    tx
      .select({ row: connectSessions, endUser: endUsers })
      .from(connectSessions)
      .leftJoin(endUsers, eq(endUsers.id, connectSessions.endUserId))
      .where(eq(connectSessions.id, id)),
  );
  return found && toSession(environment, found.row, found.endUser);
}

export const deleteSession = (environment: EnvironmentDb, id: string): Promise<unknown> =>
  environment.transaction((tx) => tx.delete(connectSessions).where(eq(connectSessions.id, id)));

// From a presented token to its session, and a session's end. Nothing is cached: a deleted session is over at once.
import { eq } from 'drizzle-orm';
import type { Database, EnvironmentDb } from '../../db/database.ts';
import { connectSessions } from '../../db/schema/connect-sessions.ts';
import type { ConnectSettings } from '../../db/schema/environments.ts';
import type { EndUserRow } from '../end-user.ts';
import { type ConnectSession, openDefaults } from './session.ts';
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
  const { environmentId, pages } = environment;
  const [row] = await pages<SessionRow[]>`SELECT * FROM open_connect_session(${environmentId}, ${id})`;
  if (!row) return undefined;
  return {
    id,
    allowedIntegrations: row.allowed_integrations,
    defaults: openDefaults(environment, id, row.defaults),
    overrides: row.overrides,
    tags: row.tags,
    webhookUrlOverride: row.webhook_url_override,
    endUser: row.end_user && toEndUserRow(row.end_user),
    reconnects: row.connection_id,
    chosenId: row.chosen_id,
    strict: row.strict,
    requireConfirmation: row.require_confirmation,
    expiresAt: row.expires_at,
    settings: row.rules ?? {},
  };
}

interface SessionRow {
  allowed_integrations: string[] | null;
  defaults: Buffer | null;
  overrides: ConnectSession['overrides'];
  tags: Record<string, string> | null;
  webhook_url_override: string | null;
  connection_id: string | null;
  chosen_id: string | null;
  strict: boolean;
  require_confirmation: boolean;
  expires_at: Date;
  end_user: EndUserJson | null;
  rules: ConnectSettings | null;
}

/** The row as JSON: times are text. */
interface EndUserJson {
  id: string;
  environment_id: string;
  end_user_id: string;
  email: string | null;
  display_name: string | null;
  tags: Record<string, string> | null;
  organization_id: string | null;
  organization_display_name: string | null;
  created_at: string;
  updated_at: string;
}

const toEndUserRow = (json: EndUserJson): EndUserRow => ({
  id: json.id,
  environmentId: json.environment_id,
  endUserId: json.end_user_id,
  email: json.email,
  displayName: json.display_name,
  tags: json.tags,
  organizationId: json.organization_id,
  organizationDisplayName: json.organization_display_name,
  createdAt: new Date(json.created_at),
  updatedAt: new Date(json.updated_at),
});

export const deleteSession = (environment: EnvironmentDb, id: string): Promise<unknown> =>
  environment.transaction((tx) => tx.delete(connectSessions).where(eq(connectSessions.id, id)));

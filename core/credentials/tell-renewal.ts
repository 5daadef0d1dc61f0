// Tells the app, once, that a connection needs its user, and once that it works again: in the transaction that makes it so. It
// only reads the connection's row: whoever reconnects locks it before the credential's, which the caller holds.
import { namedUuid } from '../crypto/named-uuid.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import { type AuthFacts, authEventName, authPayload } from '../webhooks/auth-payload.ts';
import type { LockTransaction } from './swap-credential.ts';

export interface Renewal {
  /** Our uuid. */
  connectionId: string;
  authMode: string;
  /** null: it works again. */
  needsReauthAt: Date | null;
  now: Date;
}

interface FactsRow {
  environmentId: string;
  integrationId: string;
  connectionId: string;
  tags: Record<string, string>;
  uniqueKey: string;
  provider: string;
  displayName: string;
  environment: string;
  endUserId: string | null;
  email: string | null;
  organizationId: string | null;
  endUserTags: Record<string, string> | null;
}

const failureType = 'connection_refresh_exhausted';

/** Of the operation that says since when, and why. */
export const reauthLogId = (connectionId: string, needsReauthAt: Date): string =>
  namedUuid('needs-reauth', connectionId, needsReauthAt.toISOString());

export const noLongerAccepts = (displayName: string): string =>
  `${displayName} no longer accepts the credential of this connection.`;

/** Of a connection that is being deleted nothing is told any more. */
export async function tellRenewal(
  sql: LockTransaction,
  { connectionId, authMode, needsReauthAt, now }: Renewal,
): Promise<void> {
  const [row] = await sql<FactsRow[]>`
    SELECT o.environment_id AS "environmentId", o.integration_id AS "integrationId", o.connection_id AS "connectionId", o.tags,
      i.unique_key AS "uniqueKey", i.provider, i.display_name AS "displayName", e.name AS environment,
      u.end_user_id AS "endUserId", u.email, u.organization_id AS "organizationId", u.tags AS "endUserTags"
    FROM connections o
    JOIN integrations i ON i.id = o.integration_id
    JOIN environments e ON e.id = o.environment_id
    LEFT JOIN end_users u ON u.id = o.end_user_id
    WHERE o.id = ${connectionId} AND o.deleted_at IS NULL`;
  if (!row) return;
  const facts = factsOf(row, { authMode, needsReauthAt, now });
  await sql`
    INSERT INTO events (id, environment_id, type, connection_id, occurred_at, payload)
    VALUES (${uuidv7()}, ${row.environmentId}, ${authEventName(facts)}, ${connectionId}, ${now},
      ${JSON.stringify(authPayload(facts))}::text::jsonb)`;
  if (needsReauthAt) await logFailure(sql, row, { connectionId, needsReauthAt });
}

function factsOf(
  { connectionId, tags, uniqueKey, provider, displayName, environment, endUserId, ...row }: FactsRow,
  { authMode, needsReauthAt, now }: Omit<Renewal, 'connectionId'>,
): AuthFacts {
  const { email, organizationId, endUserTags } = row;
  return {
    operation: 'refresh',
    connectionId,
    tags,
    integration: { uniqueKey, provider },
    authMode,
    environment,
    endUser: endUserId === null ? null : { endUserId, email, organizationId, tags: endUserTags },
    failure: needsReauthAt ? { type: failureType, description: noLongerAccepts(displayName) } : undefined,
    occurredAt: now,
  };
}

/** What `errors` of the connection points at. */
async function logFailure(
  sql: LockTransaction,
  { environmentId, integrationId, uniqueKey, provider, displayName, ...row }: FactsRow,
  { connectionId, needsReauthAt: at }: { connectionId: string; needsReauthAt: Date },
): Promise<void> {
  const context = { integration: uniqueKey, provider, connection: row.connectionId };
  const error = { type: failureType, message: noLongerAccepts(displayName) };
  await sql`
    INSERT INTO operations (id, environment_id, type, action, state, title, integration_id, connection_id, context, error,
      created_at, started_at, ended_at)
    VALUES (${reauthLogId(connectionId, at)}, ${environmentId}, 'auth', 'refresh_token', 'failed', 'Renew the credential',
      ${integrationId}, ${connectionId}, ${JSON.stringify(context)}::text::jsonb, ${JSON.stringify(error)}::text::jsonb,
      ${at}, ${at}, ${at})`;
}

// Makes a connect session in one round trip: end user, checks and row are one SQL function, and no key is derived.
import { uuidv7 } from '../../crypto/uuid.ts';
import type { Database, EnvironmentDb } from '../../db/database.ts';
import { SynclineError } from '../../errors.ts';
import { derivedTags, type EndUserInput } from '../end-user.ts';
import { type SessionDefaults, sealDefaults } from './session.ts';
import { hashSessionToken, makeSessionToken } from './session-token.ts';

export interface NewSession {
  endUser?: EndUserInput | undefined;
  allowedIntegrations?: string[] | undefined;
  defaults?: SessionDefaults | undefined;
  overrides?: Record<string, { docs_connect?: string | undefined }> | undefined;
  webhookUrlOverride?: string | undefined;
  tags?: Record<string, string> | undefined;
  requireConfirmation?: boolean | undefined;
  /** It renews this connection, and no other is made. */
  reconnect?: { connectionId: string; providerConfigKey: string } | undefined;
}

export interface MadeSession {
  token: string;
  expiresAt: Date;
}

interface Row {
  unknown_integrations: string[] | null;
  unknown_connection: boolean;
  expires_at: Date | null;
}

/** @throws SynclineError `invalid_body` (400) for unknown integrations or an unknown connection */
export async function createSession(
  { keys }: Pick<Database, 'keys'>,
  environment: EnvironmentDb,
  wanted: NewSession,
): Promise<MadeSession> {
  const { environmentId, pages } = environment;
  const { defaults, overrides, reconnect } = wanted;
  const id = uuidv7();
  const token = makeSessionToken();
  const allowed = reconnect ? [reconnect.providerConfigKey] : wanted.allowedIntegrations;
  const facts = JSON.stringify({
    end_user: wanted.endUser && endUserColumns(wanted.endUser),
    tags: tagsOf(wanted),
    allowed_integrations: allowed,
    overrides,
    require_confirmation: wanted.requireConfirmation,
    webhook_url_override: wanted.webhookUrlOverride || undefined,
    connection: reconnect?.connectionId,
    integrations: [...new Set([...(reconnect ? [] : (allowed ?? [])), ...keysOf(defaults), ...keysOf(overrides)])],
  });
  const sealed = defaults && keysOf(defaults).length > 0 ? sealDefaults(environment, id, defaults) : null;
  const hmac = hashSessionToken(keys.purpose('connect-session'), token);
  const [row] = await pages<Row[]>`
    SELECT * FROM create_connect_session(${environmentId}, ${id}, ${hmac}, ${sealed}, ${uuidv7()}, ${facts}::text::jsonb)`;
  if (row!.unknown_integrations) throw unknownIntegrations(wanted, new Set(row!.unknown_integrations));
  if (row!.unknown_connection) throw unknownConnection(reconnect!);
  return { token, expiresAt: row!.expires_at! };
}

const keysOf = (named: object | undefined): string[] => Object.keys(named ?? {});

/** Derived from the end user, then the explicit ones over them; undefined: neither was given. */
const tagsOf = ({ endUser, tags }: NewSession) =>
  endUser || tags ? { ...(endUser && derivedTags(endUser)), ...tags } : undefined;

const endUserColumns = ({ id, email, displayName, tags, organization }: EndUserInput) => ({
  id,
  email,
  display_name: displayName,
  tags,
  organization_id: organization?.id,
  organization_display_name: organization?.displayName,
});

function unknownIntegrations(
  { allowedIntegrations = [], defaults, overrides }: NewSession,
  unknown: ReadonlySet<string>,
): SynclineError {
  const paths = [
    ...allowedIntegrations.flatMap((key, at) => (unknown.has(key) ? [['allowed_integrations', String(at)]] : [])),
    ...keysOf(defaults).flatMap((key) => (unknown.has(key) ? [['integrations_config_defaults', key]] : [])),
    ...keysOf(overrides).flatMap((key) => (unknown.has(key) ? [['overrides', key]] : [])),
  ];
  return new SynclineError('invalid_body', '', {
    status: 400,
    errors: paths.map((path) => ({ code: 'custom', message: 'There is no such integration.', path })),
    hint: 'List them with GET /integrations.',
  });
}

const unknownConnection = ({ connectionId, providerConfigKey }: { connectionId: string; providerConfigKey: string }) =>
  new SynclineError('invalid_body', `Integration '${providerConfigKey}' has no connection '${connectionId}'.`, {
    status: 400,
    hint: 'List them with GET /connections.',
  });

// Connects an account by what its owner entered in a form: checked, obtained and tested before anything is stored.
import { and, eq, isNull } from 'drizzle-orm';
import type { AuthMode } from '../../providers/auth-modes.ts';
import type { Catalogue } from '../../providers/load.ts';
import type { EnteredMode } from '../credentials/modes/modes.ts';
import { obtainCredential } from '../credentials/obtain-credential.ts';
import type { SendTokenRequest } from '../credentials/send-token-request.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import { findIntegration, type IntegrationRow } from '../integrations/read-integration.ts';
import { type ConnectedAccount, connectAccount } from './connect-account.ts';
import { completeConfig } from './connection-config.ts';
import type { IntroduceDeps } from './introduce-connection.ts';
import { assertAllowed, type ConnectSession } from './sessions/session.ts';

export interface EnteredDeps extends IntroduceDeps {
  catalogue: Pick<Catalogue, 'get'>;
  egress: Egress;
  send: SendTokenRequest;
}

export interface EnteredAccount {
  session: ConnectSession;
  providerConfigKey: string;
  /** Of the endpoint. */
  mode: EnteredMode;
  /** As it came. */
  body: unknown;
  /** `connection_config` by the browser. */
  params: Record<string, string>;
}

/**
 * @throws SynclineError `unknown_provider_config` (404), `invalid_auth_mode`, `integration_not_allowed`, `invalid_connection`,
 * `invalid_body`, `invalid_credentials`, `connection_test_failed`, `connection_validation_failed` (400)
 */
export async function connectEntered(
  deps: EnteredDeps,
  environment: EnvironmentDb,
  { session, providerConfigKey, mode, body, params }: EnteredAccount,
): Promise<ConnectedAccount> {
  const integration = await environment.transaction((tx) => findIntegration(tx, providerConfigKey));
  if (!integration) throw unknownIntegration(providerConfigKey);
  const provider = deps.catalogue.get(integration.provider);
  if (!provider) throw unknownTemplate(integration.provider);
  if (provider.auth_mode !== mode) throw otherMode(provider.auth_mode, mode);
  assertAllowed(session, integration.uniqueKey);
  const bound = await readBound(environment, session, integration);
  const connectionConfig = completeConfig(provider, {
    stored: bound?.connectionConfig,
    browser: params,
    session: session.defaults[integration.uniqueKey]?.connection_config,
  });
  const obtained = await obtainCredential(deps, environment, {
    mode,
    provider,
    integration,
    body,
    connectionConfig,
    connectionId: bound?.connectionId,
  });
  const account = { integrationId: integration.id, provider, ...obtained };
  return connectAccount(environment, deps, { session, account });
}

/** The connection that the session renews. @throws SynclineError `invalid_connection` */
async function readBound(environment: EnvironmentDb, { reconnects }: ConnectSession, integration: IntegrationRow) {
  if (reconnects === null) return undefined;
  const isIt = and(
    eq(connections.id, reconnects),
    eq(connections.integrationId, integration.id),
    isNull(connections.deletedAt),
  );
  const [found] = await environment.transaction((tx) => tx.select().from(connections).where(isIt));
  if (found) return found;
  throw new SynclineError('invalid_connection', 'This session renews another connection, or one that is gone.', {
    status: 400,
    hint: 'Make another with POST /connect/sessions/reconnect.',
  });
}

const unknownIntegration = (key: string) =>
  new SynclineError('unknown_provider_config', `There is no integration '${key}' in this environment.`, {
    status: 404,
    hint: 'GET /integrations lists those that the session may connect.',
  });

const unknownTemplate = (provider: string) =>
  new SynclineError('unknown_provider_template', `There is no provider '${provider}' any more.`, { status: 404 });

const endpoints: Partial<Record<AuthMode, string>> = {
  API_KEY: 'POST /api-auth/api-key',
  BASIC: 'POST /api-auth/basic',
  OAUTH2_CC: 'POST /oauth2/auth',
  TWO_STEP: 'POST /auth/two-step',
  JWT: 'POST /auth/jwt',
  TBA: 'POST /auth/tba',
  BILL: 'POST /auth/bill',
  SIGNATURE: 'POST /auth/signature',
  AWS_SIGV4: 'POST /auth/aws-sigv4',
  NONE: 'POST /auth/unauthenticated',
};

/** The wire has no message here. */
const otherMode = (is: AuthMode, asked: AuthMode) =>
  new SynclineError('invalid_auth_mode', '', {
    status: 400,
    hint: `The integration's accounts are connected as ${is}, not ${asked}: ${endpoints[is] ?? 'GET /oauth/connect'}/{providerConfigKey}.`,
  });

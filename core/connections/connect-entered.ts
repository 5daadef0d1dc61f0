// Connects an account by what its owner entered in a form: checked, obtained and tested before anything is stored.
import { and, eq, isNull } from 'drizzle-orm';
import type { AuthMode } from '../../providers/auth-modes.ts';
import type { Catalogue } from '../../providers/load.ts';
import type { Provider } from '../../providers/schema.ts';
import { checkUrlValues } from '../credentials/check-url-values.ts';
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

export interface AskedAccount {
  session: ConnectSession;
  providerConfigKey: string;
  /** `connection_config` by the browser. */
  params: Record<string, string>;
}

export interface EnteredAccount extends AskedAccount {
  /** Of the endpoint. */
  mode: EnteredMode;
  /** As it came. */
  body: unknown;
}

/**
 * @throws SynclineError `unknown_provider_config` (404), `invalid_auth_mode`, `integration_not_allowed`, `invalid_connection`,
 * `invalid_body`, `invalid_credentials`, `connection_test_failed`, `connection_validation_failed` (400)
 */
export async function connectEntered(
  deps: EnteredDeps,
  environment: EnvironmentDb,
  { mode, body, ...asked }: EnteredAccount,
): Promise<ConnectedAccount> {
  const { session } = asked;
  const found = await resolveAsked(deps, environment, asked, ({ auth_mode: is }) => {
    if (is !== mode) throw otherMode(is, mode);
  });
  const obtained = await obtainCredential(deps, environment, { ...found, mode, body });
  const account = { integrationId: found.integration.id, provider: found.provider, ...obtained };
  return connectAccount(environment, deps, { session, account });
}

/**
 * Nothing is entered: the connection waits for the provider, which the user goes to from there.
 * @throws SynclineError `unknown_provider_config` (404), `invalid_auth_mode`, `integration_not_allowed`, `invalid_connection`, `invalid_body` (400)
 */
export async function connectOutbound(
  deps: EnteredDeps,
  environment: EnvironmentDb,
  asked: AskedAccount,
): Promise<ConnectedAccount> {
  const { session } = asked;
  const found = await resolveAsked(deps, environment, asked, ({ auth_mode, installation }) => {
    if (installation !== 'outbound') throw otherMode(auth_mode, 'an installation that the provider completes');
  });
  checkUrlValues(found.provider, found.connectionConfig);
  const connectionConfig = { ...found.connectionConfig, pending: true };
  const account = { integrationId: found.integration.id, provider: found.provider, credential: null, connectionConfig };
  return connectAccount(environment, deps, { session, account });
}

/** In the order of the wire. */
async function resolveAsked(
  deps: EnteredDeps,
  environment: EnvironmentDb,
  { session, providerConfigKey, params }: AskedAccount,
  checkMode: (provider: Provider) => void,
) {
  const integration = await environment.transaction((tx) => findIntegration(tx, providerConfigKey));
  if (!integration) throw unknownIntegration(providerConfigKey);
  const provider = deps.catalogue.get(integration.provider);
  if (!provider) throw unknownTemplate(integration.provider);
  checkMode(provider);
  assertAllowed(session, integration.uniqueKey);
  const bound = await readBound(environment, session, integration);
  const connectionConfig = completeConfig(provider, {
    stored: bound?.connectionConfig,
    browser: params,
    session: session.defaults[integration.uniqueKey]?.connection_config,
  });
  return { integration, provider, connectionConfig, connectionId: bound?.connectionId };
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
const otherMode = (is: AuthMode, asked: string) =>
  new SynclineError('invalid_auth_mode', '', {
    status: 400,
    hint: `The integration's accounts are connected as ${is}, not ${asked}: ${endpoints[is] ?? 'GET /oauth/connect'}/{providerConfigKey}.`,
  });

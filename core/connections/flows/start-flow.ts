// The first half of a browser flow: checks what is asked for, stores what the second half needs, says where to go.
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Catalogue } from '../../../providers/load.ts';
import { checkUrlValues } from '../../credentials/check-url-values.ts';
import { mcpHost } from '../../credentials/mcp/mcp-host.ts';
import type { FlowWishes } from '../../credentials/oauth/flow-mode.ts';
import type { SendTokenRequest } from '../../credentials/send-token-request.ts';
import { uuidv7 } from '../../crypto/uuid.ts';
import type { EnvironmentDb } from '../../db/database.ts';
import { connections } from '../../db/schema/connections.ts';
import { SynclineError } from '../../errors.ts';
import { integrationNotFound, type LoadedIntegration, loadIntegration } from '../../integrations/read-integration.ts';
import { completeConfig } from '../connection-config.ts';
import { assertAllowed, type ConnectSession } from '../sessions/session.ts';
import { hashClientId, isClientId } from './client-id.ts';
import { toFlowError } from './flow-error.ts';
import { flowModeOf } from './flow-modes.ts';
import { tellFailure } from './flow-results.ts';
import { type FlowSecrets, insertFlow, makeFlowSecrets } from './flow-state.ts';
import { redirectUriOf } from './redirect-uri.ts';

export interface FlowDeps {
  catalogue: Pick<Catalogue, 'get'>;
  send: SendTokenRequest;
  publicUrl: string;
}

/** What a browser asked for; nobody has checked it. */
export interface FlowRequest {
  providerConfigKey: string;
  /** `ws_client_id` */
  clientId: string | undefined;
  /** `connection_config` by the browser. */
  params: Record<string, string>;
  browserParams: Record<string, string>;
  userScopes: string[];
  override: FlowWishes['override'];
  /** Of the page that opened the popup. */
  openerOrigin: string | undefined;
}

/**
 * The waiting page hears of a failure, too.
 * @throws SynclineError whose code is an `error_type` of the wire
 */
export async function startFlow(
  deps: FlowDeps,
  environment: EnvironmentDb,
  openSession: () => Promise<ConnectSession>,
  request: FlowRequest,
): Promise<{ url: string; cookie: FlowSecrets['cookie'] }> {
  const clientHash = request.clientId === undefined ? null : hashClientId(request.clientId);
  let session: ConnectSession | undefined;
  try {
    session = await openSession();
    return await start(deps, environment, { session, request, clientHash });
  } catch (cause) {
    const error = toFlowError(cause);
    if (clientHash) {
      // Without a session it is told on the socket only.
      const about = { sessionId: session?.id ?? uuidv7(), clientHash, providerConfigKey: request.providerConfigKey };
      await tellFailure(environment, about, error).catch(() => {}); // the browser window says it as well
    }
    throw error;
  }
}

interface Asked {
  session: ConnectSession;
  request: FlowRequest;
  clientHash: Buffer | null;
}

async function start({ catalogue, send, publicUrl }: FlowDeps, environment: EnvironmentDb, asked: Asked) {
  const { session, request, clientHash } = asked;
  const { settings } = session;
  if (request.clientId !== undefined && !isClientId(request.clientId)) {
    throw new SynclineError('url_param_err', 'ws_client_id is not an id of ours or a UUID.', { status: 400 });
  }
  const { row, credentials: app, config } = await loadIntegration(environment, request.providerConfigKey);
  const provider = catalogue.get(row.provider);
  if (!provider) throw integrationNotFound(request.providerConfigKey);
  const mode = flowModeOf(provider);
  assertAllowed(session, row.uniqueKey);
  const defaults = session.defaults[row.uniqueKey] ?? {};
  const stored = await storedConfig(environment, session);
  const connectionConfig = completeConfig(provider, {
    stored,
    browser: request.params,
    session: defaults.connection_config,
  });
  checkUrlValues(provider, connectionConfig);
  const secrets = makeFlowSecrets();
  const redirectUri = redirectUriOf(row, settings, publicUrl);
  const { url, pinned } = await mode.start({
    subject: subjectOf({ provider, app, config, connectionConfig }),
    wishes: {
      browserParams: request.browserParams,
      sessionParams: defaults.authorization_params ?? {},
      userScopes: defaults.user_scopes === undefined ? request.userScopes : defaults.user_scopes.split(','),
      override: request.override,
    },
    state: secrets.state,
    redirectUri,
    send,
    host: mcpHost(environment, row, publicUrl),
  });
  const openers = [new URL(publicUrl).origin, ...(settings.origins ?? [])];
  await insertFlow(environment, {
    secrets,
    sessionId: session.id,
    integrationId: row.id,
    clientHash,
    pinned: {
      authMode: provider.auth_mode,
      connectionId: session.chosenId ?? randomUUID(),
      redirectUri,
      connectionConfig,
      given: Object.fromEntries(Object.entries(connectionConfig).filter(([name, value]) => stored?.[name] !== value)),
      openerOrigin: openers.find((origin) => origin === request.openerOrigin) ?? openers[0]!,
      mode: pinned,
    },
  });
  return { url, cookie: secrets.cookie };
}

/** @throws SynclineError `connection_not_found` */
async function storedConfig(environment: EnvironmentDb, { reconnects }: ConnectSession) {
  if (reconnects === null) return undefined;
  const [row] = await environment.transaction((tx) =>
    tx.select().from(connections).where(eq(connections.id, reconnects)),
  );
  if (row && row.deletedAt === null) return row.connectionConfig;
  throw new SynclineError('connection_not_found', 'The connection that is to be renewed is not there any more.', {
    status: 400,
  });
}

interface Parts extends Pick<LoadedIntegration, 'config'> {
  provider: NonNullable<ReturnType<Catalogue['get']>>;
  app: LoadedIntegration['credentials'];
  connectionConfig: Record<string, unknown>;
}

/** A connection that is not there yet. */
export const subjectOf = ({ provider, app, config, connectionConfig }: Parts) => ({
  provider,
  app: app ?? {},
  integrationConfig: config,
  connection: { id: '', connectionConfig, metadata: {} },
  now: new Date(),
});

// The second half of a browser flow: the browser is back. State, browser and server are checked before anything is sent; what
// comes of it is told to the waiting page, and kept for it.
import { and, eq, isNull } from 'drizzle-orm';
import type { Catalogue } from '../../../providers/load.ts';
import { lookUpAccount } from '../../credentials/after-connect.ts';
import { withConfig } from '../../credentials/modes/mode.ts';
import { verifyCredential } from '../../credentials/verify-credential.ts';
import { uuidv7 } from '../../crypto/uuid.ts';
import type { Database } from '../../db/database.ts';
import { integrations } from '../../db/schema/integrations.ts';
import type { Egress } from '../../egress/egress.ts';
import { SynclineError } from '../../errors.ts';
import { integrationNotFound, openIntegration } from '../../integrations/read-integration.ts';
import type { LogWriter } from '../../logs/log-writer.ts';
import { writeAuthEvent } from '../auth-event.ts';
import { type ConnectedAccount, connectAccount } from '../connect-account.ts';
import type { IntroduceDeps } from '../introduce-connection.ts';
import { readSession } from '../sessions/find-session.ts';
import type { ConnectSession } from '../sessions/session.ts';
import { toFlowError } from './flow-error.ts';
import { flowModeOf } from './flow-modes.ts';
import { writeResult } from './flow-results.ts';
import { type Flow, takeFlow, unknownState } from './flow-state.ts';
import { type Arrival, isReturn } from './redirect-uri.ts';
import { type FlowDeps, subjectOf } from './start-flow.ts';

export interface FinishDeps extends FlowDeps, IntroduceDeps {
  egress: Egress;
  database: Database;
  catalogue: Catalogue;
  logs: LogWriter;
}

export interface Callback {
  /** As the provider sent it; a name that came twice is not in here, but in `repeated`. */
  query: Readonly<Record<string, string>>;
  repeated: readonly string[];
  arrival: Arrival;
  cookie(name: string): string | undefined;
}

/** What the page in the popup shows and tells its opener. */
export interface FlowEnd {
  /** Whose page may hear of it; absent when no flow was found. */
  flow?: { id: string; openerOrigin: string };
  connected?: ConnectedAccount;
  error?: SynclineError;
}

export async function finishFlow(deps: FinishDeps, callback: Callback): Promise<FlowEnd> {
  const state = callback.query['state'] ?? callback.query['payload']; // plugins hand it back under that name
  if (state === undefined || state === '') return { error: toFlowError(missingState()) };
  let taken: Awaited<ReturnType<typeof takeFlow>>;
  try {
    taken = await takeFlow(deps.database, state, callback.cookie);
  } catch (cause) {
    return { error: toFlowError(cause) };
  }
  const { flow, isSameBrowser } = taken;
  const end = { flow: { id: flow.id, openerOrigin: flow.pinned.openerOrigin } };
  const known: Known = {};
  try {
    if (!isSameBrowser) throw otherBrowser();
    const connected = await finish(deps, flow, callback, known);
    const { connectionId, providerConfigKey, isPending } = connected;
    // Connected is connected: a page that does not hear of it asks the app.
    const ids = { provider_config_key: providerConfigKey, connection_id: connectionId };
    await tell(flow, { status: 'success', ...ids, ...(isPending && { is_pending: true }) }).catch(() => {});
    note(deps.logs, flow, known);
    return { ...end, connected };
  } catch (cause) {
    const error = toFlowError(cause);
    const key = known.providerConfigKey;
    const outcome = { status: 'error', error_type: error.code, error_desc: error.message } as const;
    await tell(flow, { ...outcome, ...(key !== undefined && { provider_config_key: key }) }).catch(() => {}); // the page says it
    note(deps.logs, flow, known, error);
    await announceFailure(flow, known, error).catch(() => {}); // nothing was changed that had to be told
    return { ...end, error };
  }
}

/** What has been learnt on the way, for whoever is told of a failure. */
interface Known {
  providerConfigKey?: string;
  provider?: string;
  session?: ConnectSession;
  connected?: ConnectedAccount;
}

async function finish(deps: FinishDeps, flow: Flow, callback: Callback, known: Known): Promise<ConnectedAccount> {
  const { environment, pinned } = flow;
  if (!isReturn(pinned, flow.integrationId, callback.arrival)) throw unknownState();
  if (callback.repeated.length > 0) throw repeatedParameter(callback.repeated[0]!);
  const session = await readSession(environment, flow.sessionId);
  if (!session) throw endedSession();
  const isIt = and(eq(integrations.id, flow.integrationId), isNull(integrations.deletedAt));
  const [row] = await environment.transaction((tx) => tx.select().from(integrations).where(isIt));
  const provider = row && deps.catalogue.get(row.provider);
  if (!provider) throw integrationNotFound('');
  Object.assign(known, { providerConfigKey: row.uniqueKey, provider: row.provider, session });
  if (provider.auth_mode !== pinned.authMode) throw unknownState();
  const { credentials: app, config } = openIntegration(environment, row);
  const { connectionConfig, given, redirectUri, connectionId } = pinned;
  const subject = subjectOf({ provider, app, config, connectionConfig });
  const { credential, config: learnt } = await flowModeOf(provider).finish({
    subject,
    pinned: pinned.mode,
    redirectUri,
    query: callback.query,
    send: deps.send,
  });
  const subjectWith = (config: Record<string, unknown>) =>
    withConfig(subject, { ...connectionConfig, ...config, ...given });
  const told = { ...learnt, ...(await lookUpAccount(deps.egress, subjectWith(learnt), credential)) };
  // A provider that is down proves nothing against a token that it has just given.
  if (provider.auth_mode !== 'CUSTOM')
    await verifyCredential(deps.egress, subjectWith(told), credential, { onlyRefusals: true });
  const account = {
    integrationId: row.id,
    provider,
    credential,
    connectionConfig: { ...told, ...given },
    connectionId,
  };
  known.connected = await connectAccount(environment, deps, { session, account });
  return known.connected;
}

const tell = async ({ environment, clientHash }: Flow, outcome: Parameters<typeof writeResult>[2]) => {
  if (clientHash) await writeResult(environment, clientHash, outcome);
};

/** To the app; what its functions refused it has heard already. */
async function announceFailure({ environment, pinned }: Flow, known: Known, error: SynclineError): Promise<void> {
  const { session, providerConfigKey, provider } = known;
  if (!session || session.reconnects !== null || error.code === 'connection_validation_failed') return;
  const { environmentId } = environment;
  await environment.transaction((tx) =>
    writeAuthEvent(tx, {
      operation: 'creation',
      connection: { id: null, environmentId, connectionId: pinned.connectionId, tags: session.tags ?? {} },
      integration: { uniqueKey: providerConfigKey!, provider: provider! },
      authMode: pinned.authMode,
      endUser: session.endUser,
      failure: { type: error.code, description: error.message },
    }),
  );
}

/** Codes and messages of ours, and what the provider said with anything like a credential removed. */
function note(logs: LogWriter, { environment, integrationId }: Flow, known: Known, error?: SynclineError): void {
  const { environmentId } = environment;
  const { providerConfigKey: integration, provider, connected } = known;
  const id = uuidv7();
  logs.start({
    id,
    environmentId,
    type: 'auth',
    action: 'create_connection',
    title: 'Connect an account',
    state: 'running',
    integrationId,
    context: {
      ...(integration !== undefined && { integration }),
      ...(provider !== undefined && { provider }),
      ...(connected && { connection: connected.connectionId }),
    },
  });
  logs.end(
    environmentId,
    id,
    error ? { state: 'failed', error: { type: error.code, message: error.message } } : { state: 'success' },
  );
}

const startAgain = { status: 400, hint: 'Go back to the app and start again.' };

const missingState = () =>
  new SynclineError('state_err', 'The provider sent the browser back without a state.', startAgain);

const otherBrowser = () =>
  new SynclineError('state_cookie_err', 'This sign-in was started in another browser, or cookies are blocked here.', {
    status: 400,
    hint: 'Start and finish it in the same browser, and allow cookies for this site.',
  });

const endedSession = () =>
  new SynclineError('state_err', 'The session of this sign-in was ended meanwhile.', startAgain);

const repeatedParameter = (name: string) =>
  new SynclineError('callback_err', `The provider's answer has the parameter '${name}' twice.`, startAgain);

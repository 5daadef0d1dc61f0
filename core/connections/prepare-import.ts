// What an import needs before it can be stored: the token of an installed app, which only its id came for, a test of credentials that
// never had one, and what the provider says of the account. A provider that is down stops no import.
import { and, eq, isNull } from 'drizzle-orm';
import type { Catalogue } from '../../providers/load.ts';
import type { AppCredential, Credential } from '../credentials/credential.ts';
import { installationToken } from '../credentials/modes/app.ts';
import { combineCustom } from '../credentials/modes/custom.ts';
import type { ModeSubject } from '../credentials/modes/mode.ts';
import { withKeyPair } from '../credentials/modes/oauth2-cc.ts';
import { appSubject } from '../credentials/renewal-subject.ts';
import { runExchange } from '../credentials/run-exchange.ts';
import { secretTexts } from '../credentials/secret-texts.ts';
import type { SendTokenRequest } from '../credentials/send-token-request.ts';
import { verifyCredential } from '../credentials/verify-credential.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import type { Egress } from '../egress/egress.ts';
import { SynclineError } from '../errors.ts';
import { findIntegration } from '../integrations/read-integration.ts';
import type { LogWriter } from '../logs/log-writer.ts';
import { type ConnectionImport, checkImport } from './import-connection.ts';
import { learnAccount } from './learn-account.ts';

/** The wire imports such a connection by its ids alone. */
export interface Installation {
  installed: 'APP' | 'CUSTOM';
  appId: string;
  installationId: string;
}

export interface GivenImport extends Omit<ConnectionImport, 'credential'> {
  credential: Credential | Installation;
}

interface Deps {
  catalogue: Pick<Catalogue, 'get'>;
  egress: Egress;
  logs: LogWriter;
  send: SendTokenRequest;
}

const isInstallation = (given: Credential | Installation): given is Installation => !('type' in given);

const tested: ReadonlySet<Credential['type']> = new Set(['API_KEY', 'BASIC', 'TBA']);

/** @throws SynclineError `invalid_body`, `connection_test_failed` (400) */
export async function prepareImport(
  deps: Deps,
  environment: EnvironmentDb,
  { credential: given, ...rest }: GivenImport,
): Promise<ConnectionImport> {
  const installation = isInstallation(given) ? idsOf(given) : {};
  const { integration, stored } = await readPlace(environment, rest);
  const provider = integration && deps.catalogue.get(integration.provider);
  const type = isInstallation(given) ? given.installed : given.type;
  if (!provider) return refusedLater(rest, type); // it says which of the two is missing
  checkImport(provider, { type, connectionConfig: { ...rest.connectionConfig, ...installation } });
  const connectionConfig = { ...(rest.connectionConfig ?? stored), ...installation };
  const connection = { id: rest.connectionId ?? 'new', connectionConfig, metadata: {} };
  const subject: ModeSubject = { ...appSubject(environment, integration), provider, connection, now: new Date() };
  const credential = isInstallation(given) ? await installedApp(deps, subject, given) : asStored(subject, given);
  if (tested.has(credential.type)) {
    await verifyCredential(deps.egress, subject, credential, { onlyRefusals: true });
  }
  const found = await learnAccount(deps, integration, { subject, credential, given: rest.connectionConfig });
  return {
    ...rest,
    credential,
    // What the caller says knowingly wins over what the provider says.
    ...(rest.connectionConfig && { connectionConfig: { ...found, ...rest.connectionConfig, ...installation } }),
    learntConfig: { ...found, ...installation },
  };
}

/** With the configuration of the connection that is overwritten. */
async function readPlace(
  environment: EnvironmentDb,
  { providerConfigKey, connectionId = '' }: Pick<GivenImport, 'providerConfigKey' | 'connectionId'>,
) {
  return environment.transaction(async (tx) => {
    const integration = await findIntegration(tx, providerConfigKey);
    const isIt = and(eq(connections.connectionId, connectionId), isNull(connections.deletedAt));
    const [row] = integration
      ? await tx
          .select({ config: connections.connectionConfig })
          .from(connections)
          .where(and(eq(connections.integrationId, integration.id), isIt))
      : [];
    return { integration, stored: row?.config };
  });
}

const refusedLater = (rest: Omit<GivenImport, 'credential'>, type: Credential['type']): ConnectionImport => ({
  ...rest,
  credential: { type } as Credential,
});

/** Each later token is asked for with it. */
const idsOf = ({ appId, installationId }: Installation) => ({ app_id: appId, installation_id: installationId });

const asStored = ({ provider }: ModeSubject, credential: Credential): Credential =>
  credential.type === 'OAUTH2_CC' ? withKeyPair(provider, credential) : credential;

async function installedApp({ send }: Deps, subject: ModeSubject, { installed }: Installation): Promise<Credential> {
  const { provider, connection, app } = subject;
  try {
    const { credential } = await runExchange(send, installationToken(subject), {
      provider: provider.display_name,
      session: connection.id,
      secrets: secretTexts(app),
    });
    return installed === 'APP' ? credential : combineCustom(credential as AppCredential, null);
  } catch (cause) {
    // The caller entered no credentials that could be invalid.
    if (!(cause instanceof SynclineError) || cause.code !== 'invalid_credentials') throw cause;
    const { message, payload = {} } = cause;
    throw new SynclineError('connection_test_failed', message, {
      status: 400,
      payload,
      hint: 'Check app id, private key and installation id.',
      cause,
    });
  }
}

// What a script may read of its connection, its integration and its environment. Credentials are never journalled: they are
// read live, each time.
import { z } from 'zod';
import { toConnectionView } from '../../connections/connection-view.ts';
import type { ConnectionKey, LoadedConnection } from '../../connections/read-connection.ts';
import { credentialView } from '../../credentials/credential.ts';
import { type IntegrationView, toIntegrationView } from '../../integrations/integration-view.ts';
import { loadIntegration } from '../../integrations/read-integration.ts';
import { parseArgs } from './parse-args.ts';
import type { Calls, RunContext } from './run-context.ts';

/** A connection's rows are good for this long, unless somebody renews its credential or this run writes its metadata. */
const connectionMs = 60_000;
const integrationMs = 10 * 60_000;

const connectionShape = z.object({
  providerConfigKey: z.string().optional(),
  connectionId: z.string().optional(),
  options: z
    .object({
      forceRefresh: z.boolean().optional(),
      refreshToken: z.boolean().optional(),
      refreshGithubAppJwtToken: z.boolean().optional(),
    })
    .nullish(),
});

const integrationShape = z.object({ include: z.array(z.enum(['webhook', 'credentials'])).nullish() });

/** Rows of connections, memoised for a run. */
export interface ConnectionMemo {
  read(key: ConnectionKey): Promise<LoadedConnection>;
  readAnew(key: ConnectionKey): Promise<LoadedConnection>;
  clear(): void;
}

export function createConnectionMemo({ readConnection }: Pick<RunContext, 'readConnection'>): ConnectionMemo {
  const known = new Map<string, { readAt: number; rows: Promise<LoadedConnection> }>();
  const readAnew = (key: ConnectionKey) => {
    const name = JSON.stringify([key.providerConfigKey, key.connectionId]);
    const rows = readConnection(key);
    rows.catch(() => known.delete(name));
    known.set(name, { readAt: Date.now(), rows });
    return rows;
  };
  return {
    readAnew,
    read(key) {
      const found = known.get(JSON.stringify([key.providerConfigKey, key.connectionId]));
      return found && Date.now() - found.readAt < connectionMs ? found.rows : readAnew(key);
    },
    clear: () => known.clear(),
  };
}

export function connectionCalls(context: RunContext, memo: ConnectionMemo): Calls {
  const { environment, target, credentials, secrets, catalogue, publicUrl, facts } = context;
  const own = { providerConfigKey: target.integration.uniqueKey, connectionId: target.connection.connectionId };
  const integrations = new Map<string, { readAt: number; view: Promise<IntegrationView> }>();

  async function fresh(connectionId: string, force = false) {
    const found = await credentials.fresh(environment, { connectionId, force });
    secrets.addCredential(found.credential);
    return found;
  }

  function integration(include: ('webhook' | 'credentials')[]): Promise<IntegrationView> {
    const name = [...include].sort().join();
    const found = integrations.get(name);
    if (found && Date.now() - found.readAt < integrationMs) return found.view;
    const view = loadIntegration(environment, own.providerConfigKey).then((loaded) => {
      if (include.includes('credentials')) secrets.addNamed(loaded.credentials);
      return toIntegrationView(environment, loaded.row, { catalogue, publicUrl, include });
    });
    view.catch(() => integrations.delete(name));
    integrations.set(name, { readAt: Date.now(), view });
    return view;
  }

  return {
    async getConnection(args) {
      const { options, ...names } = parseArgs('getConnection', connectionShape, args);
      const { forceRefresh = false, refreshToken = false, refreshGithubAppJwtToken = false } = options ?? {};
      const key = { ...own, ...withoutUndefined(names) };
      const bypass = forceRefresh || refreshToken || refreshGithubAppJwtToken;
      let loaded = await (bypass ? memo.readAnew(key) : memo.read(key));
      const { credential, version } = await fresh(loaded.connection.id, forceRefresh || refreshGithubAppJwtToken);
      if (version !== loaded.version) loaded = await memo.readAnew(key); // somebody renewed it, we for instance
      return { result: toConnectionView(loaded.connection, { ...loaded, credential, refreshToken }) };
    },
    async getToken() {
      const { credential } = await fresh(target.connection.id);
      if (credential.type === 'OAUTH2') return { result: credential.access_token };
      if (credential.type === 'OAUTH1')
        return { result: { oAuthToken: credential.oauth_token, oAuthTokenSecret: credential.oauth_token_secret } };
      return { result: credentialView(credential, { refreshToken: false }) };
    },
    async getIntegration(args) {
      const { include } = parseArgs('getIntegration', integrationShape, args);
      return { result: await integration(include ?? []) };
    },
    async getWebhookURL() {
      return { result: (await integration(['webhook'])).webhook_url ?? null };
    },
    async getMetadata() {
      return { result: (await memo.read(own)).connection.metadata };
    },
    async getEnvironmentVariables() {
      return { result: facts.variables };
    },
  };
}

const withoutUndefined = (names: { providerConfigKey?: string | undefined; connectionId?: string | undefined }) =>
  Object.fromEntries(Object.entries(names).filter(([, name]) => name !== undefined));

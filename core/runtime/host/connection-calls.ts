// What a script may read and write of its connection. Credentials are never journalled: they are read live, each time.

import { toConnectionView } from '../../connections/connection-view.ts';
import { loadConnection } from '../../connections/read-connection.ts';
import { writeMetadata } from '../../connections/write-metadata.ts';
import { listVariables } from '../../environments/variables.ts';
import type { Calls, RunContext } from './run-context.ts';

/** A view is good for this long, unless somebody renews the credential or the metadata changes. */
const memoMs = 60_000;

export function connectionCalls(context: RunContext): Calls {
  const { environment, target, run, credentials } = context;
  const own = { providerConfigKey: target.integration.uniqueKey, connectionId: target.connection.connectionId };
  const memo = new Map<string, { at: number; view: Promise<Record<string, unknown>> }>();

  async function read(
    key: typeof own,
    { forceRefresh = false, refreshToken = false } = {},
  ): Promise<Record<string, unknown>> {
    const loaded = await loadConnection(environment, key);
    const { credential } = await credentials.fresh(environment, {
      connectionId: loaded.connection.id,
      force: forceRefresh,
    });
    const { connection, integration, endUser } = loaded;
    return { ...toConnectionView(connection, { integration, endUser, credential, refreshToken }) };
  }

  function view(key: typeof own): Promise<Record<string, unknown>> {
    const name = JSON.stringify(key);
    const known = memo.get(name);
    if (known && Date.now() - known.at < memoMs) return known.view;
    const fresh = read(key);
    fresh.catch(() => memo.delete(name));
    memo.set(name, { at: Date.now(), view: fresh });
    return fresh;
  }

  async function write(mode: 'replace' | 'merge', metadata: Record<string, unknown>) {
    const slot = run?.journal.slot(`metadata|${mode}|${JSON.stringify(metadata)}`);
    const replayed = slot !== undefined && (await run?.journal.recall(slot)) !== undefined;
    const [after] = replayed
      ? [(await view(own))['metadata'] as Record<string, unknown>]
      : await writeMetadata(environment, {
          providerConfigKey: own.providerConfigKey,
          connectionIds: [own.connectionId],
          metadata,
          mode,
        });
    if (slot && !replayed) run?.journal.record(slot, Buffer.alloc(0));
    memo.clear();
    target.connection.metadata = after ?? {};
    const data = { metadata: after, provider_config_key: own.providerConfigKey, connection_id: own.connectionId };
    return { result: { data, status: 200, statusText: 'OK', headers: {} } };
  }

  return {
    async getConnection(args) {
      const {
        providerConfigKey = own.providerConfigKey,
        connectionId = own.connectionId,
        ...options
      } = args as Partial<typeof own> & {
        forceRefresh?: boolean;
        refreshToken?: boolean;
      };
      const key = { providerConfigKey, connectionId };
      return { result: options.forceRefresh || options.refreshToken ? await read(key, options) : await view(key) };
    },
    async getToken() {
      const { credential } = await credentials.fresh(environment, { connectionId: target.connection.id });
      if (credential.type === 'OAUTH2') return { result: credential.access_token };
      if (credential.type === 'OAUTH1')
        return { result: { oAuthToken: credential.oauth_token, oAuthTokenSecret: credential.oauth_token_secret } };
      return { result: credential };
    },
    async getIntegration() {
      const { integration, provider } = target;
      return {
        result: {
          unique_key: integration.uniqueKey,
          provider: provider.name,
          display_name: provider.display_name,
          logo: provider.logo_url,
        },
      };
    },
    getMetadata: async () => ({ result: (await view(own))['metadata'] ?? {} }),
    setMetadata: (args) => write('replace', args['metadata'] as Record<string, unknown>),
    updateMetadata: (args) => write('merge', args['metadata'] as Record<string, unknown>),
    getEnvironmentVariables: async () => ({ result: await listVariables(environment) }),
  };
}

// Integrations of the simulator, and the whole way through a popup as a person goes it.
import { Nango } from '@nangohq/node';
import { type Browser, createBrowser, type Visit } from './browser.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import { oauthVariants, providerOf, toProviders, writeProviders } from './oauth-provider.ts';
import { createFolder, type System, startSystem } from './system.ts';
import { openWaitingPage, type WaitingPage } from './waiting-page.ts';

type SessionBody = Parameters<Nango['createConnectSession']>[0];

export interface FlowAsked {
  integration?: string;
  /** Of a session; default: a new one. */
  token?: string;
  query?: Record<string, string>;
  browser?: Browser;
  page?: WaitingPage;
}

export interface StoredConnection {
  credentials: Record<string, unknown>;
  connection_config: Record<string, unknown>;
  metadata: Record<string, unknown>;
  tags: Record<string, string>;
  end_user: { id: string } | null;
}

export interface OAuthSystem<S = System> {
  system: S;
  /** The published client. */
  nango: Nango;
  makeSession(body?: Partial<SessionBody>): Promise<string>;
  /** Where the popup begins. */
  startUrl(flow: FlowAsked): string;
  /** The whole way, as a person does it in the popup. */
  connect(flow?: FlowAsked): Promise<{ visit: Visit; result: Record<string, unknown>; page: WaitingPage }>;
  readConnection(integration: string, id: unknown): Promise<StoredConnection>;
  connectionCount(): Promise<number>;
  end(): Promise<void>;
}

/** On the shared instance, with integrations of all variants. */
export async function joinOAuthSystem(name: string): Promise<OAuthSystem<SharedSystem>> {
  const system = await joinSystem(name);
  return openFlows(system, Object.keys(oauthVariants));
}

/** With an instance of its own, and integrations of `changed`: entries of the simulator with what is different. */
export async function startOAuthSystem(
  port: number,
  changed: Record<string, Record<string, unknown>>,
): Promise<OAuthSystem> {
  const folder = createFolder();
  const settings = { SYNCLINE_PROVIDERS: writeProviders(`${folder.path}/providers`, toProviders(changed)) };
  const system = await startSystem({ port, settings });
  const end = async () => {
    await system.end();
    folder.remove();
  };
  return openFlows({ ...system, end }, Object.keys(changed));
}

/** Integration `sim`, and one for each variant. */
async function openFlows<S extends SharedSystem | System>(system: S, variants: string[]): Promise<OAuthSystem<S>> {
  const nango = new Nango({ host: system.url, secretKey: system.key });
  const integrations = [['sim', 'simulator'], ...variants.map((name) => [name, providerOf(name)])];
  for (const [unique_key, provider] of integrations) {
    await nango.createIntegration({
      provider: provider!,
      unique_key: unique_key!,
      credentials: { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret', scopes: 'read,write' },
    });
  }

  const makeSession: OAuthSystem<S>['makeSession'] = async (body = {}) => {
    const { data } = await nango.createConnectSession({ end_user: { id: 'user-1' }, ...body } as SessionBody);
    return data.token;
  };

  function startUrl({ integration = 'sim', token = '', query = {}, page }: FlowAsked): string {
    const url = new URL(`${system.url}/oauth/connect/${integration}`);
    const asked = {
      connect_session_token: token,
      ...(page && { ws_client_id: page.clientId }),
      'params[base_url]': system.simulator.url,
      'authorization_params[auto]': '1',
      ...query,
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return url.href;
  }

  return {
    system,
    nango,
    makeSession,
    startUrl,
    async connect(flow = {}) {
      const page = flow.page ?? (await openWaitingPage(system.url));
      const token = flow.token ?? (await makeSession());
      const visit = await (flow.browser ?? createBrowser()).open(startUrl({ ...flow, token, page }));
      return { visit, result: await page.result(), page };
    },
    readConnection: async (integration, id) =>
      (await nango.getConnection(integration, String(id), false, true)) as unknown as StoredConnection,
    connectionCount: async () => (await nango.listConnections()).connections.length,
    end: () => system.end(),
  };
}

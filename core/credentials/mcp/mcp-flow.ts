// The flows of MCP servers: find out who gives tokens and become a client there, then an ordinary OAUTH2 flow.
import type { Provider } from '../../../providers/schema.ts';
import { SynclineError } from '../../errors.ts';
import type { OAuth2Credential } from '../credential.ts';
import { fillUrl } from '../fill-url.ts';
import { type App, type ModeSubject, withConfig } from '../modes/mode.ts';
import { modeScope } from '../modes/scope.ts';
import type { Finished, FlowFinish, FlowMode, FlowStart, Started } from '../oauth/flow-mode.ts';
import { oauth2Flow } from '../oauth/oauth2-flow.ts';
import { type DiscoveredServer, discoverServer } from './discover.ts';
import type { McpHost } from './mcp-host.ts';
import { serverConfig, withMcpServer } from './mcp-subject.ts';
import { type RegisteredClient, registerClient } from './register-client.ts';

/** `MCP_OAUTH2`: endpoints of the entry; a client by registration, by metadata document, or the integration's. */
export const mcpFlow: FlowMode = {
  async start(start) {
    const { subject, redirectUri, send, host } = start;
    const client = await clientOf(start, async () => {
      const url = fillUrl(required(subject.provider.registration_url), subject, modeScope(subject, {}));
      const made = await registerClient(send, url, registration(host, subject.provider, { redirectUri }));
      return host.keepClient(made);
    });
    return oauth2Flow.start({ ...start, subject: { ...subject, app: { ...subject.app, ...client } } });
  },
  finish: (finish) => oauth2Flow.finish(finish),
};

async function clientOf(
  { host, subject: { app, provider }, wishes: { override } }: FlowStart,
  register: () => Promise<RegisteredClient>,
): Promise<App> {
  if (app.client_id || override.clientId) return {};
  if (provider.client_registration === 'cimd') return { client_id: publicMetadata(host.metadataUrl) };
  if (provider.client_registration === 'dynamic') return clientPart(await register());
  throw new SynclineError('provider_config_err', 'The integration has no client id.', {
    status: 400,
    hint: 'Its developer sets it with PATCH /integrations/{uniqueKey}.',
  });
}

interface GenericPinned {
  server: Record<string, unknown>;
  client: App;
  /** The registered client belongs to this connection. */
  isOwn: boolean;
  flow: unknown;
}

/** `MCP_OAUTH2_GENERIC`: everything is found out from `mcp_server_url`. */
export const genericMcpFlow: FlowMode = {
  async start(start: FlowStart): Promise<Started> {
    const { subject, send } = start;
    const server = await discoverServer(send, String(subject.connection.connectionConfig['mcp_server_url'] ?? ''));
    const isOwn = !subject.app.client_id && !start.wishes.override.clientId;
    const client = isOwn ? await becomeClient(server, start) : {};
    const found = withServer(subject, serverConfig(server), client);
    // Of the integration, else all that the server knows.
    const scopes = subject.app.scopes || server.scopes.join(',');
    const app = { ...found.app, scopes };
    const { url, pinned: flow } = await oauth2Flow.start({ ...start, subject: { ...found, app } });
    const pinned: GenericPinned = { server: serverConfig(server), client, isOwn, flow };
    return { url, pinned };
  },
  async finish(finish: FlowFinish): Promise<Finished> {
    const { server, client, isOwn, flow } = finish.pinned as GenericPinned;
    const subject = withServer(finish.subject, server, client);
    const { credential, config } = await oauth2Flow.finish({ ...finish, subject, pinned: flow });
    const { client_id, client_secret } = client;
    const own = isOwn && client_id ? { config_override: { client_id, ...(client_secret && { client_secret }) } } : {};
    return { credential: { ...(credential as OAuth2Credential), ...own }, config: { ...config, ...server } };
  },
};

function withServer(subject: ModeSubject, server: Record<string, unknown>, client: App): ModeSubject {
  const found = withConfig(subject, { ...subject.connection.connectionConfig, ...server });
  return withMcpServer({ ...found, app: { ...subject.app, ...client } });
}

/** In the order of the MCP specification: document, registration, by hand. */
async function becomeClient(server: DiscoveredServer, { send, subject, redirectUri, host }: FlowStart): Promise<App> {
  if (server.takesMetadataDocument && host.metadataUrl !== undefined) return { client_id: host.metadataUrl };
  if (server.registrationEndpoint === undefined) {
    throw new SynclineError('provider_config_err', 'This MCP server wants a client that was registered by hand.', {
      status: 400,
      hint: 'Register one there and give its id with the connection (`oauth_client_id_override`).',
    });
  }
  const wanted = registration(host, subject.provider, { redirectUri, server, app: subject.app });
  return clientPart(await registerClient(send, server.registrationEndpoint, wanted));
}

function registration(
  { clientName, clientUri }: McpHost,
  { registration_params: extra, default_scopes }: Provider,
  { redirectUri, server, app }: { redirectUri: string; server?: DiscoveredServer; app?: App },
) {
  const { client_name, client_uri, client_logo_uri } = app ?? {};
  return {
    redirectUris: [redirectUri],
    clientName: client_name || clientName,
    clientUri: client_uri || clientUri,
    logoUri: client_logo_uri,
    scopes: server?.scopes ?? default_scopes,
    tokenAuthMethods: server?.tokenAuthMethods,
    extra,
  };
}

const clientPart = ({ client_id, client_secret }: RegisteredClient): App => ({ client_id, client_secret });

function publicMetadata(url: string | undefined): string {
  if (url !== undefined) return url;
  throw new SynclineError(
    'provider_config_err',
    'This server fetches our metadata, but this instance has no public https address.',
    {
      status: 400,
      hint: 'Its operator sets SYNCLINE_PUBLIC_URL.',
    },
  );
}

function required(url: string | undefined): string {
  if (url !== undefined) return url;
  throw new SynclineError('provider_config_err', "The provider's entry has no registration_url.", { status: 400 });
}

// What is set up: integrations, functions, connections, sessions, the environment; with the field's own arguments and answers.
import { connectionQuery } from './connection-query.ts';
import { createHttp, type Http } from './http.ts';
import { keyOf, type SynclineOptions } from './options.ts';
import { path } from './path.ts';
import type { ApiResponse } from './response.ts';
import { tokenOf } from './token.ts';
import type {
  Connection,
  ConnectionFilter,
  ConnectionListItem,
  ConnectionPage,
  ConnectionPatch,
  Metadata,
  MetadataChange,
  Token,
} from './types/connections.ts';
import type { EnvironmentVariable } from './types/environment.ts';
import type {
  DeployedFunction,
  FunctionFilter,
  FunctionPage,
  FunctionRef,
  FunctionType,
  IntegrationScripts,
  Tool,
} from './types/functions.ts';
import type {
  Integration,
  IntegrationPatch,
  NewIntegration,
  Provider,
  QuickstartIntegration,
  Template,
} from './types/integrations.ts';
import type { ConnectSession, ConnectSessionInput, ReconnectSessionInput } from './types/sessions.ts';
import type { Done } from './types/syncs.ts';
import type { Undeclared } from './undeclared.ts';
import { waitForConnection } from './wait-for-connection.ts';
import { checkDigest, checkHmac, type WebhookHeaders } from './webhooks.ts';

type Flag = boolean | undefined;

export class SetUpClient {
  readonly #http: Http;
  readonly #options: SynclineOptions;

  constructor(options: SynclineOptions) {
    this.#options = options;
    this.#http = createHttp(options);
  }

  protected get http(): Http {
    return this.#http;
  }

  protected get options(): SynclineOptions {
    return this.#options;
  }

  // Providers

  listProviders({ search }: { search?: string | undefined } = {}): Promise<{ data: Provider[] }> {
    return this.http.read({ method: 'GET', path: '/providers', query: { search } });
  }

  getProvider({ provider }: { provider: string }): Promise<{ data: Provider }> {
    return this.http.read({ method: 'GET', path: path`/providers/${provider}` });
  }

  getProviderTemplates({ provider }: { provider: string }): Promise<{ data: Template[] }> {
    return this.http.read({ method: 'GET', path: path`/providers/${provider}/templates` });
  }

  // Integrations

  async listIntegrations(): Promise<{ configs: Integration[] }> {
    const { data } = await this.http.read<{ data: Integration[] }>({ method: 'GET', path: '/integrations' });
    return { configs: data };
  }

  getIntegration(
    { uniqueKey }: { uniqueKey: string },
    { include }: { include?: readonly ('webhook' | 'credentials')[] | undefined } = {},
  ): Promise<{ data: Integration }> {
    return this.http.read({ method: 'GET', path: path`/integrations/${uniqueKey}`, query: { include } });
  }

  createIntegration(integration: NewIntegration): Promise<{ data: Integration }> {
    return this.http.read({ method: 'POST', path: '/integrations', json: integration });
  }

  createQuickstartIntegration(integration: QuickstartIntegration): Promise<{ data: Integration }> {
    return this.http.read({ method: 'POST', path: '/integrations/quickstart', json: integration });
  }

  updateIntegration({ uniqueKey }: { uniqueKey: string }, change: IntegrationPatch): Promise<{ data: Integration }> {
    return this.http.read({ method: 'PATCH', path: path`/integrations/${uniqueKey}`, json: change });
  }

  /** Takes its connections, syncs, records and functions with it. */
  deleteIntegration(uniqueKey: string): Promise<ApiResponse<Done>> {
    return this.http.send({ method: 'DELETE', path: path`/integrations/${uniqueKey}` });
  }

  // Functions

  listFunctions({ uniqueKey }: { uniqueKey: string }, filter: FunctionFilter = {}): Promise<FunctionPage> {
    return this.http.read({ method: 'GET', path: path`/integrations/${uniqueKey}/functions`, query: { ...filter } });
  }

  getFunction(
    { uniqueKey, name }: FunctionRef,
    { type }: { type?: FunctionType | undefined } = {},
  ): Promise<{ data: DeployedFunction }> {
    return this.http.read({
      method: 'GET',
      path: path`/integrations/${uniqueKey}/functions/${name}`,
      query: { type },
    });
  }

  /** Its source, as the author wrote it. */
  getFunctionCode(
    { uniqueKey, name }: FunctionRef,
    { type }: { type?: FunctionType | undefined } = {},
  ): Promise<{ type: FunctionType; code: string }> {
    const query = { type };
    return this.http.read({ method: 'GET', path: path`/integrations/${uniqueKey}/functions/${name}/code`, query });
  }

  deleteFunction({ uniqueKey, name }: FunctionRef, { type }: { type: FunctionType }): Promise<{ data: Done }> {
    return this.http.read({
      method: 'DELETE',
      path: path`/integrations/${uniqueKey}/functions/${name}`,
      query: { type },
    });
  }

  // Connections

  listConnections(filter?: ConnectionFilter): Promise<ConnectionPage>;
  /** @deprecated Give one object. */
  listConnections(connectionId?: string, search?: string, filter?: ConnectionFilter): Promise<ConnectionPage>;
  listConnections(
    first?: string | ConnectionFilter,
    search?: string,
    rest: ConnectionFilter = {},
  ): Promise<ConnectionPage> {
    const filter = typeof first === 'object' ? first : { ...rest, connectionId: first, search };
    return this.http.read({ method: 'GET', path: '/connections', query: connectionQuery(filter) });
  }

  getConnection<TMetadata = Metadata>(
    providerConfigKey: string,
    connectionId: string,
    forceRefresh: Flag = false,
    refreshToken: Flag = false,
    refreshGithubAppJwtToken: Flag = false,
  ): Promise<Connection<TMetadata>> {
    const query = {
      provider_config_key: providerConfigKey,
      force_refresh: forceRefresh,
      refresh_token: refreshToken,
      refresh_github_app_jwt_token: refreshGithubAppJwtToken,
    };
    return this.http.read({ method: 'GET', path: path`/connections/${connectionId}`, query });
  }

  /** OAuth 2: the access token. OAuth 1: token and secret. Else the credential as it is. */
  async getToken(
    providerConfigKey: string,
    connectionId: string,
    forceRefresh?: Flag,
    refreshGithubAppJwtToken?: Flag,
  ): Promise<Token> {
    const flags = [forceRefresh, false, refreshGithubAppJwtToken] as const;
    return tokenOf((await this.getConnection(providerConfigKey, connectionId, ...flags)).credentials);
  }

  /** The provider's whole answer to the last token request. */
  async getRawTokenResponse<T = Undeclared>(
    providerConfigKey: string,
    connectionId: string,
    forceRefresh?: Flag,
    refreshGithubAppJwtToken?: Flag,
  ): Promise<T> {
    const flags = [forceRefresh, false, refreshGithubAppJwtToken] as const;
    const { credentials } = await this.getConnection(providerConfigKey, connectionId, ...flags);
    return (credentials as { raw?: T }).raw as T;
  }

  async getMetadata<TMetadata = Metadata>(providerConfigKey: string, connectionId: string): Promise<TMetadata> {
    return (await this.getConnection<TMetadata>(providerConfigKey, connectionId)).metadata;
  }

  /** Replaces. */
  setMetadata<TMetadata extends object = Metadata>(
    providerConfigKey: string,
    connectionId: string | string[],
    metadata: TMetadata,
  ): Promise<ApiResponse<MetadataChange<TMetadata>>> {
    const json = { connection_id: connectionId, provider_config_key: providerConfigKey, metadata };
    return this.http.send({ method: 'POST', path: '/connections/metadata', json });
  }

  /** Merges key by key, at the top level only. */
  updateMetadata<TMetadata extends object = Metadata>(
    providerConfigKey: string,
    connectionId: string | string[],
    metadata: TMetadata,
  ): Promise<ApiResponse<MetadataChange<TMetadata>>> {
    const json = { connection_id: connectionId, provider_config_key: providerConfigKey, metadata };
    return this.http.send({ method: 'PATCH', path: '/connections/metadata', json });
  }

  patchConnection(
    { connectionId, provider_config_key }: { connectionId: string; provider_config_key: string },
    change: ConnectionPatch,
  ): Promise<Done> {
    const query = { provider_config_key };
    return this.http.read({ method: 'PATCH', path: path`/connections/${connectionId}`, query, json: change });
  }

  deleteConnection(providerConfigKey: string, connectionId: string): Promise<ApiResponse<Done>> {
    const query = { provider_config_key: providerConfigKey };
    return this.http.send({ method: 'DELETE', path: path`/connections/${connectionId}`, query });
  }

  /** Asks for about 70 s. A webhook tells the same without asking. */
  waitForConnection(
    integrationId: string,
    endUserId: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<ConnectionListItem> {
    const list = async () => (await this.listConnections({ endUserId })).connections;
    return waitForConnection(list, integrationId, options);
  }

  // Connect sessions

  createConnectSession(session: ConnectSessionInput): Promise<ConnectSession> {
    return this.http.read({ method: 'POST', path: '/connect/sessions', json: session });
  }

  createReconnectSession(session: ReconnectSessionInput): Promise<ConnectSession> {
    return this.http.read({ method: 'POST', path: '/connect/sessions/reconnect', json: session });
  }

  // Environment

  /** Every function with its settings and schemas; `openai`: as tools for a language model. */
  getScriptsConfig(format?: 'nango'): Promise<IntegrationScripts[]>;
  getScriptsConfig(format: 'openai'): Promise<{ data: Tool[] }>;
  getScriptsConfig(format?: 'nango' | 'openai'): Promise<IntegrationScripts[] | { data: Tool[] }>;
  getScriptsConfig(format: 'nango' | 'openai' = 'nango'): Promise<IntegrationScripts[] | { data: Tool[] }> {
    return this.http.read({ method: 'GET', path: '/scripts/config', query: { format } });
  }

  getEnvironmentVariables(): Promise<EnvironmentVariable[]> {
    return this.http.read({ method: 'GET', path: '/environment-variables' });
  }

  // Webhooks

  /**
   * By the environment's signing key (`webhookSigningKey`, else the API key). `checkWebhook` also refuses old deliveries.
   * @param body the raw bytes: parsed and written again, JSON is another text
   */
  verifyIncomingWebhookRequest(body: string | Uint8Array, headers: WebhookHeaders): boolean {
    return checkHmac({ body, headers, key: this.#signingKey() });
  }

  /** @deprecated Syncline does not send this signature any more; use `verifyIncomingWebhookRequest`. */
  verifyWebhookSignature(signature: string, payload: unknown): boolean {
    return checkDigest(signature, JSON.stringify(payload), this.#signingKey());
  }

  #signingKey(): string {
    return this.options.webhookSigningKey ?? keyOf(this.options);
  }
}

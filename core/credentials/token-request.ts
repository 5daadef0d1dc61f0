// Makes the token request that renews a credential out of the provider's entry. No I/O; sent by send-token-request.ts.
import type { Provider } from '../../providers/schema.ts';
import { SynclineError } from '../errors.ts';
import { resolveBaseUrl } from '../proxy/base-url.ts';
import type { ProxyConnection } from '../proxy/entry.ts';
import type { Scope } from '../proxy/interpolate.ts';
import { createScope } from '../proxy/scope.ts';
import type { ClientCredentialsCredential, Credential, OAuth2Credential } from './credential.ts';
import { grantParams, tokenHeaders, withoutAbsent } from './grant-params.ts';

/** The credentials that a token request renews. */
export type RenewableCredential = OAuth2Credential | ClientCredentialsCredential;

export interface TokenRequestInput {
  provider: Provider;
  /** The developer's app, of any mode; a connection's own goes before it. */
  app: {
    type?: string;
    client_id?: string | undefined;
    client_secret?: string | undefined;
    scopes?: string | undefined;
  };
  integrationConfig: Record<string, string>;
  connection: ProxyConnection;
  credential: RenewableCredential;
  now: Date;
}

export interface TokenRequest {
  url: string;
  method: 'GET' | 'POST' | 'PUT';
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string | null;
  /** Set when the request is just RFC 6749 section 6, so that a library can make it. */
  standard?: { client: Client; refreshToken: string };
}

export interface Client {
  id: string;
  /** undefined: a public client. */
  secret: string | undefined;
}

/** Can we have a new token of this credential without the user? */
export function isTokenRenewable(credential: Credential): credential is RenewableCredential {
  return credential.type === 'OAUTH2_CC' || (credential.type === 'OAUTH2' && credential.refresh_token !== undefined);
}

/** @throws SynclineError `missing_client_id`, `missing_token_url`, `missing_api_url`, `unsupported_token_request` */
export function buildTokenRequest(input: TokenRequestInput): TokenRequest {
  const { provider, credential } = input;
  const client = clientOf(input);
  refuseUnsupported(provider);
  const scope = scopeOf(input, client);
  const url = tokenUrl(input, scope);
  const usesBasic = provider.token_request_auth_method === 'basic' || provider.authorization_method === 'header';
  const grant = grantParams(input, scope);
  const proof = usesBasic && client.secret !== undefined ? {} : { client_id: client.id, client_secret: client.secret };
  const params = withoutAbsent({ ...proof, ...grant });
  const headers: Record<string, string> = { accept: 'application/json' };
  if (usesBasic && client.secret !== undefined) headers['authorization'] = basic(client.id, client.secret);
  Object.assign(headers, tokenHeaders(provider, scope));
  const method = provider.token_request_method ?? 'POST';
  const request = place({ url, method, headers, params, format: provider.body_format ?? 'form' });
  if (credential.type !== 'OAUTH2' || credential.refresh_token === undefined) return request;
  const standard = { client, refreshToken: credential.refresh_token };
  return isStandard(provider, { client, usesBasic, grant, method }) ? { ...request, standard } : request;
}

function clientOf({ credential, app }: TokenRequestInput): Client {
  const own = credential.type === 'OAUTH2_CC' ? credential : credential.config_override;
  const id = own?.client_id || app.client_id;
  if (!id) {
    throw new SynclineError('missing_client_id', 'The integration has no client id.', {
      status: 400,
      hint: 'Set it with PATCH /integrations/{uniqueKey}.',
    });
  }
  // A client id of the connection's own without a secret is a public client, not one with our secret.
  const secret = own?.client_id ? own.client_secret : app.client_secret;
  return { id, secret: secret || undefined };
}

function refuseUnsupported(entry: Provider): void {
  const { token_request_auth_method: auth, body_format: format, require_client_certificate: mtls } = entry;
  const wanted = [
    ...(auth === 'private_key_jwt' || auth === 'custom' ? [`token_request_auth_method ${auth}`] : []),
    ...(format === 'xml' ? ['body_format xml'] : []),
    ...(mtls ? ['a client certificate'] : []),
  ];
  if (wanted.length === 0) return;
  const message = `Renewing a token with ${wanted.join(' and ')} is not supported.`;
  throw new SynclineError('unsupported_token_request', message, { status: 400 });
}

function scopeOf(
  { provider, credential, connection, integrationConfig, now }: TokenRequestInput,
  client: Client,
): Scope {
  const integration = { clientId: client.id, clientSecret: client.secret, config: integrationConfig };
  const scope = createScope({ provider, integration, connection, credentials: { ...credential }, now });
  const refreshToken = credential.type === 'OAUTH2' ? credential.refresh_token : undefined;
  return { ...scope, values: { ...scope.values, refresh_token: refreshToken } };
}

/** Values are fitted into it as into a base URL: this is where the secret goes, and it must not go to another host. */
function tokenUrl({ provider, credential, connection, integrationConfig }: TokenRequestInput, scope: Scope): string {
  const { token_url: byMode, refresh_url: refreshUrl, proxy } = provider;
  const isGrant = credential.type === 'OAUTH2_CC';
  const at = typeof byMode === 'string' ? byMode : byMode?.[isGrant ? 'OAUTH2CC' : 'OAUTH2'];
  const template = isGrant ? at : (refreshUrl ?? at);
  if (template === undefined) {
    throw new SynclineError('missing_token_url', `Provider '${provider.name}' has no token URL.`, { status: 400 });
  }
  const { base } = resolveBaseUrl({
    provider: {
      auth_mode: isGrant ? 'OAUTH2_CC' : 'OAUTH2',
      proxy: { base_url: template, ...(proxy?.variables && { variables: proxy.variables }) },
    },
    integration: { config: integrationConfig },
    connection,
    scope,
    policy: { mode: 'off' },
  });
  const url = template.trim().endsWith('/') ? `${base}/` : base;
  return provider.decode_url ? decodeURI(url) : url;
}

/** RFC 6749 section 2.3.1: both are form-encoded before they are joined. */
const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`;

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

interface Placing {
  url: string;
  method: TokenRequest['method'];
  headers: Record<string, string>;
  params: Record<string, unknown>;
  format: 'form' | 'json' | 'query' | 'xml';
}

function place({ url, method, headers, params, format }: Placing): TokenRequest {
  if (format === 'query' || method === 'GET') {
    const full = new URL(url);
    for (const [name, value] of formPairs(params)) full.searchParams.append(name, value);
    return { url: full.href, method, headers, body: null };
  }
  const isJson = format === 'json';
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded';
  const body = isJson ? JSON.stringify(params) : new URLSearchParams(formPairs(params)).toString();
  return { url, method, headers: { 'content-type': type, ...headers }, body };
}

/** Nested parameters in brackets: `a[b]=c`. */
function formPairs(value: unknown, name = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => formPairs(inner, name === '' ? key : `${name}[${key}]`));
}

interface Chosen {
  client: Client;
  usesBasic: boolean;
  grant: Record<string, unknown>;
  method: string;
}

/** What arctic sends: a form with the grant and nothing else; Basic without form-encoding, or a public client's id. */
function isStandard(entry: Provider, { client, usesBasic, grant, method }: Chosen): boolean {
  const plainAuth =
    client.secret === undefined ||
    (usesBasic && [client.id, client.secret].every((text) => formEncoded(text) === text));
  const plainPlace = method === 'POST' && (entry.body_format ?? 'form') === 'form' && !entry.token_headers;
  return plainAuth && plainPlace && grant['grant_type'] === 'refresh_token' && Object.keys(grant).length === 2;
}

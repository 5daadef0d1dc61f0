// Makes the token request of an OAuth 2 credential out of the provider's entry: a refresh, or a client-credentials grant. No I/O.
import { randomUUID } from 'node:crypto';
import type { Provider } from '../../providers/schema.ts';
import { SynclineError } from '../errors.ts';
import type { Scope } from '../proxy/interpolate.ts';
import { createScope } from '../proxy/scope.ts';
import type { ClientCredentialsCredential, OAuth2Credential } from './credential.ts';
import { fillUrl } from './fill-url.ts';
import { grantParams, tokenHeaders, withoutAbsent } from './grant-params.ts';
import type { ModeSubject } from './modes/mode.ts';
import { type Client, type ClientCertificate, placeParams, type TokenRequest } from './place-params.ts';
import { checkKeyPair, readPrivateKey } from './private-key.ts';
import { signJwt } from './sign-jwt.ts';

/** The credentials that a token request renews. */
export type RenewableCredential = OAuth2Credential | ClientCredentialsCredential;

export interface TokenRequestInput extends ModeSubject {
  credential: RenewableCredential;
}

/** @throws SynclineError `missing_client_id`, `missing_token_url`, `missing_api_url`, `unsupported_token_request`, `invalid_certificate_or_key_format` */
export function buildTokenRequest(input: TokenRequestInput): TokenRequest {
  const { provider, credential } = input;
  refuseUnsupported(provider, credential);
  const client = clientOf(input);
  const scope = scopeOf(input, client);
  const url = tokenUrl(input, scope);
  const grant = grantParams(input, scope);
  const { params: proof, authorization, usesBasic } = proofOf({ ...input, key: keyOf(credential) }, client, url);
  const headers: Record<string, string> = { accept: 'application/json', ...authorization };
  Object.assign(headers, tokenHeaders(provider, scope));
  const method = provider.token_request_method ?? 'POST';
  const placed = placeParams({
    url,
    method,
    headers,
    params: withoutAbsent({ ...proof, ...grant }),
    format: provider.body_format ?? 'form',
  });
  const clientCertificate = clientCertificateOf(provider, credential);
  const request = clientCertificate ? { ...placed, clientCertificate } : placed;
  if (credential.type !== 'OAUTH2' || credential.refresh_token === undefined) return request;
  const standard = { client, refreshToken: credential.refresh_token };
  return isStandard(provider, { client, usesBasic, grant, method }) ? { ...request, standard } : request;
}

export function clientOf({ credential, app, provider }: TokenRequestInput): Client {
  const own = credential.type === 'OAUTH2_CC' ? credential : credential.config_override;
  const id = own?.client_id || app.client_id || '';
  const asksOtherwise = credential.type === 'OAUTH2_CC' && provider.credentials && !provider.credentials['client_id'];
  if (id === '' && !asksOtherwise) {
    throw new SynclineError('missing_client_id', 'The integration has no client id.', {
      status: 400,
      hint: 'Set it with PATCH /integrations/{uniqueKey}.',
    });
  }
  // A client id of the connection's own without a secret is a public client, not one with our secret.
  const secret = own?.client_id ? own.client_secret : app.client_secret;
  return { id, secret: secret || undefined };
}

/** What a developer's app would have to bring: a key or certificate of its own is not asked for at integrations. */
function refuseUnsupported(entry: Provider, { type }: RenewableCredential): void {
  const { token_request_auth_method: auth, require_client_certificate: mtls } = entry;
  const wanted = [
    ...(auth === 'custom' ? ['token_request_auth_method custom'] : []),
    ...(mtls && type === 'OAUTH2' ? ['a client certificate'] : []),
  ];
  if (wanted.length === 0) return;
  const message = `Getting a token with ${wanted.join(' and ')} is not supported.`;
  throw new SynclineError('unsupported_token_request', message, { status: 400 });
}

interface Proof {
  params: Record<string, unknown>;
  authorization?: Record<string, string>;
  usesBasic: boolean;
}

/** How the client says who it is. */
export function proofOf(
  { provider, now, key }: Pick<ModeSubject, 'provider' | 'now'> & { key?: string | undefined },
  client: Client,
  url: string,
): Proof {
  if (provider.token_request_auth_method === 'private_key_jwt') {
    const assertion = clientAssertion(client.id, { key: key ?? client.secret, url, now });
    return { params: { client_id: client.id, ...assertion }, usesBasic: false };
  }
  const usesBasic = provider.token_request_auth_method === 'basic' || provider.authorization_method === 'header';
  if (!usesBasic || client.secret === undefined) {
    return { params: { client_id: client.id || undefined, client_secret: client.secret }, usesBasic };
  }
  return { params: {}, authorization: { authorization: basic(client.id, client.secret) }, usesBasic };
}

const keyOf = (credential: RenewableCredential) =>
  credential.type === 'OAUTH2_CC' ? credential.client_private_key : undefined;

const assertionLifeSeconds = 300;

/** RFC 7523 sections 2.2 and 3. */
function clientAssertion(clientId: string, { key, url, now }: { key: string | undefined; url: string; now: Date }) {
  if (!key) {
    throw new SynclineError('invalid_certificate_or_key_format', 'A private key is needed to sign the request.', {
      status: 400,
    });
  }
  const issuedAt = Math.floor(now.getTime() / 1000);
  const assertion = signJwt({
    algorithm: 'RS256',
    key: readPrivateKey(key),
    payload: {
      iss: clientId,
      sub: clientId,
      aud: url,
      jti: randomUUID(),
      iat: issuedAt,
      exp: issuedAt + assertionLifeSeconds,
    },
  });
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  return { client_assertion_type: type, client_assertion: assertion };
}

/** @throws SynclineError `invalid_certificate_or_key_format` */
function clientCertificateOf(entry: Provider, credential: RenewableCredential): ClientCertificate | undefined {
  if (!entry.require_client_certificate || credential.type !== 'OAUTH2_CC') return undefined;
  return checkKeyPair({ certificate: credential.client_certificate, privateKey: credential.client_private_key });
}

function scopeOf(
  { provider, credential, connection, integrationConfig, now }: TokenRequestInput,
  client: Client,
): Scope {
  const integration = { clientId: client.id, clientSecret: client.secret, config: integrationConfig };
  const scope = createScope({
    provider,
    integration,
    connection,
    credentials: { ...credential } as Parameters<typeof createScope>[0]['credentials'],
    now,
  });
  const refreshToken = credential.type === 'OAUTH2' ? credential.refresh_token : undefined;
  return { ...scope, values: { ...scope.values, refresh_token: refreshToken } };
}

function tokenUrl(input: TokenRequestInput, scope: Scope): string {
  const { token_url: byMode, refresh_url: refreshUrl, name } = input.provider;
  const isGrant = input.credential.type === 'OAUTH2_CC';
  const at = typeof byMode === 'string' ? byMode : byMode?.[isGrant ? 'OAUTH2CC' : 'OAUTH2'];
  const template = isGrant ? at : (refreshUrl ?? at);
  if (template !== undefined) return fillUrl(template, input, scope);
  throw new SynclineError('missing_token_url', `Provider '${name}' has no token URL.`, { status: 400 });
}

/** RFC 6749 section 2.3.1: both are form-encoded before they are joined. */
const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`;

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

interface Chosen {
  client: Client;
  usesBasic: boolean;
  grant: Record<string, unknown>;
  method: string;
}

/** What arctic sends: a form with the grant and nothing else; Basic without form-encoding, or a public client's id. */
export function isPlain(entry: Provider, { client, usesBasic, method }: Omit<Chosen, 'grant'>): boolean {
  const plainAuth =
    client.secret === undefined ||
    (usesBasic && [client.id, client.secret].every((text) => formEncoded(text) === text));
  const plainPlace = method === 'POST' && (entry.body_format ?? 'form') === 'form' && !entry.token_headers;
  return plainAuth && plainPlace && entry.token_request_auth_method !== 'private_key_jwt';
}

const isStandard = (entry: Provider, { grant, ...chosen }: Chosen): boolean =>
  isPlain(entry, chosen) && grant['grant_type'] === 'refresh_token' && Object.keys(grant).length === 2;

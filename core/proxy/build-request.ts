// Builds one request of a connection: URL, body, headers, signature. Pure; called again for every attempt.
import type { Readable } from 'node:stream';
import { SynclineError } from '../errors.ts';
import { automaticAuthorization } from './auth-headers.ts';
import { checkOverride, resolveBaseUrl } from './base-url.ts';
import { carriesBody, injectBody, needsWholeBody } from './body.ts';
import { canonicalQuery } from './canonical-params.ts';
import type { OverridePolicy, ProxyConnection, ProxyCredentials, ProxyEntry, ProxyIntegration } from './entry.ts';
import { withIntegrationConfig } from './generic-entry.ts';
import { buildHeaders, callerHeaders, entryContentType, type HeaderInput } from './headers.ts';
import { joinUrl } from './join-url.ts';
import { addEntryQuery, addParams, type Params } from './query.ts';
import { createRedactor } from './redact.ts';
import { hasIdempotencyKey } from './repeatable.ts';
import { createScope, developerApp } from './scope.ts';
import { serializeData } from './serialize-data.ts';
import { signAws } from './sign-aws.ts';
import { type SignatureMethod, signOAuth1 } from './sign-oauth1.ts';

export interface ProxyRequest {
  /** Any letter case. */
  method: string;
  /** Path or absolute URL, as the caller wrote it; may carry a query. */
  endpoint: string;
  params?: Params | undefined;
  /** A function's data, serialised by proxy.md section 7. */
  data?: unknown;
  /** Bytes that go out untouched; wins over `data`. Their type stands in `headers`. */
  rawBody?: Buffer | Uint8Array | string | Readable | null | undefined;
  /** What the data suggested; used when neither the caller's nor the entry's headers name a type. */
  rawBodyType?: string | undefined;
  /** Of a stream, when known: then it is not sent chunked. */
  rawBodySizeBytes?: number | undefined;
  headers?: HeaderInput | undefined;
  baseUrlOverride?: string | undefined;
}

export interface BuildInput {
  provider: ProxyEntry & { signature_method?: string | undefined };
  integration: ProxyIntegration;
  connection: ProxyConnection;
  credentials: ProxyCredentials;
  request: ProxyRequest;
  /** Default `any-public`. */
  policy?: OverridePolicy;
  userAgent?: string;
  now?: Date;
}

export interface BuiltRequest {
  method: string;
  url: string;
  /** The URL without credentials: for logs and for what a function sees. */
  publicUrl: string;
  headers: Record<string, string>;
  body: Buffer | Readable | null;
  /** False for streams and for bodies above 8 MB. */
  repeatable: boolean;
  /** Not the catalogue named the host, so an address that egress refuses is not our mistake. */
  overridden: boolean;
  /** This very request named it. */
  hostFromCaller: boolean;
  /** The caller's own authorization: a 401 is then not ours to repair. */
  ownAuthorization: boolean;
  /** The request says by a header that doing it twice is harmless. */
  hasIdempotencyHeader: boolean;
  /** Of a connection whose provider wants one (RFC 8705); both PEM. */
  clientCertificate?: { certificate: string; privateKey: string };
}

export const defaultUserAgent = 'Syncline/0.1.0';

const maxRepeatableBytes = 8_000_000;

/** @throws SynclineError with the codes of proxy.md section 17, "set-up wrong" */
export function buildRequest(input: BuildInput): BuiltRequest {
  const { integration, connection, credentials, request, policy = { mode: 'any-public' } } = input;
  const provider = withIntegrationConfig(input.provider, integration);
  const { proxy } = provider;
  const method = request.method.toUpperCase();
  const scope = createScope({ provider, integration, connection, credentials, now: input.now });
  const { base, overridden } = resolveBaseUrl({
    provider,
    integration,
    connection,
    scope,
    override: request.baseUrlOverride,
    policy,
  });
  let leftBase = false;
  const joined = joinUrl(base, request.endpoint, (url) => {
    checkOverride(url, { provider, scope, policy });
    leftBase = true;
  });
  const callerUrl = addParams(joined, request.params);
  const aboutUrl = {
    method: () => method,
    host: () => new URL(callerUrl).host,
    path: () => new URL(callerUrl).pathname,
    endpoint: () => request.endpoint,
  };
  const url = addEntryQuery(callerUrl, proxy?.query, { ...scope, request: aboutUrl });

  const caller = callerHeaders(request.headers);
  const { body, contentType } = buildBody(
    { ...input, provider },
    { method, contentType: caller['content-type'] ?? entryContentType(proxy), scope },
  );
  const text = () => (Buffer.isBuffer(body) ? body.toString() : '');
  const query = () => canonicalQuery(new URL(url).search);
  const signsBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const about = {
    ...aboutUrl,
    contentType: () => contentType ?? '',
    urlCanonicalParams: query,
    bodyCanonicalParams: text,
    params: signsBody ? () => canonicalQuery(text()) : query,
  };
  const authorization =
    automaticAuthorization(credentials, proxy) ?? oauth1({ ...input, provider }, { method, url, body, contentType });
  const headers = buildHeaders({
    authorization,
    entry: proxy?.headers,
    caller: request.headers,
    scope: { ...scope, request: about },
    userAgent: input.userAgent ?? defaultUserAgent,
  });
  const typed = contentType === undefined ? headers : { ...headers, 'content-type': contentType };
  // What the caller names stays even without a body: some uploads and downloads insist on it.
  if (body === null && caller['content-type'] === undefined) delete typed['content-type'];
  const isStream = body !== null && !Buffer.isBuffer(body);
  const sized =
    isStream && request.rawBodySizeBytes !== undefined
      ? { ...typed, 'content-length': String(request.rawBodySizeBytes) }
      : typed;
  const certificate = clientCertificateOf(provider, credentials);
  return {
    method,
    url,
    publicUrl: createRedactor(credentials, integration)(callerUrl),
    headers:
      credentials.type === 'AWS_SIGV4'
        ? awsSigned(credentials, { method, url, headers: sized, body, now: scope.now })
        : sized,
    body,
    repeatable: !isStream && (body?.length ?? 0) <= maxRepeatableBytes,
    overridden: overridden || leftBase,
    hostFromCaller: leftBase || (request.baseUrlOverride ?? '') !== '',
    ownAuthorization: caller['authorization'] !== undefined,
    hasIdempotencyHeader: hasIdempotencyKey(sized, proxy?.idempotency_header),
    ...(certificate && { clientCertificate: certificate }),
  };
}

function awsSigned(
  credentials: ProxyCredentials & { type: 'AWS_SIGV4' },
  { body, ...request }: Pick<BuiltRequest, 'method' | 'url' | 'headers' | 'body'> & { now: Date },
): Record<string, string> {
  if (body !== null && !Buffer.isBuffer(body)) throw cannotStream();
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = credentials;
  const { region, service } = credentials;
  return signAws({ ...request, body }, { accessKeyId, secretAccessKey, sessionToken, region, service });
}

function clientCertificateOf({ require_client_certificate: wanted }: ProxyEntry, credentials: ProxyCredentials) {
  const { client_certificate: certificate, client_private_key: privateKey } = credentials;
  if (!wanted || credentials.type !== 'OAUTH2_CC') return undefined;
  return typeof certificate === 'string' && typeof privateKey === 'string' ? { certificate, privateKey } : undefined;
}

const cannotStream = () =>
  new SynclineError(
    'request_too_large',
    'Bodies of requests to this provider are signed or changed on their way, so they cannot be streamed.',
    { status: 413 },
  );

interface BodyContext {
  method: string;
  contentType: string | undefined;
  scope: Parameters<typeof injectBody>[2]['scope'];
}

function buildBody(
  { provider, request }: BuildInput,
  { method, contentType, scope }: BodyContext,
): { body: Buffer | Readable | null; contentType: string | undefined } {
  if (!carriesBody(method)) return { body: null, contentType };
  const { rawBody } = request;
  const rawType = contentType ?? request.rawBodyType;
  if (rawBody !== undefined) {
    if (rawBody !== null && typeof rawBody === 'object' && !(rawBody instanceof Uint8Array)) {
      if (!needsWholeBody(provider.proxy)) return { body: rawBody, contentType: rawType };
      throw cannotStream();
    }
    const bytes = rawBody === null || rawBody.length === 0 ? null : toBuffer(rawBody);
    return injectBody(bytes, rawType, { template: provider.proxy?.body, scope });
  }
  const serialized = serializeData(request.data, contentType);
  return injectBody(serialized && toBuffer(serialized.body), serialized?.contentType ?? contentType, {
    template: provider.proxy?.body,
    scope,
  });
}

function toBuffer(body: string | Uint8Array): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function oauth1(
  { provider, integration, connection, credentials, now }: BuildInput,
  {
    method,
    url,
    body,
    contentType,
  }: { method: string; url: string; body: Buffer | Readable | null; contentType: string | undefined },
): string | undefined {
  if (credentials.type !== 'OAUTH1' && credentials.type !== 'TBA') return undefined;
  const app = developerApp(credentials);
  const shared = {
    method,
    url,
    form:
      Buffer.isBuffer(body) && contentType?.startsWith('application/x-www-form-urlencoded')
        ? body.toString()
        : undefined,
    clientId: app.client_id ?? integration.clientId,
    clientSecret: app.client_secret ?? integration.clientSecret,
    ...(now && { now }),
  };
  if (credentials.type === 'OAUTH1') {
    const signatureMethod = (provider.signature_method ?? 'HMAC-SHA1') as SignatureMethod;
    return signOAuth1({
      ...shared,
      token: credentials.oauth_token,
      tokenSecret: credentials.oauth_token_secret,
      signatureMethod,
    });
  }
  // NetSuite: the realm is the account id in upper case, with `_` for the `-` of its host name.
  const realm = String(connection.connectionConfig['accountId'] ?? '')
    .toUpperCase()
    .replaceAll('-', '_');
  return signOAuth1({
    ...shared,
    token: credentials.token_id,
    tokenSecret: credentials.token_secret,
    signatureMethod: 'HMAC-SHA256',
    realm,
  });
}

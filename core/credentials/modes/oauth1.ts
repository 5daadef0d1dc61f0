// OAUTH1 (RFC 5849): request token, consent, access token. The browser flow calls the three; requests are signed by core/proxy.
import { SynclineError } from '../../errors.ts';
import { interpolate } from '../../proxy/interpolate.ts';
import { type SignatureMethod, signOAuth1 } from '../../proxy/sign-oauth1.ts';
import { fillUrl } from '../fill-url.ts';
import { fillParams } from '../grant-params.ts';
import type { TokenRequest } from '../place-params.ts';
import { metadataOf } from '../response-metadata.ts';
import { isSuccess, parseBody, type RawTokenAnswer, type Refusal, refusalOf, tokenText } from '../token-answer.ts';
import { type Exchange, type ModeSubject, type Outcome, single } from './mode.ts';
import { modeScope } from './scope.ts';

export interface RequestToken {
  token: string;
  secret: string;
}

/** Section 2.1. @throws SynclineError `missing_client_id`, `missing_token_url`, `missing_api_url` */
export function requestTokenRequest(subject: ModeSubject, { callbackUrl }: { callbackUrl: string }): TokenRequest {
  const { provider } = subject;
  const scope = modeScope(subject, {});
  return signedRequest(subject, {
    url: fillUrl(required(provider.request_url, 'request_url'), subject, scope),
    method: provider.request_http_method ?? 'POST',
    params: fillParams(provider.request_params ?? {}, scope) as Record<string, string>,
    oauth: { oauth_callback: callbackUrl },
  });
}

/** `oauth_callback_confirmed` is not asked for: some providers predate it. */
export function readRequestToken(answer: RawTokenAnswer): { requestToken: RequestToken } | { refusal: Refusal } {
  const pair = readPair(answer);
  return 'refusal' in pair ? pair : { requestToken: { token: pair.token, secret: pair.secret } };
}

/** Section 2.2. @throws SynclineError `missing_token_url`, `missing_api_url` */
export function authorizationUrl(subject: ModeSubject, { token }: Pick<RequestToken, 'token'>): string {
  const { provider } = subject;
  const scope = modeScope(subject, {});
  const url = new URL(fillUrl(required(provider.authorization_url, 'authorization_url'), subject, scope));
  for (const [name, template] of Object.entries(provider.authorization_params ?? {})) {
    const { text, unresolved } = interpolate(template, scope);
    if (unresolved.length === 0) url.searchParams.set(name, text);
  }
  url.searchParams.set('oauth_token', token);
  return url.href;
}

/** Section 2.3; what comes of it is the credential. The callback's `oauth_token` must be the request token's: the caller's check. */
export function exchangeVerifier(subject: ModeSubject, requestToken: RequestToken & { verifier: string }): Exchange {
  const { provider } = subject;
  const template = typeof provider.token_url === 'string' ? provider.token_url : provider.token_url?.OAUTH1;
  const request = signedRequest(subject, {
    url: fillUrl(required(template, 'token_url'), subject, modeScope(subject, {})),
    method: provider.token_http_method ?? 'POST',
    params: {},
    token: requestToken,
    oauth: { oauth_verifier: requestToken.verifier },
  });
  return single(request, (answer) => readAccessToken(answer, subject));
}

function readAccessToken(answer: RawTokenAnswer, { provider }: ModeSubject): Outcome {
  const pair = readPair(answer);
  if ('refusal' in pair) return pair;
  const { token, secret, data } = pair;
  return {
    made: {
      credential: { type: 'OAUTH1', oauth_token: token, oauth_token_secret: secret, raw: data },
      expiresAt: undefined,
      config: metadataOf(provider.token_response_metadata, data),
    },
  };
}

/** A form by the RFC, whatever its content type says; JSON from some. */
function readPair(answer: RawTokenAnswer): (RequestToken & { data: Record<string, unknown> }) | { refusal: Refusal } {
  const data = parseBody({ ...answer, contentType: `${answer.contentType};form-urlencoded` });
  const token = tokenText(data['oauth_token']);
  const secret = tokenText(data['oauth_token_secret']);
  if (isSuccess(answer) && token !== undefined && secret !== undefined) return { token, secret, data };
  return { refusal: refusalOf(answer.status, data) };
}

function required(template: string | undefined, key: string): string {
  if (template !== undefined) return template;
  throw new SynclineError('missing_token_url', `The provider's entry has no ${key}.`, { status: 400 });
}

interface Signing {
  url: string;
  method: 'GET' | 'POST';
  params: Record<string, string>;
  token?: RequestToken;
  oauth: Record<string, string>;
}

function signedRequest(
  { provider, app, now }: ModeSubject,
  { url, method, params, token, oauth }: Signing,
): TokenRequest {
  if (!app.client_id) {
    throw new SynclineError('missing_client_id', 'The integration has no client id.', {
      status: 400,
      hint: 'Set it with PATCH /integrations/{uniqueKey}.',
    });
  }
  const form = method === 'POST' && Object.keys(params).length > 0 ? new URLSearchParams(params).toString() : undefined;
  const full = new URL(url);
  if (method === 'GET') for (const [name, value] of Object.entries(params)) full.searchParams.set(name, value);
  const authorization = signOAuth1({
    method,
    url: full.href,
    form,
    clientId: app.client_id,
    clientSecret: app.client_secret ?? '',
    token: token?.token,
    tokenSecret: token?.secret ?? '',
    signatureMethod: (provider.signature_method ?? 'HMAC-SHA1') as SignatureMethod,
    oauth,
    now,
  });
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  return { url: full.href, method, headers: { ...type, authorization }, body: form ?? null };
}

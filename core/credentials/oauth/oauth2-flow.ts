// The OAUTH2 flow (RFC 6749 section 4.1, RFC 7636, RFC 9207): consent page, then code to tokens. What is sent where was
// decided at the start; the callback brings a code and nothing else that counts.

import { SynclineError } from '../../errors.ts';
import type { Scope } from '../../proxy/interpolate.ts';
import { createScope } from '../../proxy/scope.ts';
import type { Credential, OAuth2Credential } from '../credential.ts';
import type { ModeSubject } from '../modes/mode.ts';
import { readOAuth2 } from '../modes/oauth2.ts';
import type { Client, TokenRequest } from '../place-params.ts';
import { metadataOf } from '../response-metadata.ts';
import { secretTexts } from '../secret-texts.ts';
import type { SendTokenRequest } from '../send-token-request.ts';
import type { RawTokenAnswer, Refusal } from '../token-answer.ts';
import { buildAuthorizeUrl } from './authorize-url.ts';
import { flowClient } from './client.ts';
import { buildCodeRequest, codeTokenUrl } from './code-request.ts';
import {
  type Finished,
  type FlowFinish,
  type FlowMode,
  type FlowStart,
  flowDeadlineMs,
  type Started,
} from './flow-mode.ts';
import { checkIssuer, type ExpectedIssuer, expectedIssuer } from './issuer.ts';
import { makeVerifier } from './pkce.ts';
import { said } from './provider-words.ts';
import { scopesOf } from './scopes.ts';

interface Pinned {
  tokenUrl: string;
  client: Client;
  verifier?: string;
  issuer: ExpectedIssuer;
  /** Set when the connection brings its own app: refreshes then use it too. */
  override?: { client_id?: string; client_secret?: string };
  refreshToken?: string;
}

export const oauth2Flow: FlowMode = { start, finish };

async function start({ subject, wishes, state, redirectUri }: FlowStart): Promise<Started> {
  const { provider, app, connection } = subject;
  const { clientId, clientSecret, refreshToken } = wishes.override;
  const client = flowClient(app, wishes.override);
  const scope = scopeOf(subject, client);
  const tokenUrl = codeTokenUrl(subject, scope);
  const verifier = provider.disable_pkce ? undefined : makeVerifier();
  const override = connection.connectionConfig['oauth_scopes_override'];
  const url = buildAuthorizeUrl({
    ...subject,
    ...wishes,
    scope,
    clientId: client.id,
    redirectUri,
    scopes: scopesOf(provider, { override, integration: app.scopes }),
    state,
    verifier,
  });
  const pinned: Pinned = {
    tokenUrl,
    client,
    issuer: expectedIssuer(provider, scope, [url, tokenUrl]),
    ...(verifier !== undefined && { verifier }),
    ...(clientId && { override: { client_id: clientId, ...(clientSecret && { client_secret: clientSecret }) } }),
    ...(refreshToken && { refreshToken }),
  };
  return { url, pinned };
}

async function finish({ subject, pinned: stored, redirectUri, query, send }: FlowFinish): Promise<Finished> {
  const pinned = stored as Pinned;
  const { provider } = subject;
  checkIssuer(pinned.issuer, query['iss']);
  const secrets = secretTexts([pinned.client.secret, pinned.verifier, query['code']]);
  refuseError(provider.display_name, query, secrets);
  const code = query[provider.authorization_code_param_in_callback ?? 'code'];
  if (!code) throw callbackError(`${provider.display_name} sent the browser back without a code.`);
  const request = buildCodeRequest({
    ...subject,
    scope: scopeOf(subject, pinned.client),
    client: pinned.client,
    tokenUrl: pinned.tokenUrl,
    grant: { code, redirectUri, verifier: pinned.verifier },
  });
  const answer = await ask(send, request, subject);
  const outcome = readOAuth2(answer, { subject });
  if ('refusal' in outcome) throw refusedToken(provider.display_name, outcome.refusal, secrets);
  const credential = outcome.made.credential as OAuth2Credential;
  return {
    credential: withOverride(credential, pinned),
    config: {
      ...metadataOf(provider.token_response_metadata, credential.raw),
      ...ofCallback(provider.redirect_uri_metadata, query),
    },
  };
}

/** The same variables in authorization URL, token URL and token parameters. */
function scopeOf({ provider, connection, integrationConfig, now }: ModeSubject, client: Client): Scope {
  const integration = { clientId: client.id, clientSecret: client.secret, config: integrationConfig };
  return createScope({ provider, integration, connection, credentials: { type: 'NONE' }, now });
}

/** RFC 6749 section 4.1.2.1 */
function refuseError(name: string, query: Readonly<Record<string, string>>, secrets: string[]): void {
  const error = query['error'];
  if (error === undefined) return;
  const words = said({ error, description: query['error_description'] }, secrets);
  if (error === 'access_denied') {
    throw callbackError(`${name} says that access was not granted: ${words}.`, 'Start again and allow the access.');
  }
  throw callbackError(`${name} refused: ${words}.`);
}

const callbackError = (message: string, hint = 'Start again; if it happens again, tell the developer of the app.') =>
  new SynclineError('callback_err', message, { status: 400, hint });

/** Once, whatever happens: a code that was sent may have been used. */
async function ask(
  send: SendTokenRequest,
  request: TokenRequest,
  { connection }: ModeSubject,
): Promise<RawTokenAnswer> {
  try {
    // Nothing is journalled: the user is there to start again.
    return await send(request, { session: connection.id, deadlineMs: flowDeadlineMs, now: Date.now });
  } catch (cause) {
    const code = cause instanceof SynclineError ? cause.code : 'request_failed';
    throw new SynclineError('token_err', `The token endpoint could not be asked (${code}).`, {
      status: 400,
      hint: 'Start again in a moment.',
      cause,
    });
  }
}

function refusedToken(name: string, { status, error, description }: Refusal, secrets: string[]): SynclineError {
  const words =
    error === undefined && description === undefined ? 'no access token in it' : said({ error, description }, secrets);
  return new SynclineError('token_err', `${name} gave no token: HTTP ${status}, ${words}.`, {
    status: 400,
    hint: hints[error ?? ''] ?? 'Start again; if it happens again, tell the developer of the app.',
  });
}

const hints: Record<string, string> = {
  invalid_client: 'The developer of the app has to check client id and secret of the integration.',
  unauthorized_client: 'The developer of the app has to allow this grant at the provider.',
  redirect_uri_mismatch: 'The developer of the app has to register the redirect URI at the provider.',
};

/** RFC 6749 leaves it to the client to bring its own refresh token; a legacy of apps that move. */
function withOverride(credential: OAuth2Credential, { override, refreshToken }: Pinned): Credential {
  return {
    ...credential,
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(override && { config_override: override }),
  };
}

const ofCallback = (names: readonly string[] | undefined, query: Readonly<Record<string, string>>) =>
  Object.fromEntries((names ?? []).flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])));

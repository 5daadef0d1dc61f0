// The token request that turns a code into tokens (RFC 6749 section 4.1.3), out of the provider's entry. No I/O.
import type { Provider } from '../../../providers/schema.ts';
import { SynclineError } from '../../errors.ts';
import type { Scope } from '../../proxy/interpolate.ts';
import { fillUrl } from '../fill-url.ts';
import { fillParams, tokenHeaders, withoutAbsent } from '../grant-params.ts';
import type { ModeSubject } from '../modes/mode.ts';
import { type Client, placeParams, type TokenRequest } from '../place-params.ts';
import { isPlain, proofOf } from '../token-request.ts';

export interface CodeGrant {
  code: string;
  redirectUri: string;
  /** undefined: without PKCE. */
  verifier: string | undefined;
}

export interface CodeRequestInput extends Omit<ModeSubject, 'app'> {
  scope: Scope;
  client: Client;
  /** As the flow pinned it; an answer never decides it. */
  tokenUrl: string;
  grant: CodeGrant;
}

/** Filled when the flow starts, so that nothing of the callback can move it. @throws SynclineError `provider_config_err`, `missing_api_url` */
export function codeTokenUrl(
  subject: Pick<ModeSubject, 'provider' | 'connection' | 'integrationConfig'>,
  scope: Scope,
): string {
  const { token_url: byMode, name } = subject.provider;
  const template = typeof byMode === 'string' ? byMode : byMode?.OAUTH2;
  if (template !== undefined) return fillUrl(template, subject, scope);
  throw new SynclineError('provider_config_err', `Provider '${name}' has no token URL.`, { status: 400 });
}

/** @throws SynclineError `unsupported_token_request`, `invalid_certificate_or_key_format` */
export function buildCodeRequest(input: CodeRequestInput): TokenRequest {
  const { provider, scope, client, tokenUrl: url, grant } = input;
  refuseUnsupported(provider);
  const { params: proof, authorization, usesBasic } = proofOf(input, client, url);
  const params = withoutAbsent({
    ...proof,
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.redirectUri,
    code_verifier: grant.verifier,
    ...(fillParams(provider.token_params ?? {}, scope) as Record<string, unknown>),
  });
  const headers = { accept: 'application/json', ...authorization, ...tokenHeaders(provider, scope) };
  const method = provider.token_request_method ?? 'POST';
  const request = placeParams({ url, method, headers, params, format: provider.body_format ?? 'form' });
  const onlyGrantType = Object.entries(provider.token_params ?? {}).every(
    ([key, value]) => key === 'grant_type' && value === 'authorization_code',
  );
  if (!onlyGrantType || !isPlain(provider, { client, usesBasic, method })) return request;
  const { code, redirectUri, verifier = null } = grant;
  return { ...request, standard: { client, code, verifier, redirectUri } };
}

function refuseUnsupported({ token_request_auth_method: auth, require_client_certificate: mtls }: Provider): void {
  if (auth !== 'custom' && !mtls) return;
  const wanted = auth === 'custom' ? 'token_request_auth_method custom' : 'a client certificate';
  throw new SynclineError('unsupported_token_request', `Getting a token with ${wanted} is not supported.`, {
    status: 400,
  });
}

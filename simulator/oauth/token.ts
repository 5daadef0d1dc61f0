// The token endpoint: authorization_code with PKCE, refresh_token with rotation and reuse detection, client_credentials.
import { createHash } from 'node:crypto';
import { type ApiRequest, json, type Reply } from '../reply.ts';
import { authenticateClient } from './authenticate-client.ts';
import type { Grant, Grants, TokenPair } from './grants.ts';
import type { OAuthOptions } from './options.ts';
import type { TokenEntry, TokenLog } from './token-log.ts';

interface Decision {
  tokens?: TokenPair;
  grant?: Grant | undefined;
  error?: string;
  reason?: TokenEntry['reason'];
}

const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

export function createToken(options: () => OAuthOptions, grants: Grants, log: TokenLog) {
  function exchangeCode(form: URLSearchParams, clientId: string): Decision {
    const code = grants.findCode(form.get('code') ?? '');
    if (!code || code.clientId !== clientId) return { error: 'invalid_grant', reason: 'expired_code' };
    const earlier = code.grantId === undefined ? undefined : grants.findGrant(code.grantId);
    if (earlier) {
      grants.end(earlier, 'code_reuse'); // RFC 6749 section 4.1.2
      return { error: 'invalid_grant', reason: 'reuse', grant: earlier };
    }
    if (form.get('redirect_uri') !== code.redirectUri) return { error: 'invalid_grant', reason: 'redirect_uri' };
    if (!verifierFits(form.get('code_verifier'), code.challenge)) return { error: 'invalid_grant', reason: 'pkce' };
    const grant = grants.createGrant(clientId, code.scope);
    code.grantId = grant.id;
    return { tokens: grants.issue(grant), grant };
  }

  function refresh(form: URLSearchParams, clientId: string): Decision {
    const result = grants.refresh(form.get('refresh_token') ?? '', clientId);
    if (result.outcome === 'issued') return { tokens: result.tokens, grant: result.grant };
    return { error: 'invalid_grant', reason: result.outcome, grant: result.grant };
  }

  function grantToClient(form: URLSearchParams, clientId: string): Decision {
    const grant = grants.createGrant(clientId, form.get('scope') ?? '');
    // RFC 6749 section 4.4.3: a refresh token should not be included.
    return { tokens: { ...grants.issue(grant, ''), refreshToken: undefined }, grant };
  }

  function decide(grantType: string, form: URLSearchParams, clientId: string): Decision {
    if (grantType === 'authorization_code') return exchangeCode(form, clientId);
    if (grantType === 'refresh_token') return refresh(form, clientId);
    if (grantType === 'client_credentials') return grantToClient(form, clientId);
    return { error: 'unsupported_grant_type' };
  }

  return async function token(request: ApiRequest): Promise<Reply> {
    if (request.method !== 'POST') return json(405, { error: 'invalid_request' }, { allow: 'POST' });
    const form = parseForm(request);
    const grantType = form.get('grant_type') ?? '';
    const client = authenticateClient(request.headers, form, options());
    const { tokens, grant, error, reason }: Decision = client
      ? decide(grantType, form, client.clientId)
      : { error: 'invalid_client' };
    const finish = log.begin({
      grantType,
      clientId: client?.clientId ?? form.get('client_id') ?? '',
      outcome: error ?? 'issued',
      ...(grant && { grantId: grant.id, generation: grant.generation }),
      ...(reason && { reason }),
      withVerifier: form.has('code_verifier'),
    });
    const { delayMs } = options();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    finish();
    if (tokens) return renderTokens(tokens, options());
    if (error !== 'invalid_client') return json(400, { error }, noStore);
    return json(401, { error }, { ...noStore, 'www-authenticate': 'Basic realm="simulator"' });
  };
}

/** Form by the RFC; JSON and the query too, because some providers want them there. */
function parseForm({ headers, body, query }: ApiRequest): URLSearchParams {
  const text = body.toString('utf8');
  if (text === '') return query;
  return headers['content-type']?.includes('json') ? new URLSearchParams(JSON.parse(text)) : new URLSearchParams(text);
}

/** RFC 7636 section 4.6. A verifier without a challenge is a downgrade or a mix-up: refused (RFC 9700 section 2.1.1). */
function verifierFits(verifier: string | null, challenge: string | undefined): boolean {
  if (challenge === undefined) return verifier === null;
  return verifier !== null && createHash('sha256').update(verifier).digest('base64url') === challenge;
}

function renderTokens(
  { accessToken, refreshToken, expiresInSeconds, scope }: TokenPair,
  { answerFormat, tokenAnswer, tokenReply }: OAuthOptions,
): Reply {
  if (tokenReply) {
    const { status, contentType, body, headers } = tokenReply;
    return { status, headers: { 'content-type': contentType, ...headers, ...noStore }, body: Buffer.from(body) };
  }
  const answer = {
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: expiresInSeconds,
    ...(refreshToken && { refresh_token: refreshToken }),
    ...(scope && { scope }),
    ...tokenAnswer,
  };
  if (answerFormat === 'json') return json(200, answer, noStore);
  const form = new URLSearchParams(Object.entries(answer).map(([name, value]) => [name, String(value)]));
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...noStore };
  return { status: 200, headers, body: Buffer.from(form.toString()) };
}

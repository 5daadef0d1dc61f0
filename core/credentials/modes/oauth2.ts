// OAUTH2 and its MCP kin: renewal by refresh token. How the first one is got is the browser flow's (core/credentials/oauth/).
import type { OAuth2Credential } from '../credential.ts';
import { withMcpServer } from '../mcp/mcp-subject.ts';
import { type RawTokenAnswer, type ReadTokenAnswer, readTokenAnswer } from '../token-answer.ts';
import { buildTokenRequest } from '../token-request.ts';
import { type Exchange, type ModeSubject, type Outcome, single } from './mode.ts';

export function renewOAuth2(given: ModeSubject, credential: OAuth2Credential): Exchange {
  const subject = withMcpServer(given);
  const request = buildTokenRequest({ ...subject, credential });
  return single(request, (answer) => readOAuth2(answer, { subject, before: credential }));
}

/** The new credential; of the old one stays what the answer does not say (RFC 6749 section 6: the refresh token). */
export function readOAuth2(
  answer: RawTokenAnswer,
  { subject, before }: { subject: Pick<ModeSubject, 'provider'>; before?: OAuth2Credential },
  read: ReadTokenAnswer = readTokenAnswer,
): Outcome {
  const result = read(answer, subject.provider);
  if ('refusal' in result) return result;
  const { accessToken, refreshToken, expiresAt, data } = result.tokens;
  const credential: OAuth2Credential = {
    ...before,
    type: 'OAUTH2',
    access_token: accessToken,
    refresh_token: refreshToken ?? before?.refresh_token,
    expires_at: expiresAt?.toISOString(),
    raw: data,
  };
  return { made: { credential, expiresAt } };
}

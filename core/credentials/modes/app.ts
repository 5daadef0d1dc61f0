// APP: an installed GitHub App. The app's own JWT buys a token of one installation; nothing of the user's is needed for the next.
import { SynclineError } from '../../errors.ts';
import type { AppCredential, Credential } from '../credential.ts';
import { fillUrl } from '../fill-url.ts';
import { tokenHeaders } from '../grant-params.ts';
import type { TokenRequest } from '../place-params.ts';
import { readPrivateKey } from '../private-key.ts';
import { signJwt } from '../sign-jwt.ts';
import { isSuccess, parseBody, type RawTokenAnswer, readExpiry, refusalOf, tokenText } from '../token-answer.ts';
import { type App, type Exchange, type ModeSubject, type Outcome, single } from './mode.ts';
import { modeScope } from './scope.ts';
import { tokenUrlOf } from './token-url.ts';

// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
const jwtLifeSeconds = 600;
/** GitHub's clock may be behind ours. */
const earlySeconds = 60;

/** What the app proves itself with. @throws SynclineError `missing_app_id`, `missing_app_secret`, `invalid_certificate_or_key_format` */
export function signAppJwt({ app_id: appId, private_key: privateKey }: App, now: Date): string {
  if (!appId) throw missing('missing_app_id', 'The integration has no app id.');
  if (!privateKey) throw missing('missing_app_secret', 'The integration has no private key of its app.');
  const issuedAt = Math.floor(now.getTime() / 1000) - earlySeconds;
  return signJwt({
    algorithm: 'RS256',
    key: readPrivateKey(privateKey),
    payload: { iat: issuedAt, exp: issuedAt + jwtLifeSeconds, iss: appId },
  });
}

/** For a reader that asks for it: never stored, and made anew each time. */
export function withAppJwt(credential: Credential, app: App, now: Date): Credential {
  if (credential.type === 'APP') return { ...credential, jwtToken: signAppJwt(app, now) };
  if (credential.type !== 'CUSTOM' || !credential.app) return credential;
  return { ...credential, app: { ...credential.app, jwtToken: signAppJwt(app, now) } };
}

const missing = (code: string, message: string) =>
  new SynclineError(code, message, { status: 400, hint: 'Set it with PATCH /integrations/{uniqueKey}.' });

/** For the first token and every later one: `connection_config.installation_id` says which installation. */
export const installationToken = (subject: ModeSubject): Exchange =>
  single(installationRequest(subject), readInstallationToken);

/** @throws SynclineError `missing_installation_id` and those of `signAppJwt` */
function installationRequest(subject: ModeSubject): TokenRequest {
  const { provider, connection, app, now } = subject;
  const installation = String(connection.connectionConfig['installation_id'] ?? '');
  if (installation === '') {
    throw new SynclineError(
      'missing_installation_id',
      `${provider.display_name} is not installed for this connection.`,
      {
        status: 400,
        hint: 'Let the user install the app, or give `connection_config.installation_id`.',
      },
    );
  }
  const jwtToken = signAppJwt(app, now);
  const scope = modeScope(subject, {}, { accessToken: jwtToken });
  return {
    url: fillUrl(tokenUrlOf(provider, 'APP'), subject, scope),
    method: 'POST',
    headers: {
      accept: 'application/json',
      ...tokenHeaders(provider, scope),
      authorization: `Bearer ${jwtToken}`,
    },
    body: null,
  };
}

function readInstallationToken(answer: RawTokenAnswer): Outcome {
  const data = parseBody(answer);
  const token = tokenText(data['token']) ?? tokenText(data['access_token']);
  if (!isSuccess(answer) || token === undefined) {
    // 404: the installation is gone, and only the user can install again.
    return { refusal: { ...refusalOf(answer.status, data), isOver: answer.status === 404 } };
  }
  const expiresAt = readExpiry(data, answer);
  const credential: AppCredential = {
    type: 'APP',
    access_token: token,
    expires_at: expiresAt?.toISOString(),
    raw: data,
  };
  return { made: { credential, expiresAt } };
}

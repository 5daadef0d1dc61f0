// The installation id of a callback stands in a URL that anybody can write: the user's own token has to list it.
// https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/about-the-setup-url
import { SynclineError } from '../../errors.ts';
import type { OAuth2Credential } from '../credential.ts';
import { fillUrl } from '../fill-url.ts';
import type { SendTokenRequest } from '../send-token-request.ts';
import { isSuccess, parseBody } from '../token-answer.ts';
import { askFlow } from './flow-answers.ts';
import type { ModeSubject } from './mode.ts';
import { modeScope } from './scope.ts';

/** Nobody looks through more than a thousand. */
const maxPages = 10;
const pageSize = 100;

/** @throws SynclineError `callback_err`, `token_err` */
export async function proveInstallation(
  send: SendTokenRequest,
  subject: ModeSubject,
  { access_token: token }: OAuth2Credential,
): Promise<void> {
  const { provider, connection } = subject;
  if (provider.user_installations_url === undefined) return;
  const url = new URL(fillUrl(provider.user_installations_url, subject, modeScope(subject, {})));
  const wanted = String(connection.connectionConfig['installation_id']);
  for (let page = 1; page <= maxPages; page++) {
    url.searchParams.set('per_page', String(pageSize));
    url.searchParams.set('page', String(page));
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
    const answer = await askFlow(send, { url: url.href, method: 'GET', headers, body: null }, subject);
    if (!isSuccess(answer)) throw unproven(`${provider.display_name} does not say which installations are yours.`);
    const { installations } = parseBody(answer);
    const ids = Array.isArray(installations)
      ? installations.map((one) => String((one as { id?: unknown } | null)?.id))
      : [];
    if (ids.includes(wanted)) return;
    if (ids.length < pageSize) break;
  }
  throw unproven(`This installation of ${provider.display_name} is none that you may use.`);
}

const unproven = (message: string) =>
  new SynclineError('callback_err', message, {
    status: 400,
    hint: 'Nothing was connected. Start again, and install the app with the account that you sign in with.',
  });

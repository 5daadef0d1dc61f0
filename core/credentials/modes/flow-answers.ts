// Requests of a browser flow: sent once, and what a refusal or a silence means to the person in front of the window.
import { SynclineError } from '../../errors.ts';
import { flowDeadlineMs } from '../oauth/flow-mode.ts';
import { said } from '../oauth/provider-words.ts';
import type { TokenRequest } from '../place-params.ts';
import { secretTexts } from '../secret-texts.ts';
import type { SendTokenRequest } from '../send-token-request.ts';
import type { RawTokenAnswer, Refusal } from '../token-answer.ts';
import type { Exchange, Made, ModeSubject } from './mode.ts';

/** @throws SynclineError `token_err` */
export async function askFlow(
  send: SendTokenRequest,
  request: TokenRequest,
  { provider, connection }: ModeSubject,
): Promise<RawTokenAnswer> {
  const options = { session: connection.id, deadlineMs: flowDeadlineMs, now: Date.now };
  return send(request, options).catch((cause: unknown) => {
    const code = cause instanceof SynclineError ? cause.code : 'request_failed';
    throw new SynclineError('token_err', `${provider.display_name} could not be reached (${code}).`, {
      status: 400,
      hint: 'Start again in a moment.',
      cause,
    });
  });
}

/** An exchange of one request. @throws SynclineError `token_err` */
export async function exchangeFlow(send: SendTokenRequest, exchange: Exchange, subject: ModeSubject): Promise<Made> {
  const outcome = exchange.read([await askFlow(send, exchange.next([])!, subject)]);
  if ('refusal' in outcome) throw refusedFlow(subject, outcome.refusal);
  return outcome.made;
}

export function refusedFlow(
  { provider, app, integrationConfig }: ModeSubject,
  { status, error, description }: Refusal,
): SynclineError {
  const secrets = secretTexts([app, integrationConfig]);
  const words =
    error === undefined && description === undefined ? 'no token in it' : said({ error, description }, secrets);
  return new SynclineError('token_err', `${provider.display_name} gave no token: HTTP ${status}, ${words}.`, {
    status: 400,
    hint: 'Start again; if it happens again, tell the developer of the app.',
  });
}

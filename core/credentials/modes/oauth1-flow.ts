// The OAUTH1 flow (RFC 5849 section 2): a request token first, which stays here; the browser brings back what proves the consent.
import { SynclineError } from '../../errors.ts';
import type { Finished, FlowFinish, FlowMode, FlowStart, Started } from '../oauth/flow-mode.ts';
import { askFlow, exchangeFlow, refusedFlow } from './flow-answers.ts';
import {
  authorizationUrl,
  exchangeVerifier,
  type RequestToken,
  readRequestToken,
  requestTokenRequest,
} from './oauth1.ts';

export const oauth1Flow: FlowMode = { start, finish };

async function start({ subject, state, redirectUri, send, wishes }: FlowStart): Promise<Started> {
  // The protocol has no state of its own: it stands in the callback, which the signature covers.
  const callback = new URL(redirectUri);
  callback.searchParams.set('state', state);
  const request = requestTokenRequest(subject, { callbackUrl: callback.href });
  const result = readRequestToken(await askFlow(send, request, subject));
  if ('refusal' in result) throw refusedFlow(subject, result.refusal);
  const url = new URL(authorizationUrl(subject, result.requestToken));
  for (const [name, value] of Object.entries({ ...wishes.browserParams, ...wishes.sessionParams })) {
    if (!name.startsWith('oauth_')) url.searchParams.set(name, value);
  }
  return { url: url.href, pinned: result.requestToken };
}

async function finish({ subject, pinned, query, send }: FlowFinish): Promise<Finished> {
  const { display_name: name } = subject.provider;
  const requestToken = pinned as RequestToken;
  const { oauth_token: token, oauth_verifier: verifier } = query;
  if (query['denied'] !== undefined || query['oauth_problem'] !== undefined)
    throw callbackError(`${name} says that access was not granted.`);
  if (token !== requestToken.token) throw callbackError(`${name} answered for another sign-in than this one.`);
  if (!verifier) throw callbackError(`${name} sent the browser back without a verifier.`);
  const exchange = exchangeVerifier(subject, { ...requestToken, verifier });
  const { credential, config = {} } = await exchangeFlow(send, exchange, subject);
  return { credential, config };
}

const callbackError = (message: string) =>
  new SynclineError('callback_err', message, { status: 400, hint: 'Start again and allow the access.' });

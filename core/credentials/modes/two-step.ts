// TWO_STEP: a login that the entry describes, in one call or several; the inputs are kept, so that it can be done again.
import { z } from 'zod';
import type { Provider } from '../../../providers/schema.ts';
import type { TokenCredential } from '../credential.ts';
import { fillUrl } from '../fill-url.ts';
import { fillParams, tokenHeaders } from '../grant-params.ts';
import { placeParams, type TokenRequest } from '../place-params.ts';
import { isSuccess, parseBody, type RawTokenAnswer } from '../token-answer.ts';
import { makeAssertion } from './assertion.ts';
import { formShape, inputsOf, typeName } from './inputs.ts';
import { signToken } from './jwt.ts';
import { readLogin } from './login-answer.ts';
import type { AuthMode, Exchange, Inputs, ModeSubject } from './mode.ts';
import { modeScope } from './scope.ts';
import { tokenUrlOf } from './token-url.ts';

export const twoStep: AuthMode = {
  inputs: ({ credentials, assertion_option }) =>
    inputsOf({
      type: typeName('TWO_STEP'),
      ...formShape(credentials),
      ...(assertion_option
        ? { assertionOption: inputsOf(formShape(assertion_option)) }
        : { assertionOption: z.record(z.string(), z.string()).optional() }),
    }),
  // What an assertion is made of is used once and never stored.
  make: (subject, { type: _, assertionOption, ...inputs }) => logIn(subject, inputs, { assertionOption }),
};

interface Step extends Pick<Provider, 'token_params' | 'token_headers' | 'body_format'> {
  token_url: string;
  token_request_method?: TokenRequest['method'] | undefined;
}

function stepsOf(provider: Provider): Step[] {
  const { token_params, token_headers, token_request_method, body_format } = provider;
  const first = { token_url: tokenUrlOf(provider), token_params, token_headers, token_request_method, body_format };
  return [first, ...(provider.additional_steps ?? [])];
}

function logIn(subject: ModeSubject, inputs: Inputs, extra: Record<string, unknown> = {}): Exchange {
  const { provider } = subject;
  const steps = stepsOf(provider);
  let proofs: Record<string, unknown> | undefined;
  return {
    next(answers) {
      const step = steps[answers.length];
      if (!step || !answers.every(isSuccess)) return undefined;
      proofs ??= { ...extra, ...proofsOf(subject, inputs, extra) };
      return requestOf(step, subject, inputs, { ...proofs, ...answersByStep(answers) });
    },
    read: (answers) => readLogin(answers, { provider, inputs, steps: steps.length }),
  };
}

/** Made first, and used by the steps as `${token}` and `${assertion}`. */
function proofsOf(subject: ModeSubject, inputs: Inputs, extra: Record<string, unknown>): Record<string, unknown> {
  const { provider } = subject;
  const token = provider.signature && provider.token ? signToken(subject, inputs).token : undefined;
  const assertion = provider.assertion && makeAssertion(subject, inputs, { ...extra, token });
  return { token, assertion };
}

const answersByStep = (answers: readonly RawTokenAnswer[]): Record<string, unknown> =>
  Object.fromEntries(answers.map((answer, at) => [`step${at + 1}`, parseBody(answer)]));

function requestOf(step: Step, subject: ModeSubject, inputs: Inputs, extra: Record<string, unknown>): TokenRequest {
  const { provider } = subject;
  const scope = modeScope(subject, inputs, extra);
  const headers = { accept: 'application/json', ...tokenHeaders(step, scope) };
  const request = placeParams({
    url: fillUrl(step.token_url, subject, scope),
    method: step.token_request_method ?? 'POST',
    headers,
    params: fillParams(step.token_params ?? {}, scope) as Record<string, unknown>,
    format: step.body_format ?? 'form',
  });
  const keepHeaders = Object.keys(provider.token_response_headers ?? {}).map((name) => name.toLowerCase());
  return keepHeaders.length > 0 ? { ...request, keepHeaders } : request;
}

/** By the entry's refresh call where there is one; when that is refused, by another login. */
export function renewTwoStep(subject: ModeSubject, credential: TokenCredential): Exchange {
  const { type: _type, token: _token, expires_at: _at, raw: _raw, refresh_token: refreshToken, ...inputs } = credential;
  const { provider } = subject;
  const again = logIn(subject, inputs);
  if (typeof refreshToken !== 'string' || provider.refresh_url === undefined) return again;
  const step: Step = {
    token_url: provider.refresh_url,
    token_params: provider.refresh_token_params ?? provider.refresh_params,
    token_headers: provider.refresh_token_headers ?? provider.token_headers,
    body_format: provider.body_format,
  };
  const known = { refresh_token: refreshToken, accessToken: credential.token };
  return {
    next([refreshed, ...login]) {
      if (!refreshed) return requestOf(step, subject, { ...inputs, refresh_token: refreshToken }, known);
      return isRefused(refreshed) ? again.next(login) : undefined;
    },
    read: ([refreshed, ...login]) =>
      refreshed && isRefused(refreshed) && login.length > 0
        ? again.read(login)
        : readLogin(refreshed ? [refreshed] : [], { provider, inputs, steps: 1, refreshToken }),
  };
}

const isRefused = ({ status }: RawTokenAnswer) => status === 400 || status === 401 || status === 403;

// What an error means for the person in front of the page, by its code; the server's and the provider's own words go beside it.
import type { Texts } from './texts/texts.ts';

type Explanation = Exclude<keyof Texts, 'fields'>;

const byCode: Record<string, Explanation> = {
  connection_test_failed: 'credentialsRefused',
  invalid_credentials: 'credentialsRefused',
  invalid_certificate_or_key_format: 'credentialsRefused',
  aws_sigv4_sts_request_failed: 'providerTrouble',
  connection_validation_failed: 'appRefused',
  state_cookie_err: 'otherBrowser',
  forbidden: 'otherBrowser',
  state_err: 'expiredFlow',
  callback_err: 'providerTrouble',
  token_err: 'providerTrouble',
  request_token_err: 'providerTrouble',
  provider_config_err: 'misconfigured',
  unknown_config_key: 'misconfigured',
  auth_mode_err: 'misconfigured',
  invalid_auth_mode: 'misconfigured',
  integration_not_allowed: 'misconfigured',
  unknown_provider_config: 'misconfigured',
  unknown_provider_template: 'misconfigured',
  grant_type_err: 'misconfigured',
  url_param_err: 'correct',
  invalid_body: 'correct',
  unreachable: 'unreachable',
  timed_out: 'timedOut',
  too_many_request: 'tooMany',
};

/** Of who said no at the provider (RFC 6749 section 4.1.2.1). */
const deniedByUser = /access_denied/i;

export function explainError(code: string, words: string): Explanation {
  if (code === 'callback_err' && deniedByUser.test(words)) return 'refusedByUser';
  return byCode[code] ?? 'unknownError';
}

/** Nothing that another try on this page would change. */
export const endsSession = (code: string): boolean =>
  code === 'unknown_connect_session_token' || code === 'invalid_connect_session_token_format';

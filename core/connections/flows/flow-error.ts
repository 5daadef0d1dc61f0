// The errors of a flow, as its page, socket and result tell them: codes of the wire's `error_type`.
import { fromUnknown, SynclineError } from '../../errors.ts';

/** What the domain calls otherwise. */
const types: Record<string, string> = {
  not_found: 'unknown_config_key',
  unknown_provider_config: 'unknown_config_key',
  invalid_auth_mode: 'auth_mode_err',
  invalid_connection: 'connection_not_found', // the session renews one that is gone
  unknown_connection: 'connection_not_found',
  invalid_body: 'url_param_err',
  invalid_query_params: 'url_param_err',
  missing_api_url: 'url_param_err',
  invalid_headers: 'url_param_err',
  missing_client_id: 'provider_config_err',
  missing_token_url: 'provider_config_err',
  unsupported_token_request: 'grant_type_err',
  invalid_certificate_or_key_format: 'provider_config_err',
  unknown_connect_session_token: 'state_err',
  server_error: 'unknown_err',
};

/** @example toFlowError(cause).code // 'url_param_err' */
export function toFlowError(cause: unknown): SynclineError {
  const { code, message, status, hint, errors, retryable } = fromUnknown(cause);
  const told = [message, ...(errors ?? []).map((entry) => entry.message)].filter((part) => part !== '').join(' ');
  return new SynclineError(types[code] ?? code, told, {
    status: status >= 500 ? status : 400,
    retryable,
    cause,
    ...(hint !== undefined && { hint }),
  });
}

// What came of a flow, as the socket tells it and as the API answers it.
import { AuthError } from './auth-error.ts';
import type { ConnectedAccount } from './options.ts';

export interface Outcome {
  status: 'pending' | 'success' | 'error';
  provider_config_key?: string;
  connection_id?: string;
  is_pending?: boolean;
  error_type?: string;
  error_desc?: string;
}

/** Undefined for whatever is no outcome: a greeting, a text that is not ours. */
export function parseMessage(text: unknown): Outcome | undefined {
  try {
    const { message_type: status, ...rest } = JSON.parse(String(text));
    return status === 'success' || status === 'error' ? { status, ...rest } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws AuthError of the server's type */
export function accountOf(outcome: Outcome): ConnectedAccount {
  const { status, provider_config_key: providerConfigKey = '', connection_id: connectionId = '' } = outcome;
  if (status === 'success') return { providerConfigKey, connectionId, isPending: outcome.is_pending ?? false };
  throw new AuthError(outcome.error_desc || 'The account was not connected.', outcome.error_type || 'unknown_error');
}

// The queries of the browser's calls, with the wire's bracketed names.
import type { Query } from './api.ts';
import type { AuthOptions, ConnectionOptions } from './options.ts';

export const queryOf = (token: string, { params, user_scope: scopes = [] }: ConnectionOptions): Query => ({
  connect_session_token: token,
  ...bracketed('params', params),
  ...(scopes.length > 0 && { user_scope: scopes.join(',') }),
});

export const popupQuery = (token: string, options: AuthOptions): Query => ({
  ...queryOf(token, options),
  ...bracketed('credentials', options.credentials as Record<string, string> | undefined),
  ...bracketed('authorization_params', options.authorization_params),
});

const bracketed = (group: string, values: Record<string, string | undefined> = {}): Query =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[`${group}[${name}]`, value]])),
  );

// What of a credential is sent to the provider.
import type { Credentials, Token } from './types/connections.ts';

export function tokenOf(credentials: Credentials): Token {
  if (credentials.type === 'OAUTH2') return credentials.access_token;
  if (credentials.type === 'OAUTH1')
    return { oAuthToken: credentials.oauth_token, oAuthTokenSecret: credentials.oauth_token_secret };
  return credentials;
}

// What `getToken` makes of a credential.
import type { Undeclared } from './undeclared.ts';

export function tokenOf(credentials: Undeclared): Undeclared {
  if (credentials?.type === 'OAUTH2') return credentials.access_token;
  if (credentials?.type === 'OAUTH1')
    return { oAuthToken: credentials.oauth_token, oAuthTokenSecret: credentials.oauth_token_secret };
  return credentials;
}

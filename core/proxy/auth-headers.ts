// The authorization header that a credential implies. An entry's headers may replace it, a caller's win over both.
import { SynclineError } from '../errors.ts';
import type { ProxyCredentials, ProxyRules } from './entry.ts';
import { accessTokenOf } from './scope.ts';

/** @returns undefined when the entry alone says where the credential goes. Signatures need the whole request: `sign-oauth1.ts`, `sign-aws.ts`. */
export function automaticAuthorization(
  credentials: ProxyCredentials,
  proxy: ProxyRules | undefined,
): string | undefined {
  switch (credentials.type) {
    case 'OAUTH2':
    case 'MCP_OAUTH2':
    case 'MCP_OAUTH2_GENERIC':
    case 'APP':
    case 'OAUTH2_CC':
    case 'JWT':
    case 'SIGNATURE':
      return `Bearer ${accessTokenOf(credentials)}`;
    case 'CUSTOM':
      if (credentials.app) return `Bearer ${credentials.app.access_token}`;
      throw new SynclineError('missing_installation_id', 'The app is not installed yet: this connection is pending.', {
        status: 400,
        hint: 'It becomes usable when the user has installed the app.',
      });
    case 'TWO_STEP':
      return placesTheToken(proxy) ? undefined : `Bearer ${credentials.token}`;
    case 'BASIC':
    case 'INSTALL_PLUGIN': {
      const pair = `${credentials.username}:${credentials.password ?? ''}`; // RFC 7617 section 2
      return `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    default:
      return undefined;
  }
}

function placesTheToken(proxy: ProxyRules | undefined): boolean {
  return Object.entries(proxy?.headers ?? {}).some(
    ([name, template]) =>
      template.includes('${accessToken}') ||
      (name.toLowerCase() === 'cookie' && template.includes('${credentials._cookies}')),
  );
}

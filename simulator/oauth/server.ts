// The authorization server, put together: options, memory, log, and the routes under /oauth.
import type { ApiRequest, Handler, Reply } from '../reply.ts';
import { json } from '../reply.ts';
import { createAuthorize } from './authorize.ts';
import { createGrants, type TokenPair } from './grants.ts';
import { defaultOAuth, type OAuthOptions } from './options.ts';
import { createDisconnect, createRevoke } from './revoke.ts';
import { createToken } from './token.ts';
import { createTokenLog } from './token-log.ts';

export type OAuthServer = ReturnType<typeof createOAuthServer>;

export function createOAuthServer(initial: Partial<OAuthOptions> = {}) {
  let options: OAuthOptions = { ...defaultOAuth, ...initial };
  const current = () => options;
  const grants = createGrants(current);
  const log = createTokenLog();
  const routes: Record<string, Handler> = {
    '/oauth/authorize': createAuthorize(current, grants),
    '/oauth/token': createToken(current, grants, log),
    '/oauth/revoke': createRevoke(current, grants),
    '/oauth/disconnect': createDisconnect(current, grants),
    '/.well-known/oauth-authorization-server': describeServer,
  };

  return {
    grants,
    log,
    findRoute: (path: string): Handler | undefined => (Object.hasOwn(routes, path) ? routes[path] : undefined),
    get options(): OAuthOptions {
      return options;
    },
    set(changes: Partial<OAuthOptions>): void {
      options = { ...options, ...changes };
    },
    /** Tokens as if somebody had consented; with `accessTokenTtlSeconds: 0` the access token is already stale. */
    issue({
      clientId = options.clients[0]?.clientId ?? '',
      scope = '',
      accessTokenTtlSeconds,
    }: IssueOptions = {}): TokenPair {
      return grants.issue(grants.createGrant(clientId, scope), undefined, accessTokenTtlSeconds);
    },
    reset(): void {
      options = { ...defaultOAuth, ...initial };
      grants.clear();
      log.clear();
    },
  };
}

export interface IssueOptions {
  clientId?: string;
  scope?: string;
  accessTokenTtlSeconds?: number;
}

/** RFC 8414 */
function describeServer({ origin }: ApiRequest): Reply {
  return json(200, {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    registration_endpoint: `${origin}/oauth/register`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    authorization_response_iss_parameter_supported: true,
  });
}

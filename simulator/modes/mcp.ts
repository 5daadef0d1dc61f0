// An MCP server and what a client finds out about it: protected resource metadata (RFC 9728), dynamic client registration (RFC 7591).
// Its authorization server is the simulator's OAuth server.
import { randomBytes } from 'node:crypto';
import type { OAuthServer } from '../oauth/server.ts';
import { type ApiRequest, json, parseJsonObject, type Reply } from '../reply.ts';
import type { ModeRoutes } from './modes.ts';

const metadataPath = '/.well-known/oauth-protected-resource/modes/mcp';

export function createMcp(oauth: OAuthServer): ModeRoutes {
  function serve({ headers, origin }: ApiRequest): Reply {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    if (oauth.grants.findAccessToken(bearer) !== undefined)
      return json(200, { jsonrpc: '2.0', id: 1, result: { ok: true } });
    const challenge = `Bearer error="invalid_token", resource_metadata="${origin}${metadataPath}"`;
    return json(401, { error: 'invalid_token' }, { 'www-authenticate': challenge });
  }

  const describe = ({ origin }: ApiRequest): Reply =>
    json(200, {
      resource: `${origin}/modes/mcp`,
      authorization_servers: [origin],
      scopes_supported: ['mcp:read'],
      bearer_methods_supported: ['header'],
    });

  function register({ body }: ApiRequest): Reply {
    const wanted = parseJsonObject(body);
    const redirectUris = wanted['redirect_uris'];
    if (!Array.isArray(redirectUris) || redirectUris.length === 0) return json(400, { error: 'invalid_redirect_uri' });
    const clientId = `dcr_${randomBytes(12).toString('base64url')}`;
    const isPublic = wanted['token_endpoint_auth_method'] === 'none';
    const clientSecret = isPublic ? '' : randomBytes(24).toString('base64url');
    oauth.set({
      clients: [...oauth.options.clients, { clientId, clientSecret, redirectUris: redirectUris.map(String) }],
    });
    return json(201, {
      ...wanted,
      client_id: clientId,
      ...(!isPublic && { client_secret: clientSecret, client_secret_expires_at: 0 }),
    });
  }

  return {
    routes: {
      'GET /modes/mcp': serve,
      'POST /modes/mcp': serve,
      [`GET ${metadataPath}`]: describe,
      'POST /oauth/register': register,
    },
  };
}

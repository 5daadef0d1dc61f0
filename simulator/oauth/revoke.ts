// Two ways to end a grant: the revocation endpoint (RFC 7009), which says 200 to tokens it has never seen, and a call of the API as some
// providers have it instead, with the token as bearer.
import { type ApiRequest, empty, json, type Reply } from '../reply.ts';
import { authenticateClient } from './authenticate-client.ts';
import type { Grants } from './grants.ts';
import type { OAuthOptions } from './options.ts';

export function createRevoke(options: () => OAuthOptions, grants: Grants) {
  return function revoke(request: ApiRequest): Reply {
    if (request.method !== 'POST') return json(405, { error: 'invalid_request' }, { allow: 'POST' });
    const form = new URLSearchParams(request.body.toString('utf8'));
    const client = authenticateClient(request.headers, form, options());
    if (!client) return json(401, { error: 'invalid_client' });
    const grant = grants.grantOf(form.get('token') ?? '');
    if (grant && grant.clientId === client.clientId) grants.end(grant, 'revoked');
    return empty(200);
  };
}

export function createDisconnect(grants: Grants) {
  return function disconnect({ headers }: ApiRequest): Reply {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const grant = grants.grantOf(bearer);
    if (!grant?.active) return json(401, { error: 'invalid_access_token' });
    grants.end(grant, 'revoked');
    return json(200, { ok: true });
  };
}

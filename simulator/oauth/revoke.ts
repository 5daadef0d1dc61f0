// The revocation endpoint (RFC 7009): ends the whole grant, says 200 to tokens it has never seen.
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

// Ways to end a grant: the revocation endpoint (RFC 7009), which says 200 to tokens it has never seen and reads JSON as well as a form, and
// a call of the API as some providers have it instead, with the token as bearer, or in JSON with the app's secret behind `Client`.
import { type ApiRequest, empty, json, type Reply } from '../reply.ts';
import { authenticateClient } from './authenticate-client.ts';
import type { Grants } from './grants.ts';
import type { OAuthOptions } from './options.ts';

export function createRevoke(options: () => OAuthOptions, grants: Grants) {
  return function revoke(request: ApiRequest): Reply {
    if (request.method !== 'POST') return json(405, { error: 'invalid_request' }, { allow: 'POST' });
    const fields = fieldsOf(request);
    const client = authenticateClient(request.headers, fields, options());
    if (!client) return json(401, { error: 'invalid_client' });
    const grant = grants.grantOf(fields.get('token') ?? '');
    if (grant && grant.clientId === client.clientId) grants.end(grant, 'revoked');
    return empty(200);
  };
}

export function createDisconnect(options: () => OAuthOptions, grants: Grants) {
  return function disconnect(request: ApiRequest): Reply {
    const [, scheme, secret = ''] = /^(Bearer|Client) (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    const fields = scheme === 'Client' ? fieldsOf(request) : new URLSearchParams();
    const grant = grants.grantOf(scheme === 'Client' ? (fields.get('access_token') ?? '') : secret);
    const isApp = options().clients.some(
      ({ clientId, clientSecret }) =>
        clientId === fields.get('client_id') && clientId === grant?.clientId && clientSecret === secret,
    );
    if (!grant?.active || (scheme === 'Client' && !isApp)) return json(401, { error: 'invalid_access_token' });
    grants.end(grant, 'revoked');
    return json(200, { ok: true });
  };
}

function fieldsOf({ headers, body }: ApiRequest): URLSearchParams {
  const text = body.toString('utf8');
  if (!headers['content-type']?.startsWith('application/json')) return new URLSearchParams(text);
  try {
    return new URLSearchParams(JSON.parse(text));
  } catch {
    return new URLSearchParams();
  }
}

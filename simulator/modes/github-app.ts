// An app's installations, as GitHub has them: the app's JWT buys tokens of one installation; an installation can go; a user sees hers.
import type { OAuthServer } from '../oauth/server.ts';
import { type ApiRequest, empty, json, type Reply } from '../reply.ts';
import { verifyJwt } from './jwt.ts';
import type { ModeRoutes, Trusted } from './modes.ts';
import { createTokens } from './tokens.ts';

export function createGithubApp(trusted: Trusted, { grants }: OAuthServer): ModeRoutes {
  const tokens = createTokens('ghs');

  function createToken({ headers, path }: ApiRequest): Reply {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const claims = verifyJwt(bearer, trusted.keys);
    const life = Number(claims?.['exp']) - Number(claims?.['iat']);
    if (!claims || claims['iss'] !== trusted.app.id || life > 600)
      return json(401, { message: 'A JSON web token could not be decoded' });
    const [, installation = ''] = /installations\/([^/]+)\/access_tokens$/.exec(path) ?? [];
    if (!trusted.app.installations.includes(installation)) return json(404, { message: 'Not Found' });
    const expires_at = new Date(Date.now() + tokens.ttlSeconds * 1000).toISOString();
    return json(201, { token: tokens.issue({ installation }), expires_at, permissions: { contents: 'read' } });
  }

  /** The page that installs, for somebody who says yes at once; `to` stands for the set-up URL that the app has registered. */
  function install({ query }: ApiRequest): Reply {
    const target = new URL(query.get('to') ?? '');
    const [installation = ''] = trusted.app.installations;
    for (const name of ['state', 'payload']) if (query.has(name)) target.searchParams.set(name, query.get(name) ?? '');
    target.searchParams.set('installation_id', installation);
    target.searchParams.set('setup_action', 'install');
    return empty(302, { location: target.href });
  }

  function me({ headers }: ApiRequest): Reply {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const holder = tokens.find(bearer);
    return holder ? json(200, holder) : json(401, { message: 'Bad credentials' });
  }

  function ofUser({ headers, query }: ApiRequest): Reply {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    if (!grants.findAccessToken(bearer)) return json(401, { message: 'Bad credentials' });
    const size = Number(query.get('per_page') ?? 30);
    const from = (Number(query.get('page') ?? 1) - 1) * size;
    const all = trusted.app.ofUser;
    return json(200, {
      total_count: all.length,
      installations: all.slice(from, from + size).map((id) => ({ id: Number(id) })),
    });
  }

  return {
    routes: {
      'GET /modes/app/user/installations': ofUser,
      'POST /modes/app/installations/*/access_tokens': createToken,
      'GET /modes/app/install': install,
      'GET /modes/app/me': me,
    },
    expire: tokens.expire,
    clear: tokens.clear,
  };
}

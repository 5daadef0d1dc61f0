// Logins as providers without OAuth have them: one call or two, a session with a refresh token, cookies, a JWT bearer grant (RFC 7523).
import { type ApiRequest, failure, json, parseJsonObject, type Reply } from '../reply.ts';
import { verifyJwt } from './jwt.ts';
import type { ModeRoutes, Trusted } from './modes.ts';
import { createTokens } from './tokens.ts';

export function createLogin(trusted: Trusted): ModeRoutes & { tokens: ReturnType<typeof createTokens> } {
  const tokens = createTokens('lt');
  const halves = createTokens('half');
  const refreshes = createTokens('lr');
  const cookies = createTokens('ck');

  const account = (request: ApiRequest): string | undefined => {
    const { username, password } = parseFields(request);
    return username === trusted.login.username && password === trusted.login.password ? username : undefined;
  };
  const wrong = () => failure(401, 'wrong_login', 'Unknown user or wrong password.');
  const session = (user: unknown): Reply =>
    json(200, {
      data: {
        token: tokens.issue({ user }),
        refresh: refreshes.issue({ user }),
        ttl: tokens.ttlSeconds,
        ends_at: new Date(Date.now() + tokens.ttlSeconds * 1000).toISOString(),
      },
      api_domain: 'eu',
    });

  function logIn(request: ApiRequest): Reply {
    const user = account(request);
    return user === undefined ? wrong() : session(user);
  }

  function begin(request: ApiRequest): Reply {
    const user = account(request);
    return user === undefined ? wrong() : json(200, { challenge: { id: halves.issue({ user }) } });
  }

  function confirm(request: ApiRequest): Reply {
    const holder = halves.take(request.query.get('challenge') ?? '');
    const { authorization } = request.headers;
    return holder && authorization === `Challenge ${trusted.login.password}` ? session(holder['user']) : wrong();
  }

  /** Strict rotation. */
  function refresh(request: ApiRequest): Reply {
    const holder = refreshes.take(parseFields(request)['refresh_token'] ?? '');
    return holder ? session(holder['user']) : failure(400, 'wrong_refresh_token', 'Used or unknown.');
  }

  function logInWithCookies(request: ApiRequest): Reply {
    const user = account(request);
    if (user === undefined) return wrong();
    const lines = [`SID=${cookies.issue({ user })}; Path=/; HttpOnly; Secure`, 'lang=en; Path=/'];
    return json(200, { session: 'in the cookie' }, { 'set-cookie': lines });
  }

  function bearerGrant(request: ApiRequest): Reply {
    const { grant_type, assertion = '' } = parseFields(request);
    if (grant_type !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      return json(400, { error: 'unsupported_grant_type' });
    const claims = verifyJwt(assertion, trusted.keys);
    if (claims?.['aud'] !== 'simulator') return json(400, { error: 'invalid_grant' });
    return json(200, { access_token: tokens.issue({ user: claims['sub'] }), expires_in: tokens.ttlSeconds });
  }

  function xmlLogin(request: ApiRequest): Reply {
    const text = request.body.toString();
    const [, user = ''] = /<user>(.*?)<\/user>/.exec(text) ?? [];
    if (user !== trusted.login.username || !text.includes(`<password>${trusted.login.password}</password>`))
      return wrong();
    const body = `<?xml version="1.0"?><r:response xmlns:r="urn:x"><r:session id="1"><r:token>${tokens.issue({ user })}</r:token></r:session></r:response>`;
    return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: Buffer.from(body) };
  }

  function me({ headers }: ApiRequest): Reply {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const cookie = /(?:^|; )SID=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
    const holder = tokens.find(bearer) ?? cookies.find(cookie);
    return holder ? json(200, holder) : failure(401, 'unauthorized', 'Log in first.');
  }

  return {
    tokens,
    routes: {
      'POST /modes/login': logIn,
      'GET /modes/login': logIn,
      'POST /modes/login/begin': begin,
      'POST /modes/login/confirm': confirm,
      'POST /modes/login/refresh': refresh,
      'POST /modes/login/cookies': logInWithCookies,
      'POST /modes/login/jwt-bearer': bearerGrant,
      'POST /modes/login/xml': xmlLogin,
      'GET /modes/login/me': me,
    },
    expire() {
      tokens.expire();
      cookies.expire();
    },
    clear() {
      for (const kind of [tokens, halves, refreshes, cookies]) kind.clear();
    },
  };
}

/** JSON, form or query. */
export function parseFields({ headers, body, query }: ApiRequest): Record<string, string> {
  const type = headers['content-type'] ?? '';
  if (body.length === 0) return Object.fromEntries(query);
  if (type.includes('json')) {
    const entries = Object.entries(parseJsonObject(body)).map(([name, value]) => [name, String(value)]);
    return Object.fromEntries(entries);
  }
  return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

// OAuth 1.0a (RFC 5849), the provider's side: request token, consent, access token, and an API that verifies each signature. NetSuite's
// token-based authentication is the last part with another hash and a realm.
import { createHmac } from 'node:crypto';
import { type ApiRequest, empty, failure, json, type Reply } from '../reply.ts';
import type { ModeRoutes, Trusted } from './modes.ts';
import { createTokens } from './tokens.ts';

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

export function createOAuth1(trusted: Trusted): ModeRoutes {
  const requests = createTokens('rq');
  const verifiers = createTokens('vf');
  const access = createTokens('o1');
  const seen = new Set<string>();

  const secretOf = (token: string) => `secret-${token}`;
  const form = (fields: Record<string, string>): Reply => ({
    status: 200,
    headers: { 'content-type': 'text/plain' }, // as several providers do
    body: Buffer.from(new URLSearchParams(fields).toString()),
  });
  const refused = (why: string) => failure(401, 'unauthorized', why);

  function verify(request: ApiRequest, tokenSecret: string): Record<string, string> | undefined {
    const given = parseHeader(request.headers.authorization ?? '');
    const { oauth_signature: signature = '', realm: _, ...parameters } = given;
    const { clientId, clientSecret } = trusted.oauth1;
    const method = parameters['oauth_signature_method'] ?? '';
    const nonce = `${parameters['oauth_timestamp']} ${parameters['oauth_nonce']}`;
    if (parameters['oauth_consumer_key'] !== clientId || seen.has(nonce)) return undefined;
    const key = `${encode(clientSecret)}&${encode(tokenSecret)}`;
    const base = () => baseString(request, parameters);
    const hash = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' }[method];
    const expected = method === 'PLAINTEXT' ? key : hash && createHmac(hash, key).update(base()).digest('base64');
    if (expected !== signature) return undefined;
    seen.add(nonce);
    return given;
  }

  function requestToken(request: ApiRequest): Reply {
    const given = verify(request, '');
    if (!given?.['oauth_callback']) return refused('Wrong signature, or no callback.');
    const token = requests.issue({ callback: given['oauth_callback'] });
    return form({ oauth_token: token, oauth_token_secret: secretOf(token), oauth_callback_confirmed: 'true' });
  }

  function authorize({ query }: ApiRequest): Reply {
    const token = query.get('oauth_token') ?? '';
    const holder = requests.find(token);
    if (!holder) return failure(400, 'unknown_token', 'Unknown request token.');
    const target = new URL(String(holder['callback']));
    target.searchParams.set('oauth_token', token);
    target.searchParams.set('oauth_verifier', verifiers.issue({ token }));
    return empty(302, { location: target.href });
  }

  function accessToken(request: ApiRequest): Reply {
    const { oauth_token: token = '', oauth_verifier: verifier = '' } = parseHeader(request.headers.authorization ?? '');
    if (!requests.find(token) || !verify(request, secretOf(token))) return refused('Wrong signature.');
    if (verifiers.take(verifier)?.['token'] !== token) return refused('Wrong verifier.');
    requests.take(token);
    const granted = access.issue({ user: 'sim-user' });
    return form({ oauth_token: granted, oauth_token_secret: secretOf(granted), user_id: '38895958' });
  }

  function me(request: ApiRequest): Reply {
    const { oauth_token: token = '' } = parseHeader(request.headers.authorization ?? '');
    const holder = access.find(token);
    const given = holder && verify(request, secretOf(token));
    return given
      ? json(200, { ...holder, method: given['oauth_signature_method'] })
      : refused('Wrong signature or token.');
  }

  function netsuite(request: ApiRequest): Reply {
    const { token, secret, account } = trusted.tba;
    const given = verify(request, secret);
    const isRight = given?.['oauth_token'] === token && given['oauth_signature_method'] === 'HMAC-SHA256';
    return isRight && given['realm'] === account ? json(200, { account }) : refused('Wrong signature, token or realm.');
  }

  return {
    routes: {
      'POST /modes/oauth1/request_token': requestToken,
      'GET /modes/oauth1/authorize': authorize,
      'POST /modes/oauth1/access_token': accessToken,
      'GET /modes/oauth1/me': me,
      'POST /modes/oauth1/me': me,
      'GET /modes/tba/me': netsuite,
      'POST /modes/tba/me': netsuite,
    },
    expire: access.expire,
    clear() {
      for (const kind of [requests, verifiers, access]) kind.clear();
      seen.clear();
    },
  };
}

/** Section 3.5.1. */
function parseHeader(text: string): Record<string, string> {
  if (!/^OAuth /i.test(text)) return {};
  const pairs = [...text.matchAll(/([a-z_]+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, decodeURIComponent(value)]));
}

/** Section 3.4.1. */
function baseString(
  { method, origin, path, query, headers, body }: ApiRequest,
  parameters: Record<string, string>,
): string {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const inBody = isForm ? new URLSearchParams(body.toString()) : [];
  const pairs = [...query, ...inBody, ...Object.entries(parameters)]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map((pair) => pair.join('='));
  return [method, origin + path, pairs.join('&')].map(encode).join('&');
}

// An API that takes WSSE UsernameTokens: the digest must fit, the time be near, and a nonce is good for a token, not for a replayer
// with another one.
import { createHash } from 'node:crypto';
import { type ApiRequest, failure, json, type Reply } from '../reply.ts';
import type { ModeRoutes, Trusted } from './modes.ts';

const toleranceMs = 5 * 60_000;

export function createWsse(trusted: Trusted): ModeRoutes {
  const times = new Map<string, string>();

  function me({ headers }: ApiRequest): Reply {
    const text = String(headers['x-wsse'] ?? '');
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(text)?.[1] ?? '';
    const [created, nonce] = [field('Created'), field('Nonce')];
    const sum = createHash('sha1')
      .update(Buffer.from(nonce, 'base64'))
      .update(created + trusted.login.password);
    const isRight = field('Username') === trusted.login.username && field('PasswordDigest') === sum.digest('base64');
    const isNear = Math.abs(Date.now() - Date.parse(created)) < toleranceMs;
    const isKnown = (times.get(nonce) ?? created) === created;
    if (!text.startsWith('UsernameToken ') || !isRight || !isNear || !isKnown)
      return failure(401, 'unauthorized', 'No valid WSSE token.');
    times.set(nonce, created);
    return json(200, { username: field('Username'), nonce });
  }

  return { routes: { 'GET /modes/wsse/me': me }, clear: () => times.clear() };
}

// Verifies JWTs (RFC 7519) as an API does: signature by a key it was given, algorithm by that key, times. And an API that takes them.
import { constants, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { type ApiRequest, failure, json, type Reply } from '../reply.ts';
import type { ModeRoutes, Trusted } from './modes.ts';

export interface TrustedKey {
  algorithm: 'RS256' | 'ES256' | 'PS256' | 'HS256';
  /** PEM of the public key; for HS256 the secret in hex. */
  key: string;
}

/** @returns the claims; undefined for anything that is not in order */
export function verifyJwt(
  token: string,
  keys: readonly TrustedKey[],
  nowMs = Date.now(),
): Record<string, unknown> | undefined {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const header = parse(head);
  const claims = parse(payload);
  if (!header || !claims) return undefined;
  const isSigned = keys.some(
    (trusted) => trusted.algorithm === header['alg'] && fits(`${head}.${payload}`, signature, trusted),
  );
  const seconds = nowMs / 1000;
  const isCurrent = Number(claims['exp']) > seconds && Number(claims['iat'] ?? 0) < seconds + 30;
  return isSigned && isCurrent ? claims : undefined;
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function fits(text: string, signature: string, { algorithm, key }: TrustedKey): boolean {
  const given = Buffer.from(signature, 'base64url');
  if (algorithm === 'HS256') {
    const own = createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest();
    return own.length === given.length && timingSafeEqual(own, given);
  }
  const padding = algorithm === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const encoding = algorithm === 'ES256' ? ({ dsaEncoding: 'ieee-p1363' } as const) : {};
  return verify('sha256', Buffer.from(text), { key: createPublicKey(key), ...padding, ...encoding }, given);
}

export function createJwtApi(trusted: Trusted): ModeRoutes {
  function me({ headers }: ApiRequest): Reply {
    const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const claims = verifyJwt(bearer, trusted.keys);
    return claims ? json(200, { claims }) : failure(401, 'unauthorized', 'No valid JWT.');
  }
  return { routes: { 'GET /modes/jwt/me': me } };
}

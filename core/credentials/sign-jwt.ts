// Signs a JWT (RFC 7519) in compact form. Keys are checked against the algorithm before anything is signed.
import { constants, createHmac, type KeyObject, sign } from 'node:crypto';
import { SynclineError } from '../errors.ts';

export const jwtAlgorithms = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
] as const; // prettier-ignore

export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

export interface JwtInput {
  algorithm: JwtAlgorithm;
  /** Bytes for HMAC. */
  key: KeyObject | Buffer;
  /** `alg` and `typ` are added. */
  header?: Record<string, unknown>;
  payload: Record<string, unknown>;
}

/** @throws SynclineError `invalid_certificate_or_key_format` */
export function signJwt({ algorithm, key, header = {}, payload }: JwtInput): string {
  const head = { ...header, alg: algorithm, typ: header['typ'] ?? 'JWT' };
  const text = [head, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${signature(text, algorithm, key).toString('base64url')}`;
}

/** RFC 7518 section 3.4 */
const curves: Partial<Record<JwtAlgorithm, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };

function signature(text: string, algorithm: JwtAlgorithm, key: KeyObject | Buffer): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  const family = algorithm.slice(0, 2);
  if (Buffer.isBuffer(key)) {
    if (family !== 'HS' || key.length === 0) throw wrongKey(algorithm);
    return createHmac(hash, key).update(text).digest();
  }
  const curve = curves[algorithm];
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type !== (curve ? 'ec' : 'rsa') || family === 'HS' || details?.namedCurve !== curve) throw wrongKey(algorithm);
  const bytes = Buffer.from(text);
  if (curve) return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' });
  if (family === 'RS') return sign(hash, bytes, key);
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return sign(hash, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

const wrongKey = (algorithm: string) =>
  new SynclineError('invalid_certificate_or_key_format', `This key cannot sign with ${algorithm}.`, { status: 400 });

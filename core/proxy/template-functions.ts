// The functions that a catalogue template may call. Arguments are finished text.
import { createHash, createHmac, createPublicKey, sign } from 'node:crypto';
import { SynclineError } from '../errors.ts';
import type { Scope } from './interpolate.ts';
import { signAws } from './sign-aws.ts';

const oneArgument: Record<string, (text: string) => string> = {
  base64: (text) => Buffer.from(text).toString('base64'),
  sha256Hex: (text) => createHash('sha256').update(text).digest('hex'),
  sha256Base64: (text) => createHash('sha256').update(text).digest('base64'),
  // Snowflake's public key fingerprint: digest of the SPKI, of a private or a public key.
  fingerprint: (pem) => withKey(() => `SHA256:${createHash('sha256').update(spki(pem)).digest('base64')}`),
};

const twoArguments: Record<string, (message: string, key: string) => string> = {
  hmacSha1Hex: (message, key) => createHmac('sha1', key).update(message).digest('hex'),
  ed25519Sign: (message, pem) => withKey(() => sign(null, Buffer.from(message), pem).toString('base64')),
};

export function isTemplateFunction(name: string): boolean {
  return Object.hasOwn(oneArgument, name) || Object.hasOwn(twoArguments, name) || name === 'awsSigV4';
}

/** How many; the others take all of what is between their brackets as one. */
export const argumentsOf = (name: string): { count: number | 'any' } =>
  name === 'awsSigV4' ? { count: 'any' } : { count: Object.hasOwn(twoArguments, name) ? 2 : 1 };

/** undefined: it signs a request, and none is being built. */
export function callTemplateFunction(
  name: string,
  given: readonly string[],
  about: Pick<Scope, 'request' | 'now'>,
): string | undefined {
  const [first = '', second = ''] = given;
  const one = Object.hasOwn(oneArgument, name) ? oneArgument[name] : undefined;
  if (one) return one(first);
  const two = Object.hasOwn(twoArguments, name) ? twoArguments[name] : undefined;
  if (two) return two(first, second);
  return awsSigV4(given, about);
}

/** `authorization` of Signature Version 4, over host, date, query and body. The entry sends the same date: `x-amz-date: ${now:YYYYMMDD[T]HHmmss[Z]}`. */
function awsSigV4(
  [accessKeyId = '', secretAccessKey = '', region = '', service = '', host]: readonly string[],
  { request, now }: Pick<Scope, 'request' | 'now'>,
): string | undefined {
  if (!request?.['urlCanonicalParams']) return undefined; // the request's URL is not finished yet
  const value = (name: string) => request[name]?.() ?? '';
  const url = `https://${host || value('host')}${value('path')}?${value('urlCanonicalParams')}`;
  const parts = { method: value('method'), url, headers: {}, body: value('bodyCanonicalParams'), now };
  return signAws(parts, { accessKeyId, secretAccessKey, region, service })['authorization'];
}

function spki(pem: string): Buffer {
  return createPublicKey(pem).export({ type: 'spki', format: 'der' });
}

/** OpenSSL's own message may quote the key. */
function withKey(use: () => string): string {
  try {
    return use();
  } catch {
    const message = 'The key of this connection is not a readable PEM.';
    throw new SynclineError('invalid_certificate_or_key_format', message, { status: 400 });
  }
}

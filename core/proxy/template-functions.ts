// The functions that a catalogue template may call. Arguments are finished text.
import { createHash, createHmac, createPublicKey, sign } from 'node:crypto';
import { SynclineError } from '../errors.ts';

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

export function takesTwoArguments(name: string): boolean {
  return Object.hasOwn(twoArguments, name);
}

export function callTemplateFunction(name: string, [first = '', second = '']: readonly string[]): string {
  const one = Object.hasOwn(oneArgument, name) ? oneArgument[name] : undefined;
  if (one) return one(first);
  const two = Object.hasOwn(twoArguments, name) ? twoArguments[name] : undefined;
  if (two) return two(first, second);
  throw new SynclineError('unsupported_auth', 'AWS signatures in templates are not supported yet.', { status: 400 });
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

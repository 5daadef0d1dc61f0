// SIGNATURE: a WSSE UsernameToken, made here. The password itself never leaves; a token is good for some minutes.
import { createHash, randomBytes } from 'node:crypto';
import type { Provider } from '../../../providers/schema.ts';
import type { TokenCredential } from '../credential.ts';
import { input, inputsOf, maxLengths, typeName } from './inputs.ts';
import { type AuthMode, local, type Made, type ModeSubject } from './mode.ts';

const defaultLifeMs = 5 * 60_000;
const part = { maxLength: maxLengths.basic };

export const signature: AuthMode = {
  inputs: ({ credentials }) =>
    inputsOf({
      type: typeName('SIGNATURE'),
      username: input(credentials?.['username'], part),
      password: input(credentials?.['password'], part),
    }),
  make: (subject, { username, password }) =>
    local(() => signed(subject, { username: String(username), password: String(password) })),
};

export const renewSignature = (subject: ModeSubject, { username, password }: TokenCredential) =>
  local(() => signed(subject, { username: String(username), password: String(password) }));

function signed({ provider, now }: ModeSubject, account: { username: string; password: string }): Made {
  const expiresAt = new Date(now.getTime() + (provider.token?.expires_in_ms ?? defaultLifeMs));
  const token = usernameToken({ ...account, now, nonce: randomBytes(16), digest: provider.signature?.digest });
  return { credential: { type: 'SIGNATURE', ...account, token, expires_at: expiresAt.toISOString() }, expiresAt };
}

interface TokenInput {
  username: string;
  password: string;
  now: Date;
  nonce: Buffer;
  digest: NonNullable<Provider['signature']>['digest'];
}

/**
 * OASIS UsernameToken profile 1.0 section 3.1: base64 of SHA-1(nonce + created + password). Of the APIs that have it in a header,
 * many take the nonce as hexadecimal text and base64 the digest's hexadecimal text: `digest: hex`.
 */
export function usernameToken({ username, password, now, nonce, digest = 'binary' }: TokenInput): string {
  const created = now.toISOString().replace(/\.\d{3}Z$/, 'Z');
  const isHex = digest === 'hex';
  const hash = createHash('sha1')
    .update(isHex ? nonce.toString('hex') : nonce)
    .update(created + password);
  const passwordDigest = isHex ? Buffer.from(hash.digest('hex')).toString('base64') : hash.digest('base64');
  const fields = {
    Username: username,
    PasswordDigest: passwordDigest,
    Nonce: nonce.toString(isHex ? 'hex' : 'base64'),
  };
  const list = Object.entries({ ...fields, Created: created }).map(([name, value]) => `${name}="${quoted(value)}"`);
  return `UsernameToken ${list.join(', ')}`;
}

const quoted = (text: string) => text.replace(/["\\]/g, '\\$&');

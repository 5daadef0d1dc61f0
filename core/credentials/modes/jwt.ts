// JWT: the user's key signs a token here, as the entry describes it; nobody is asked.
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Provider } from '../../../providers/schema.ts';
import { SynclineError } from '../../errors.ts';
import { interpolate, type Scope } from '../../proxy/interpolate.ts';
import type { TokenCredential } from '../credential.ts';
import { fillParams } from '../grant-params.ts';
import { normalPrivateKey, readPrivateKey } from '../private-key.ts';
import { type JwtAlgorithm, jwtAlgorithms, signJwt } from '../sign-jwt.ts';
import { formShape, inputsOf, maxLengths, typeName } from './inputs.ts';
import { type AuthMode, type Inputs, local, type Made, type ModeSubject } from './mode.ts';
import { modeScope } from './scope.ts';

const legacyKey = z.strictObject({
  id: z.string().min(1).max(maxLengths.text),
  secret: z.string().min(1).max(maxLengths.secret),
});

export const jwt: AuthMode = {
  inputs({ credentials }) {
    const { privateKey, ...shape } = formShape(credentials);
    const key = privateKey ? { privateKey: z.union([legacyKey, privateKey]) } : {};
    return inputsOf({ type: typeName('JWT'), ...shape, ...key });
  },
  make(subject, { type: _, ...inputs }) {
    const kept = withNormalKeys(subject.provider, inputs);
    return local(() => signedNow(subject, kept));
  },
};

export const renewJwt = (
  subject: ModeSubject,
  { type: _type, token: _token, expires_at: _at, ...inputs }: TokenCredential,
) => local(() => signedNow(subject, inputs));

function signedNow(subject: ModeSubject, inputs: Inputs): Made {
  const { token, expiresAt } = signToken(subject, inputs);
  return { credential: { type: 'JWT', ...inputs, token, expires_at: expiresAt.toISOString() }, expiresAt };
}

/** Keys come on one line or with `\n` written out; a fingerprint in a template wants them as they should be. */
function withNormalKeys({ signature }: Provider, inputs: Inputs): Inputs {
  if (signature?.protocol === 'HMAC') return inputs;
  const isPem = (value: unknown): value is string => typeof value === 'string' && value.includes('PRIVATE KEY-----');
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, isPem(value) ? normalPrivateKey(value) : value]),
  );
}

/** The entry's `token`; TWO_STEP makes one too, to log in with. @throws SynclineError `invalid_certificate_or_key_format` */
export function signToken(subject: ModeSubject, inputs: Inputs): { token: string; expiresAt: Date } {
  const { provider, now } = subject;
  const { token: rules, signature, name } = provider;
  if (!rules?.signing_key || !signature || signature.protocol === 'WSSE') {
    throw new SynclineError(
      'unsupported_signature_protocol',
      `Provider '${name}' does not say how a token is signed.`,
      {
        status: 400,
      },
    );
  }
  const scope = modeScope(subject, inputs);
  const header = fillParams(rules.header ?? {}, scope) as Record<string, unknown>;
  const algorithm = algorithmOf(signature.protocol, header['alg']);
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiry = issuedAt + Math.floor(rules.expires_in_ms / 1000);
  const payload = {
    ...(fillParams(rules.payload ?? {}, scope) as Record<string, unknown>),
    iat: issuedAt,
    exp: expiry,
  };
  const key = signingKey(interpolated(rules.signing_key, scope), signature);
  return { token: signJwt({ algorithm, key, header, payload }), expiresAt: new Date(expiry * 1000) };
}

const defaults = { RSA: 'RS256', HMAC: 'HS256', EC: 'ES256' } as const;

function algorithmOf(protocol: keyof typeof defaults, named: unknown): JwtAlgorithm {
  return jwtAlgorithms.find((algorithm) => algorithm === named) ?? defaults[protocol];
}

function interpolated(template: string, scope: Scope): string {
  const { text, unresolved } = interpolate(template, scope);
  if (unresolved.length === 0) return text;
  throw new SynclineError('invalid_certificate_or_key_format', 'The signing key is missing.', { status: 400 });
}

function signingKey(text: string, signature: NonNullable<Provider['signature']>): KeyObject | Buffer {
  if (signature.protocol !== 'HMAC') return readPrivateKey(text);
  const encoding = signature.hmac_secret_encoding ?? 'hex';
  if (encoding === 'utf8') return Buffer.from(text);
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return Buffer.from(text, 'hex');
  throw new SynclineError('invalid_certificate_or_key_format', 'The secret must be hexadecimal digits.', {
    status: 400,
  });
}

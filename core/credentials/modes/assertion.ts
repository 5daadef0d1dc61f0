// The assertion that some logins want: a signed JWT (RFC 7523) or SAML (RFC 7522), described by the entry.
import { SynclineError } from '../../errors.ts';
import { interpolate } from '../../proxy/interpolate.ts';
import { fillParams } from '../grant-params.ts';
import { readPrivateKey } from '../private-key.ts';
import { jwtAlgorithms, signJwt } from '../sign-jwt.ts';
import type { Inputs, ModeSubject } from './mode.ts';
import { signSaml } from './saml.ts';
import { modeScope } from './scope.ts';

const defaultLifeSeconds = 300;

/** @throws SynclineError `invalid_certificate_or_key_format` */
export function makeAssertion(subject: ModeSubject, inputs: Inputs, extra: Record<string, unknown>): string {
  const rules = subject.provider.assertion!;
  const scope = modeScope(subject, inputs, extra);
  const { text, unresolved } = interpolate(rules.key, scope);
  if (unresolved.length > 0) {
    throw new SynclineError('invalid_certificate_or_key_format', 'The key of the assertion is missing.', {
      status: 400,
    });
  }
  const key = readPrivateKey(text);
  const lifeSeconds = rules.lifetimeInSeconds ?? defaultLifeSeconds;
  if (rules.type === 'saml') {
    const filled = fillParams({ ...rules, key: undefined }, scope) as Omit<typeof rules, 'key'>;
    return signSaml({ ...filled, key, lifeSeconds, now: subject.now });
  }
  const header = fillParams(rules.header ?? {}, scope) as Record<string, unknown>;
  const algorithm = jwtAlgorithms.find((name) => name === header['alg']) ?? 'RS256';
  const issuedAt = Math.floor(subject.now.getTime() / 1000);
  const claims = { iat: issuedAt, exp: issuedAt + lifeSeconds };
  const payload = { ...claims, ...(fillParams(rules.payload ?? {}, scope) as Record<string, unknown>) };
  return signJwt({ algorithm, key, header, payload });
}

// OAUTH2_CC: the user's own client gets a token for itself (RFC 6749 section 4.4), by secret, certificate or signed assertion.
import type { Provider } from '../../../providers/schema.ts';
import { assumedLifeMs, type ClientCredentialsCredential } from '../credential.ts';
import { checkKeyPair } from '../private-key.ts';
import { metadataOf } from '../response-metadata.ts';
import { type RawTokenAnswer, readTokenAnswer } from '../token-answer.ts';
import { buildTokenRequest } from '../token-request.ts';
import { formShape, input, inputsOf, maxLengths, typeName } from './inputs.ts';
import { type AuthMode, type Exchange, type ModeSubject, type Outcome, single } from './mode.ts';

export const oauth2Cc: AuthMode = {
  inputs(provider) {
    const fields = provider.credentials;
    const needsKey = provider.require_client_certificate || provider.token_request_auth_method === 'private_key_jwt';
    const key = { maxLength: maxLengths.secret, optional: !needsKey };
    return inputsOf({
      ...formShape(fields),
      type: typeName('OAUTH2_CC'),
      client_id: input(fields?.['client_id'], { maxLength: 255, optional: hasOther(provider, 'client_id') }),
      client_secret: input(fields?.['client_secret'], {
        maxLength: maxLengths.clientSecret,
        optional: needsKey || hasOther(provider, 'client_secret'),
      }),
      client_private_key: input(fields?.['client_private_key'], key),
      client_certificate: input(fields?.['client_certificate'], {
        ...key,
        optional: !provider.require_client_certificate,
      }),
    });
  },
  make: (subject, { type: _, ...inputs }) =>
    grant(subject, withKeyPair(subject.provider, { client_id: '', ...inputs, type: 'OAUTH2_CC', token: '', raw: {} })),
};

/** As TLS wants them; each request of the connection shows them. @throws SynclineError `invalid_certificate_or_key_format` */
export function withKeyPair(provider: Provider, given: ClientCredentialsCredential): ClientCredentialsCredential {
  if (!provider.require_client_certificate) return given;
  const { client_certificate: certificate, client_private_key: privateKey } = given;
  const pair = checkKeyPair({ certificate, privateKey });
  return { ...given, client_certificate: pair.certificate, client_private_key: pair.privateKey };
}

/** An entry whose form has no such field asks for its own instead and places them itself. */
const hasOther = ({ credentials }: Provider, name: string) =>
  credentials !== undefined && Object.keys(credentials).length > 0 && credentials[name] === undefined;

export const renewOAuth2Cc = (subject: ModeSubject, credential: ClientCredentialsCredential): Exchange =>
  grant(subject, credential);

const grant = (subject: ModeSubject, credential: ClientCredentialsCredential): Exchange =>
  single(buildTokenRequest({ ...subject, credential }), (answer) => readGrant(answer, subject, credential));

function readGrant(answer: RawTokenAnswer, { provider }: ModeSubject, before: ClientCredentialsCredential): Outcome {
  const result = readTokenAnswer(answer, provider);
  if ('refusal' in result) return result;
  const { accessToken, data, expiresAt = new Date(answer.receivedAt.getTime() + assumedLifeMs) } = result.tokens;
  const told = { token: accessToken, expires_at: expiresAt.toISOString(), raw: data };
  return {
    made: { credential: { ...before, ...told }, expiresAt, config: metadataOf(provider.token_response_metadata, data) },
  };
}

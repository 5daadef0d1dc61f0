// OAuth 1.0a (RFC 5849) for OAUTH1 and TBA: signs method, final URL and form parameters.
import { constants, createHmac, randomBytes, sign } from 'node:crypto';
import { SynclineError } from '../errors.ts';
import { canonicalPairs, percentEncode } from './canonical-params.ts';

export const signatureMethods = ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT'] as const;
export type SignatureMethod = (typeof signatureMethods)[number];

export interface OAuth1Input {
  method: string;
  url: string;
  /** Of a form body; signed like the query (section 3.4.1.3.1). */
  form?: string | undefined;
  clientId: string | undefined;
  clientSecret: string | undefined;
  /** undefined: there is none yet (section 2.1). */
  token: string | undefined;
  tokenSecret: string;
  signatureMethod: SignatureMethod;
  /** Further ones: `oauth_callback`, `oauth_verifier`. */
  oauth?: Readonly<Record<string, string>>;
  realm?: string | undefined;
  now?: Date;
  nonce?: string;
}

/** @throws SynclineError `unsupported_auth` without client credentials */
export function signOAuth1(input: OAuth1Input): string {
  const {
    clientId,
    clientSecret,
    token,
    signatureMethod,
    realm,
    oauth = {},
    now = new Date(),
    nonce = randomBytes(16).toString('hex'),
  } = input;
  if (clientId === undefined || clientSecret === undefined) {
    throw new SynclineError('unsupported_auth', 'Signing needs the client id and secret of the integration.', {
      status: 400,
    });
  }
  const parameters: [string, string][] = [
    ['oauth_consumer_key', clientId],
    ['oauth_nonce', nonce],
    ['oauth_signature_method', signatureMethod],
    ['oauth_timestamp', String(Math.floor(now.getTime() / 1000))],
    ...(token === undefined ? [] : [['oauth_token', token] satisfies [string, string]]),
    ...Object.entries(oauth),
    ['oauth_version', '1.0'],
  ];
  const signature = signBase(baseString(input, parameters), { ...input, clientSecret });
  const sent = [
    ...(realm === undefined ? [] : [['realm', realm] as const]),
    ...parameters,
    ['oauth_signature', signature] as const,
  ];
  return `OAuth ${sent.map(([name, value]) => `${name}="${percentEncode(value)}"`).join(', ')}`;
}

/** Of exactly these parameters. Section 3.4.1: default ports and the query are not part of the URL. */
export function baseString(
  { method, url: text, form }: Pick<OAuth1Input, 'method' | 'url' | 'form'>,
  parameters: readonly [string, string][],
): string {
  const url = new URL(text);
  const pairs = [...url.searchParams, ...new URLSearchParams(form ?? ''), ...parameters] as [string, string][];
  return [method.toUpperCase(), url.origin + url.pathname, canonicalPairs(pairs)].map(percentEncode).join('&');
}

/** Section 3.4.2 to 3.4.4. */
export function signBase(
  base: string,
  {
    signatureMethod,
    clientSecret,
    tokenSecret,
  }: Pick<OAuth1Input, 'signatureMethod' | 'tokenSecret'> & { clientSecret: string },
): string {
  const key = `${percentEncode(clientSecret)}&${percentEncode(tokenSecret)}`;
  switch (signatureMethod) {
    case 'HMAC-SHA1':
      return createHmac('sha1', key).update(base).digest('base64');
    case 'HMAC-SHA256':
      return createHmac('sha256', key).update(base).digest('base64');
    case 'RSA-SHA1': // section 3.4.3: the client secret is the private key
      return sign('sha1', Buffer.from(base), { key: clientSecret, padding: constants.RSA_PKCS1_PADDING }).toString(
        'base64',
      );
    case 'PLAINTEXT':
      return key;
  }
}

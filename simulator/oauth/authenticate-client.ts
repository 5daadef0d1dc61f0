// Which client asks: Basic (form-encoded first, RFC 6749 section 2.3.1) or id and secret in the body.
import type { IncomingHttpHeaders } from 'node:http';
import { parseBasic } from '../authenticate.ts';
import type { OAuthClient, OAuthOptions } from './options.ts';

export function authenticateClient(
  headers: IncomingHttpHeaders,
  form: URLSearchParams,
  { clients, clientAuth }: OAuthOptions,
): OAuthClient | undefined {
  if (clientAuth !== 'any' && clientAuth !== wayOf(headers)) return undefined;
  const { clientId, clientSecret } = presented(headers, form);
  return clients.find((client) => client.clientId === clientId && client.clientSecret === clientSecret);
}

const wayOf = ({ authorization = '' }: IncomingHttpHeaders) => (/^basic\s/i.test(authorization) ? 'basic' : 'body');

function presented(headers: IncomingHttpHeaders, form: URLSearchParams): { clientId: string; clientSecret: string } {
  const [, encoded] = /^basic\s+(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) {
    return { clientId: form.get('client_id') ?? '', clientSecret: form.get('client_secret') ?? '' };
  }
  const { username, password } = parseBasic(encoded);
  return { clientId: formDecode(username), clientSecret: formDecode(password) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text; // a client that does not encode, with a percent sign in its secret
  }
}

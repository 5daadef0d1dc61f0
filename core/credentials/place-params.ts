// Puts the parameters of a token request where the entry wants them: a form, JSON, the query, XML.
import type { Provider } from '../../providers/schema.ts';
import { renderXml } from './xml.ts';

export interface TokenRequest {
  url: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string | null;
  /** Set when the request is just RFC 6749 section 4.1.3 or 6, so that a library can make it. */
  standard?: StandardGrant;
  /** RFC 8705: the client proves itself in the TLS handshake. */
  clientCertificate?: ClientCertificate | undefined;
  /** Headers of the answer that the reader of it needs. */
  keepHeaders?: readonly string[];
}

export type StandardGrant =
  | { client: Client; refreshToken: string }
  /** `verifier` null: without PKCE. */
  | { client: Client; code: string; verifier: string | null; redirectUri: string };

export interface Client {
  id: string;
  /** undefined: a public client. */
  secret: string | undefined;
}

/** Both PEM. */
export interface ClientCertificate {
  certificate: string;
  privateKey: string;
}

export interface Placing extends Pick<TokenRequest, 'url' | 'method' | 'headers' | 'clientCertificate'> {
  params: Record<string, unknown>;
  format: NonNullable<Provider['body_format']>;
}

export function placeParams({ params, format, ...request }: Placing): TokenRequest {
  const { url, method, headers } = request;
  if (format === 'query' || method === 'GET') {
    const full = new URL(url);
    for (const [name, value] of formPairs(params)) full.searchParams.append(name, value);
    return { ...request, url: full.href, body: null };
  }
  const { type, body } = bodyOf(params, format);
  return { ...request, headers: { 'content-type': type, ...headers }, body };
}

function bodyOf(params: Record<string, unknown>, format: 'form' | 'json' | 'xml'): { type: string; body: string } {
  switch (format) {
    case 'json':
      return { type: 'application/json', body: JSON.stringify(params) };
    case 'xml':
      return { type: 'application/xml', body: renderXml(params) };
    case 'form':
      return {
        type: 'application/x-www-form-urlencoded',
        body: new URLSearchParams(formPairs(params)).toString(),
      };
  }
}

/** Nested parameters in brackets: `a[b]=c`. */
function formPairs(value: unknown, name = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => formPairs(inner, name === '' ? key : `${name}[${key}]`));
}

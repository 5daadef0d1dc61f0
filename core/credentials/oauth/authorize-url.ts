// The URL that sends a browser to the provider's consent page (RFC 6749 section 4.1.1), by what the entry says is unusual.
import type { Provider } from '../../../providers/schema.ts';
import { SynclineError } from '../../errors.ts';
import type { Scope } from '../../proxy/interpolate.ts';
import { fillUrl } from '../fill-url.ts';
import { fillParams } from '../grant-params.ts';
import type { ModeSubject } from '../modes/mode.ts';
import { challengeOf } from './pkce.ts';
import { joinScopes } from './scopes.ts';

export interface AuthorizeInput extends Pick<ModeSubject, 'provider' | 'connection' | 'integrationConfig'> {
  scope: Scope;
  clientId: string;
  redirectUri: string;
  scopes: string[];
  /** A second list that some providers know; see `user_scope` of Slack. */
  userScopes: string[];
  state: string;
  /** undefined: the entry switches PKCE off. */
  verifier: string | undefined;
  /** What the browser asked for; weaker than what the session says. */
  browserParams: Readonly<Record<string, string>>;
  sessionParams: Readonly<Record<string, string>>;
}

/**
 * What decides where the answer goes and whose it is. `request` and `request_uri` carry a whole set of parameters of
 * their own (RFC 9101), which would win over ours.
 */
const reserved = new Set([
  'state',
  'redirect_uri',
  'client_id',
  'response_type',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'request',
  'request_uri',
]);

const name = /^[A-Za-z0-9_.:-]{1,100}$/;

/** Clients remove a parameter of the entry with this text. */
const removed = 'undefined';

/** @throws SynclineError `provider_config_err`; `missing_api_url` when values of the connection do not fit into the URL */
export function buildAuthorizeUrl(input: AuthorizeInput): string {
  const { provider } = input;
  if (provider.authorization_url === undefined) {
    throw new SynclineError('provider_config_err', `Provider '${provider.name}' has no authorization URL.`, {
      status: 400,
    });
  }
  const base = fillUrl(provider.authorization_url, input, input.scope);
  const query = authorizeParams(input)
    .filter(([, value]) => !(provider.authorization_url_skip_empty && value === ''))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encoded(provider, key, value)}`)
    .join('&');
  return replaceTexts(join(base, query, provider), provider.authorization_url_replacements);
}

/** In the field's usual order, then whatever else is asked for. */
function authorizeParams(input: AuthorizeInput): [string, string][] {
  const { provider, clientId, redirectUri, scopes, userScopes, state, verifier } = input;
  const entry = fillParams(provider.authorization_params ?? {}, input.scope) as Record<string, string>;
  const ours: Record<string, string> = {
    response_type: entry['response_type'] ?? 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scopes.length > 0 && { scope: joinScopes(provider, scopes) }),
    state,
    ...(verifier !== undefined && { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' }),
  };
  const foreign: Record<string, string> = {
    ...entry,
    ...allowed(input.browserParams, provider),
    ...(userScopes.length > 0 && { user_scope: userScopes.join(',') }),
    ...allowed(input.sessionParams, provider),
  };
  const params = new Map(Object.entries(ours));
  for (const [key, value] of Object.entries(foreign)) {
    if (isReserved(key, provider)) continue;
    if (value === removed) params.delete(key);
    else params.set(key, value);
  }
  return [...params];
}

const allowed = (given: Readonly<Record<string, string>>, provider: Provider): Record<string, string> =>
  Object.fromEntries(Object.entries(given).filter(([key]) => name.test(key) && !isReserved(key, provider)));

/** Also under the name that the entry gives a reserved one: nobody may send it twice. */
function isReserved(key: string, { authorization_url_replacements = {} }: Provider): boolean {
  const plain = key.toLowerCase();
  if (reserved.has(plain)) return true;
  return Object.entries(authorization_url_replacements).some(
    ([from, to]) => reserved.has(from.replace(/=.*$/, '')) && to.replace(/=.*$/, '').toLowerCase() === plain,
  );
}

function encoded({ authorization_url_skip_encode: skipped }: Provider, key: string, value: string): string {
  // Spaces and delimiters would end the parameter: those are encoded also where the entry wants the rest as it is.
  if (key === 'scope' && skipped?.includes('scopes')) return value.replace(/[\s&#%]/g, encodeURIComponent);
  return encodeURIComponent(value);
}

function join(base: string, query: string, { authorization_url_fragment: fragment }: Provider): string {
  if (fragment !== undefined) return `${base}#${fragment}?${query}`;
  return `${base}${base.includes('?') ? '&' : '?'}${query}`;
}

const replaceTexts = (url: string, replacements: Record<string, string> = {}): string =>
  Object.entries(replacements).reduce((text, [from, to]) => text.replaceAll(from, to), url);

// The parameters and headers of a token request, filled from the entry's templates.
import type { Provider } from '../../providers/schema.ts';
import { SynclineError } from '../errors.ts';
import { interpolate, type Scope } from '../proxy/interpolate.ts';
import type { TokenRequestInput } from './token-request.ts';

export function grantParams(
  { provider, credential, app, connection }: TokenRequestInput,
  scope: Scope,
): Record<string, unknown> {
  if (credential.type === 'OAUTH2') {
    const params = fillParams(provider.refresh_params ?? {}, scope) as Record<string, unknown>;
    return { grant_type: 'refresh_token', refresh_token: credential.refresh_token, ...params };
  }
  const override = connection.connectionConfig['oauth_scopes_override'];
  const listed = [override, app.scopes, provider.default_scopes].find(
    (scopes) => scopes !== undefined && scopes !== '',
  );
  const scopes = Array.isArray(listed) ? listed.map(String) : typeof listed === 'string' ? listed.split(',') : [];
  const wanted = scopes.map((name) => name.trim()).join(provider.scope_separator ?? ' ');
  const params = fillParams(provider.token_params ?? {}, scope) as Record<string, unknown>;
  return { grant_type: 'client_credentials', ...(wanted && { scope: wanted }), ...params };
}

/** A leaf whose placeholder has no value is left out. */
export function fillParams(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const { text, unresolved } = interpolate(value, scope);
    return unresolved.length === 0 ? text : undefined;
  }
  if (Array.isArray(value)) return value.map((item) => fillParams(item, scope)).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  return withoutAbsent(
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fillParams(inner, scope)])),
  );
}

export const withoutAbsent = (params: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));

export function tokenHeaders(
  { token_headers: templates = {} }: Pick<Provider, 'token_headers'>,
  scope: Scope,
): Record<string, string> {
  const filled = fillParams(templates, scope) as Record<string, string>;
  return Object.fromEntries(Object.entries(filled).map(([name, value]) => [name.toLowerCase(), sendable(name, value)]));
}

/** RFC 9110 section 5.5. The value stays out of the message: it may be a credential. */
function sendable(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new SynclineError('invalid_headers', `A value of this connection cannot stand in the header ${name}.`, {
    status: 400,
  });
}

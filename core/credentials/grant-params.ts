// The parameters and headers of a token request, filled from the entry's templates.
import type { Provider } from '../../providers/schema.ts';
import { interpolate, type Scope } from '../proxy/interpolate.ts';
import type { TokenRequestInput } from './token-request.ts';

export function grantParams(
  { provider, credential, app, connection }: TokenRequestInput,
  scope: Scope,
): Record<string, unknown> {
  if (credential.type === 'OAUTH2') {
    const params = fill(provider.refresh_params ?? {}, scope) as Record<string, unknown>;
    return { grant_type: 'refresh_token', refresh_token: credential.refresh_token, ...params };
  }
  const override = connection.connectionConfig['oauth_scopes_override'];
  const listed = [override, app.scopes, provider.default_scopes].find(
    (scopes) => scopes !== undefined && scopes !== '',
  );
  const scopes = Array.isArray(listed) ? listed.map(String) : typeof listed === 'string' ? listed.split(',') : [];
  const wanted = scopes.map((name) => name.trim()).join(provider.scope_separator ?? ' ');
  const params = fill(provider.token_params ?? {}, scope) as Record<string, unknown>;
  return { grant_type: 'client_credentials', ...(wanted && { scope: wanted }), ...params };
}

/** A leaf whose placeholder has no value is left out. */
function fill(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const { text, unresolved } = interpolate(value, scope);
    return unresolved.length === 0 ? text : undefined;
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, scope)).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  return withoutAbsent(Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, scope)])));
}

export const withoutAbsent = (params: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));

export function tokenHeaders({ token_headers: templates = {} }: Provider, scope: Scope): Record<string, string> {
  const filled = fill(templates, scope) as Record<string, string>;
  return Object.fromEntries(Object.entries(filled).map(([name, value]) => [name.toLowerCase(), value]));
}

// Which scopes a flow asks for, and how the provider wants them written.
import type { Provider } from '../../../providers/schema.ts';

/** The connection's own override, else the integration's, else the entry's defaults. Stored as a comma list, or as an array. */
export function scopesOf(
  { default_scopes }: Pick<Provider, 'default_scopes'>,
  { override, integration }: { override: unknown; integration: string | undefined },
): string[] {
  const listed = [override, integration].find((scopes) => scopes !== undefined && scopes !== null && scopes !== '');
  return splitScopes(listed ?? default_scopes);
}

export function splitScopes(listed: unknown): string[] {
  const names = Array.isArray(listed) ? listed.map(String) : typeof listed === 'string' ? listed.split(',') : [];
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

export const joinScopes = ({ scope_separator = ' ' }: Pick<Provider, 'scope_separator'>, scopes: string[]): string =>
  scopes.join(scope_separator);

// Values of a connection's configuration that stand in URLs, by the grammar of their place: `evil.com/#` is no subdomain (security
// case 11). The same grammar holds again when a URL is filled; here the person who typed it learns which value it was.
import { urlAlternatives } from '../../providers/positions.ts';
import type { Provider } from '../../providers/schema.ts';
import { SynclineError } from '../errors.ts';
import { fitToPosition } from '../proxy/position-values.ts';

/** @throws SynclineError `invalid_body`, an entry for each value */
export function checkUrlValues(provider: Provider, config: Readonly<Record<string, unknown>>): void {
  const wrong = new Set<string>();
  for (const template of urlTemplates(provider)) {
    for (const { variables, hostSuffix } of urlAlternatives(template, provider.proxy?.variables)) {
      for (const { name: placeholder, position } of variables) {
        const name = placeholder.replace(/^connectionConfig\./, '');
        const value = name === placeholder ? undefined : config[name];
        if (value === undefined || value === null || value === '') continue;
        const isText = typeof value === 'string' || typeof value === 'number';
        if (!isText || fitToPosition(String(value), position, hostSuffix) === undefined) wrong.add(name);
      }
    }
  }
  if (wrong.size === 0) return;
  throw new SynclineError('invalid_body', '', {
    status: 400,
    errors: [...wrong].map((name) => {
      const title = provider.connection_config?.[name]?.title ?? name;
      const message = `${title} cannot stand in an address of ${provider.display_name} as it is.`;
      return { code: 'invalid_format', message, path: ['connection_config', name] };
    }),
  });
}

function urlTemplates({ proxy, ...entry }: Provider): string[] {
  const byMode = typeof entry.token_url === 'string' ? [entry.token_url] : Object.values(entry.token_url ?? {});
  const others = [
    entry.authorization_url,
    entry.refresh_url,
    entry.revocation_url,
    entry.request_url,
    entry.registration_url,
    entry.user_installations_url,
    proxy?.base_url,
    ...(entry.additional_steps ?? []).map((step) => step.token_url),
  ];
  return [...byMode, ...others].filter((template) => template !== undefined);
}

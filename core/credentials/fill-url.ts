// Fills a URL that gets a secret. Values are fitted into it as into a base URL: they must not lead to another host.
import { resolveBaseUrl } from '../proxy/base-url.ts';
import type { Scope } from '../proxy/interpolate.ts';
import type { ModeSubject } from './modes/mode.ts';

/** @throws SynclineError `missing_api_url` */
export function fillUrl(
  template: string,
  { provider, connection, integrationConfig }: Pick<ModeSubject, 'provider' | 'connection' | 'integrationConfig'>,
  scope: Scope,
): string {
  const { base } = resolveBaseUrl({
    provider: {
      auth_mode: 'OAUTH2', // any mode whose base URL is its template alone
      proxy: { base_url: template, ...(provider.proxy?.variables && { variables: provider.proxy.variables }) },
    },
    integration: { config: integrationConfig },
    connection,
    scope,
    policy: { mode: 'off' },
  });
  const url = template.trim().endsWith('/') ? `${base}/` : base;
  return provider.decode_url ? decodeURI(url) : url;
}

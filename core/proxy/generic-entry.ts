// Gives an API without a catalogue entry of its own its place for the key: the integration's settings become entry keys.
import type { ProxyEntry, ProxyIntegration } from './entry.ts';

/** `integration_config` {keyPlacement, keyName, valueTemplate}; `baseUrl` is base-url.ts's. Entries with a base URL stay as they are. */
export function withIntegrationConfig(provider: ProxyEntry, { config }: ProxyIntegration): ProxyEntry {
  const { keyName, keyPlacement = 'header', valueTemplate = '${apiKey}' } = config ?? {};
  if (
    provider.auth_mode !== 'API_KEY' ||
    provider.proxy?.base_url !== undefined ||
    keyName === undefined ||
    keyName === ''
  )
    return provider;
  if (!valueTemplate.includes('${apiKey}')) return provider;
  const place =
    keyPlacement === 'query'
      ? { query: { ...provider.proxy?.query, [keyName]: valueTemplate } }
      : { headers: { ...provider.proxy?.headers, [keyName.toLowerCase()]: valueTemplate } };
  return { ...provider, proxy: { ...provider.proxy, ...place } };
}

// Catalogue entries of the simulator with what real providers do differently.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** By the name of the integration: what is different. */
export const oauthVariants: Readonly<Record<string, Record<string, unknown>>> = {
  basic: { token_request_auth_method: 'basic' },
  'json-body': { body_format: 'json' },
  'query-body': { body_format: 'query' },
  'no-pkce': { disable_pkce: true, pkce_reason: 'a test' },
  'other-code': { authorization_code_param_in_callback: 'spapi_oauth_code' },
  'nested-token': { alternate_access_token_response_path: 'authed_user' },
  metadata: {
    token_response_metadata: ['instance_url', 'team.id'],
    redirect_uri_metadata: ['realmId'],
    connection_config: { realmId: { type: 'string', title: 'Realm', automated: true } },
  },
  'comma-scopes': { scope_separator: ',' },
  'needs-iss': { authorization_response_iss_parameter_supported: true },
  'known-iss': { issuer: 'https://attacker.example' },
  verified: {
    proxy: {
      base_url: '${connectionConfig.base_url}',
      variables: { base_url: 'origin' },
      verification: { method: 'GET', endpoints: ['/me'] },
    },
  },
  guarded: {},
};

const origin = '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$';

/** As providers/simulator.yaml, with `changes` laid over it. */
const entry = (changes: Record<string, unknown>) => ({
  display_name: 'Simulator, changed',
  auth_mode: 'OAUTH2',
  authorization_url: '${connectionConfig.base_url}/oauth/authorize',
  authorization_params: { response_type: 'code' },
  token_url: '${connectionConfig.base_url}/oauth/token',
  token_params: { grant_type: 'authorization_code' },
  refresh_params: { grant_type: 'refresh_token' },
  connection_config: {
    base_url: { type: 'string', title: 'Address', format: 'uri', pattern: origin },
    ...(changes['connection_config'] as object),
  },
  proxy: { base_url: '${connectionConfig.base_url}', variables: { base_url: 'origin' } },
  ...Object.fromEntries(Object.entries(changes).filter(([name]) => name !== 'connection_config')),
});

export function writeProviders(folder: string, entries: Readonly<Record<string, Record<string, unknown>>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, changes] of Object.entries(entries)) {
    writeFileSync(join(folder, `${name}.yaml`), stringify(entry(changes)));
  }
  return folder;
}

/** Entries by the name of the integration → entries by the name of the provider. */
export const toProviders = (variants: Readonly<Record<string, Record<string, unknown>>>) =>
  Object.fromEntries(Object.entries(variants).map(([name, changes]) => [providerOf(name), changes]));

export const providerOf = (integration: string) => `oauth-${integration}`;

// Catalogue entries of the simulator with what real providers do differently, for the instance of a test.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

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

export function writeProviders(folder: string, entries: Record<string, Record<string, unknown>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, changes] of Object.entries(entries)) {
    writeFileSync(join(folder, `${name}.yaml`), stringify(entry(changes)));
  }
  return folder;
}

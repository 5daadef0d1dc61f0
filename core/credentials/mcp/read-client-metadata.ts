// Finds the integration that a client metadata document is about; anybody may ask.
import { redirectUriOf } from '../../connections/flows/redirect-uri.ts';
import type { Database } from '../../db/database.ts';
import { readConnectSettings } from '../../environments/connect-settings.ts';
import { SynclineError } from '../../errors.ts';
import { findIntegration, openIntegration } from '../../integrations/read-integration.ts';
import { type ClientMetadata, clientMetadata } from './client-metadata.ts';

const unknown = (code: string, message: string) => new SynclineError(code, message, { status: 404 });

/** @throws SynclineError `unknown_environment`, `unknown_provider_config` (404) */
export async function readClientMetadata(
  { forEnvironment, platform }: Pick<Database, 'forEnvironment' | 'platform'>,
  {
    environmentId,
    providerConfigKey,
    publicUrl,
  }: { environmentId: string; providerConfigKey: string; publicUrl: string },
): Promise<ClientMetadata> {
  const [known] = await platform<{ id: string }[]>`SELECT id FROM environments WHERE id::text = ${environmentId}`;
  if (!known) throw unknown('unknown_environment', 'There is no such environment.');
  const environment = await forEnvironment(known.id);
  const row = await environment.transaction((tx) => findIntegration(tx, providerConfigKey));
  const settings = await readConnectSettings(environment);
  const { credentials } = row ? openIntegration(environment, row) : {};
  const isMcp =
    credentials === null || credentials?.type === 'MCP_OAUTH2' || credentials?.type === 'MCP_OAUTH2_GENERIC';
  if (!row || !isMcp) throw unknown('unknown_provider_config', 'There is no such integration.');
  return clientMetadata({
    publicUrl,
    environmentId,
    providerConfigKey: row.uniqueKey,
    redirectUris: [redirectUriOf(row, settings, publicUrl)],
    app: credentials?.type === 'MCP_OAUTH2_GENERIC' ? credentials : {},
    displayName: row.displayName,
  });
}

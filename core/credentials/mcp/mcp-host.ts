// What an MCP flow has to know about us: how we introduce ourselves to a server that has never heard of this instance.
import type { EnvironmentDb } from '../../db/database.ts';
import type { IntegrationRow } from '../../integrations/read-integration.ts';
import { isReachable, metadataUrl } from './client-metadata.ts';
import { keepClient } from './keep-client.ts';
import type { RegisteredClient } from './register-client.ts';

export interface McpHost {
  /** Of our client metadata document; undefined: nobody out there could fetch it. */
  metadataUrl: string | undefined;
  clientName: string;
  clientUri: string;
  /** For servers in the catalogue: a client that was registered is the integration's. @returns the one that is kept, which may be another's */
  keepClient(client: RegisteredClient): Promise<RegisteredClient>;
}

export function mcpHost(environment: EnvironmentDb, integration: IntegrationRow, publicUrl: string): McpHost {
  const { environmentId } = environment;
  const place = { publicUrl, environmentId, providerConfigKey: integration.uniqueKey };
  return {
    metadataUrl: isReachable(publicUrl) ? metadataUrl(place) : undefined,
    clientName: integration.displayName,
    clientUri: publicUrl,
    keepClient: (client) => keepClient(environment, integration.id, client),
  };
}

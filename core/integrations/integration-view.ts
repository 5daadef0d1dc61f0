// An integration as the outside sees it.
import type { Catalogue } from '../../providers/load.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { type AppCredentials, openSecrets } from './app-credentials.ts';
import type { IntegrationRow } from './read-integration.ts';

export interface IntegrationView {
  unique_key: string;
  provider: string;
  display_name: string;
  logo: string;
  forward_webhooks: boolean;
  created_at: string;
  updated_at: string;
  webhook_url?: string | null;
  credentials?: Record<string, string | null> | null;
}

export interface ViewOptions {
  catalogue: Catalogue;
  publicUrl: string;
  include?: readonly ('webhook' | 'credentials')[];
}

export function toIntegrationView(
  environment: EnvironmentDb,
  row: IntegrationRow,
  { catalogue, publicUrl, include = [] }: ViewOptions,
): IntegrationView {
  const provider = catalogue.get(row.provider);
  const takesWebhooks = Boolean(provider?.webhook_routing_script);
  const webhookUrl = `${publicUrl}/webhook/${environment.environmentId}/${encodeURIComponent(row.uniqueKey)}`;
  return {
    unique_key: row.uniqueKey,
    provider: row.provider,
    display_name: row.displayName,
    logo: provider?.logo_url ?? '',
    forward_webhooks: row.forwardWebhooks,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    ...(include.includes('webhook') && { webhook_url: takesWebhooks ? webhookUrl : null }),
    ...(include.includes('credentials') && {
      credentials: credentialsView(openSecrets(environment.cipher, row).credentials),
    }),
  };
}

/** Every key of its type is there; what was not given is null. */
const keysOf: Record<AppCredentials['type'], readonly string[]> = {
  OAUTH1: ['client_id', 'client_secret', 'scopes', 'webhook_secret'],
  OAUTH2: ['client_id', 'client_secret', 'scopes', 'webhook_secret'],
  TBA: ['client_id', 'client_secret', 'scopes', 'webhook_secret'],
  APP: ['app_id', 'private_key', 'app_link'],
  CUSTOM: ['client_id', 'client_secret', 'app_id', 'app_link', 'private_key'],
  OAUTH2_CC: ['scopes'],
  MCP_OAUTH2: ['client_id', 'client_secret', 'scopes'],
  MCP_OAUTH2_GENERIC: ['client_name', 'client_uri', 'client_logo_uri', 'scopes'],
  INSTALL_PLUGIN: ['app_link', 'username', 'password'],
  API_KEY: ['webhook_secret'],
  BASIC: ['webhook_secret'],
  TWO_STEP: ['webhook_secret'],
  JWT: ['webhook_secret'],
  BILL: ['webhook_secret'],
  SIGNATURE: ['webhook_secret'],
  AWS_SIGV4: ['webhook_secret'],
  NONE: ['webhook_secret'],
};

function credentialsView(credentials: AppCredentials | null): Record<string, string | null> | null {
  if (!credentials) return null;
  const values = credentials as Record<string, string | undefined>;
  return Object.fromEntries(
    ['type', ...keysOf[credentials.type]].map((key) => [key, values[key] ?? (key === 'scopes' ? '' : null)]),
  );
}

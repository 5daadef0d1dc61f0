// The names that a template of one connection may use, and their values.
import { randomUUID } from 'node:crypto';
import type { ProxyConnection, ProxyCredentials, ProxyEntry, ProxyIntegration } from './entry.ts';
import type { Scope } from './interpolate.ts';

export interface ScopeInput {
  provider: ProxyEntry;
  integration: ProxyIntegration;
  connection: ProxyConnection;
  credentials: ProxyCredentials;
  now?: Date | undefined;
}

/** Same variables in every auth mode. `random` and `now` stay the same within the scope: one per request. */
export function createScope({ provider, integration, connection, credentials, now = new Date() }: ScopeInput): Scope {
  const app = developerApp(credentials);
  const values = {
    connectionConfig: { ...defaultsOf(provider), ...connection.connectionConfig },
    metadata: connection.metadata,
    credentials,
    accessToken: accessTokenOf(credentials),
    token: credentials['token'],
    apiKey: credentials['apiKey'],
    username: credentials['username'],
    password: credentials['password'] ?? (credentials['username'] === undefined ? undefined : ''),
    clientId: app.client_id ?? integration.clientId,
    clientSecret: app.client_secret ?? integration.clientSecret,
    random: randomUUID(),
  };
  return { values, now };
}

export function accessTokenOf(credentials: ProxyCredentials): string | undefined {
  switch (credentials.type) {
    case 'OAUTH2':
    case 'MCP_OAUTH2':
    case 'MCP_OAUTH2_GENERIC':
    case 'APP':
      return credentials.access_token;
    case 'OAUTH2_CC':
    case 'JWT':
    case 'SIGNATURE':
    case 'TWO_STEP':
      return credentials.token;
    case 'CUSTOM':
      return credentials.app?.access_token;
    case 'BILL':
      return credentials.session_id;
    case 'OAUTH1':
      return credentials.oauth_token;
    default:
      return undefined;
  }
}

/** A connection may bring its own developer app. */
export function developerApp(credentials: ProxyCredentials): { client_id?: string; client_secret?: string } {
  const override = credentials['config_override'];
  return typeof override === 'object' && override !== null ? override : {};
}

/** `proxy.connection_config` may also just repeat the placeholder; then it is no default. */
function defaultsOf({ proxy }: ProxyEntry): Record<string, string> {
  const defaults = Object.entries(proxy?.connection_config ?? {}).filter(([, value]) => !value.includes('${'));
  return Object.fromEntries(defaults);
}

// An MCP server as if the catalogue had it: what was discovered becomes the entry's keys, so that consent, exchange and renewal are
// the ordinary ones. The resource (RFC 8707) goes along in all three.
import type { Provider } from '../../../providers/schema.ts';
import { SynclineError } from '../../errors.ts';
import type { ModeSubject } from '../modes/mode.ts';
import type { DiscoveredServer } from './discover.ts';

/** Where it lies in `connection_config`; a browser can only send texts, so none of it can be hers. */
const key = 'oauth_server';

interface StoredServer {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  registration_endpoint?: string;
  revocation_endpoint?: string;
  resource: string;
  sends_issuer: boolean;
}

/** For `connection_config`; it must win over what browser and session say. */
export const serverConfig = (server: DiscoveredServer): Record<string, unknown> => ({
  [key]: {
    issuer: server.issuer,
    authorization_endpoint: server.authorizationEndpoint,
    token_endpoint: server.tokenEndpoint,
    ...(server.registrationEndpoint && { registration_endpoint: server.registrationEndpoint }),
    ...(server.revocationEndpoint && { revocation_endpoint: server.revocationEndpoint }),
    resource: server.resource,
    sends_issuer: server.sendsIssuer,
  } satisfies StoredServer,
});

function storedServer({ connectionConfig }: ModeSubject['connection']): StoredServer {
  const stored = connectionConfig[key];
  if (typeof stored === 'object' && stored !== null && 'token_endpoint' in stored) return stored as StoredServer;
  throw new SynclineError('missing_token_url', 'It is not known which server gives tokens for this MCP server.', {
    status: 400,
    hint: 'Let the user reconnect: the server is then asked again.',
  });
}

/** Subjects of other modes stay as they are. @throws SynclineError `missing_token_url` */
export function withMcpServer(subject: ModeSubject): ModeSubject {
  const { provider, connection } = subject;
  if (provider.auth_mode !== 'MCP_OAUTH2_GENERIC') return subject;
  const { issuer, authorization_endpoint, token_endpoint, revocation_endpoint, resource, sends_issuer } =
    storedServer(connection);
  const entry: Provider = {
    ...provider,
    authorization_url: authorization_endpoint,
    authorization_params: { response_type: 'code', ...provider.authorization_params, resource },
    token_url: token_endpoint,
    token_params: { ...provider.token_params, grant_type: 'authorization_code', resource },
    refresh_params: { ...provider.refresh_params, grant_type: 'refresh_token', resource },
    ...(revocation_endpoint && { revocation_url: revocation_endpoint }),
    issuer,
    authorization_response_iss_parameter_supported: sends_issuer,
  };
  // MCP requires PKCE.
  const { disable_pkce: _, ...withPkce } = entry;
  return { ...subject, provider: withPkce };
}

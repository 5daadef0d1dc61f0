// Our client metadata document: a URL of ours that is the client id (draft-ietf-oauth-client-id-metadata-document). Served at
// GET /oauth/client-metadata/:environment/:integration, fetched by authorization servers.

export interface ClientMetadata {
  client_id: string;
  client_name: string;
  client_uri: string;
  logo_uri?: string;
  redirect_uris: string[];
  grant_types: string[];
  response_types: string[];
  token_endpoint_auth_method: 'none';
}

export interface MetadataInput {
  publicUrl: string;
  environmentId: string;
  providerConfigKey: string;
  redirectUris: string[];
  /** Of the integration (`MCP_OAUTH2_GENERIC`). */
  app: { client_name?: string | undefined; client_uri?: string | undefined; client_logo_uri?: string | undefined };
  /** Used when the integration has no name for it. */
  displayName: string;
}

export const metadataUrl = ({
  publicUrl,
  environmentId,
  providerConfigKey,
}: Omit<MetadataInput, 'redirectUris' | 'app' | 'displayName'>) =>
  `${publicUrl}/oauth/client-metadata/${environmentId}/${encodeURIComponent(providerConfigKey)}`;

export function clientMetadata({ redirectUris, app, displayName, ...place }: MetadataInput): ClientMetadata {
  return {
    client_id: metadataUrl(place),
    client_name: app.client_name || displayName,
    client_uri: app.client_uri || place.publicUrl,
    ...(app.client_logo_uri && { logo_uri: app.client_logo_uri }),
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
}

/** An authorization server on the internet must be able to fetch it. */
export function isReachable(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'https:' && hostname !== 'localhost' && hostname.includes('.') && !/^[\d.]+$|^\[/.test(hostname);
}

// Connections as the API speaks of them.
import type { Undeclared } from '../undeclared.ts';

/** The provider's raw token answer. */
type Raw = Record<string, Undeclared>;

interface ClientOverride {
  client_id?: string | undefined;
  client_secret?: string | undefined;
}

export interface OAuth2Credentials {
  type: 'OAUTH2';
  access_token: string;
  /** Only where the call asked for it. */
  refresh_token?: string;
  expires_at?: string;
  raw: Raw;
  config_override?: ClientOverride;
}

export interface OAuth2CcCredentials {
  type: 'OAUTH2_CC';
  token: string;
  client_id: string;
  client_secret: string;
  client_certificate?: string;
  client_private_key?: string;
  expires_at?: string;
  raw: Raw;
}

export interface OAuth1Credentials {
  type: 'OAUTH1';
  oauth_token: string;
  oauth_token_secret: string;
  raw: Raw;
}

export interface BasicCredentials {
  type: 'BASIC';
  username: string;
  password: string;
}

export interface ApiKeyCredentials {
  type: 'API_KEY';
  apiKey: string;
}

/** Modes whose fields depend on the provider's entry. */
export interface OtherCredentials {
  type:
    | 'APP'
    | 'AWS_SIGV4'
    | 'BILL'
    | 'CUSTOM'
    | 'INSTALL_PLUGIN'
    | 'JWT'
    | 'MCP_OAUTH2'
    | 'MCP_OAUTH2_GENERIC'
    | 'NONE'
    | 'SIGNATURE'
    | 'TBA'
    | 'TWO_STEP';
  [field: string]: Undeclared;
}

export type Credentials =
  | OAuth2Credentials
  | OAuth2CcCredentials
  | OAuth1Credentials
  | BasicCredentials
  | ApiKeyCredentials
  | OtherCredentials;

export type Token = string | { oAuthToken: string; oAuthTokenSecret: string } | Exclude<Credentials, OAuth2Credentials>;

export type Tags = Record<string, string>;
export type Metadata = Record<string, Undeclared>;

export interface EndUser {
  id: string;
  display_name: string | null;
  email: string | null;
  tags: Tags | null;
  organization: { id: string; display_name: string | null } | null;
}

export interface EndUserInput {
  id: string;
  email?: string | undefined;
  display_name?: string | undefined;
  tags?: Tags | undefined;
}

interface ConnectionFields<TMetadata> {
  id: number;
  connection_id: string;
  provider_config_key: string;
  provider: string;
  errors: { type: 'auth' | 'sync'; log_id: string }[];
  end_user: EndUser | null;
  tags: Tags;
  metadata: TMetadata;
}

export interface ConnectionListItem<TMetadata = Metadata> extends ConnectionFields<TMetadata> {
  created: string;
}

export interface Connection<TMetadata = Metadata> extends ConnectionFields<TMetadata> {
  connection_config: Record<string, Undeclared>;
  webhook_url_override: string | null;
  created_at: string;
  updated_at: string;
  last_fetched_at: string | null;
  /** Empty for a key that may not read credentials. */
  credentials: Credentials;
}

export interface ConnectionPage {
  /** Newest first. */
  connections: ConnectionListItem[];
  /** Absent on the last page. */
  next_cursor?: string | undefined;
}

export interface ConnectionFilter {
  connectionId?: string | undefined;
  /** A part of a connection id or of an end user's fields. */
  search?: string | undefined;
  integrationId?: string | string[] | undefined;
  /** All of them. */
  tags?: Record<string, string> | undefined;
  /** @deprecated Use tags. */
  userId?: string | undefined;
  /** @deprecated Use tags. */
  endUserId?: string | undefined;
  /** @deprecated Use tags. */
  endUserOrganizationId?: string | undefined;
  /** At most 2,000. */
  limit?: number | undefined;
  /** From 0. */
  page?: number | undefined;
  cursor?: string | null | undefined;
}

/** The credential of an import: what the provider gave, under the API's names. */
export type ImportedCredentials =
  | {
      type: 'OAUTH2';
      access_token: string;
      refresh_token?: string | undefined;
      expires_at?: string | undefined;
      config_override?: ClientOverride | undefined;
    }
  | {
      type: 'OAUTH2_CC';
      token: string;
      client_id: string;
      client_secret: string;
      client_certificate?: string | undefined;
      client_private_key?: string | undefined;
      expires_at?: string | undefined;
    }
  | { type: 'OAUTH1'; oauth_token: string; oauth_token_secret: string }
  | { type: 'BASIC'; username: string; password: string }
  | { type: 'API_KEY'; apiKey: string }
  | { type: 'TBA'; token_id: string; token_secret: string; config_override?: ClientOverride | undefined }
  | { type: 'NONE' }
  /** An installed app: its token is made by the import. */
  | { type: 'APP' | 'CUSTOM'; app_id: string | number; installation_id: string | number }
  | {
      type: 'BILL';
      username: string;
      password: string;
      organization_id: string;
      dev_key: string;
      session_id: string;
      user_id: string;
      expires_at?: string | undefined;
    }
  | {
      type: 'AWS_SIGV4';
      role_arn: string;
      region: string;
      service: string;
      access_key_id: string;
      secret_access_key: string;
      session_token: string;
      expires_at?: string | undefined;
      external_id?: string | undefined;
    }
  | {
      type: 'TWO_STEP' | 'JWT' | 'SIGNATURE';
      token: string;
      refresh_token?: string | undefined;
      expires_at?: string | undefined;
      [input: string]: unknown;
    };

export interface ConnectionImport {
  provider_config_key: string;
  /** One with the same id is overwritten; without it a uuid is made. */
  connection_id?: string | undefined;
  credentials: ImportedCredentials;
  metadata?: Metadata | undefined;
  connection_config?: Record<string, unknown> | undefined;
  webhook_url_override?: string | undefined;
  tags?: Tags | undefined;
  end_user?: EndUserInput | undefined;
}

export interface ConnectionPatch {
  /** Replaces the end user, and the tags by the ones derived from it. */
  end_user?: EndUserInput | undefined;
  /** Replaces all tags. */
  tags?: Tags | undefined;
  /** `''` clears it. */
  webhook_url_override?: string | undefined;
}

export interface MetadataChange<TMetadata = Metadata> {
  connection_id: string | string[];
  provider_config_key: string;
  metadata: TMetadata;
}

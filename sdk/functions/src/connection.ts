// A connection and an integration as a function sees them.
import type { Undeclared } from './infer.ts';

/** The provider's raw token answer. */
type Raw = Record<string, Undeclared>;

export interface OAuth2Credentials {
  type: 'OAUTH2';
  access_token: string;
  /** Only with `{ refreshToken: true }`. */
  refresh_token?: string;
  expires_at?: string;
  raw: Raw;
  config_override?: { client_id?: string; client_secret?: string };
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
  type: 'APP' | 'AWS_SIGV4' | 'BILL' | 'CUSTOM' | 'JWT' | 'NONE' | 'SIGNATURE' | 'TBA' | 'TWO_STEP';
  [field: string]: Undeclared;
}

export type Credentials =
  | OAuth2Credentials
  | OAuth2CcCredentials
  | OAuth1Credentials
  | BasicCredentials
  | ApiKeyCredentials
  | OtherCredentials;

export interface EndUser {
  id: string;
  display_name: string | null;
  email: string | null;
  tags: Record<string, string> | null;
  organization: { id: string; display_name: string | null } | null;
}

export interface Connection<TMetadata = Undeclared> {
  id: number;
  connection_id: string;
  provider_config_key: string;
  provider: string;
  connection_config: Record<string, Undeclared>;
  metadata: TMetadata;
  credentials: Credentials;
  tags: Record<string, string>;
  end_user: EndUser | null;
  errors: { type: 'auth' | 'sync'; log_id: string }[];
  webhook_url_override: string | null;
  created_at: string;
  updated_at: string;
  last_fetched_at: string | null;
}

export interface Integration {
  unique_key: string;
  provider: string;
  display_name: string;
  logo: string;
  forward_webhooks: boolean;
  created_at: string;
  updated_at: string;
  /** With `include: ['webhook']`; null when the provider takes no webhooks. */
  webhook_url?: string | null;
  /** With `include: ['credentials']`. */
  credentials?: Record<string, Undeclared> | null;
}

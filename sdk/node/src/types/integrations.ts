// Providers, and integrations: providers configured in an environment.
import type { Undeclared } from '../undeclared.ts';
import type { FunctionType } from './functions.ts';

/** An entry of the catalogue under its own key names. */
export interface Provider {
  name: string;
  display_name: string;
  auth_mode: string;
  logo_url: string;
  categories?: string[];
  docs?: string;
  [key: string]: Undeclared;
}

export interface Template {
  name: string;
  type?: FunctionType;
  [key: string]: Undeclared;
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
  webhook_url?: string | null | undefined;
  /** With `include: ['credentials']`. */
  credentials?: Record<string, string | null> | null | undefined;
}

interface OAuthApp {
  client_id: string;
  client_secret: string;
  scopes?: string | undefined;
}

interface GitHubApp {
  app_id: string;
  app_link: string;
  private_key: string;
}

/** The developer's app at the provider. */
export type AppCredentials = { webhook_secret?: string | undefined } & (
  | ({ type: 'OAUTH1' | 'OAUTH2' | 'TBA' } & OAuthApp)
  | ({ type: 'APP' } & GitHubApp)
  | ({ type: 'CUSTOM'; client_id: string; client_secret: string } & GitHubApp)
  | { type: 'OAUTH2_CC'; scopes?: string | undefined }
  | ({ type: 'MCP_OAUTH2' } & { [Key in keyof OAuthApp]?: OAuthApp[Key] | undefined })
  | {
      type: 'MCP_OAUTH2_GENERIC';
      client_name?: string | undefined;
      client_uri?: string | undefined;
      client_logo_uri?: string | undefined;
      scopes?: string | undefined;
    }
  | {
      type: 'INSTALL_PLUGIN';
      app_link?: string | undefined;
      username?: string | undefined;
      password?: string | undefined;
    }
  | { type: 'API_KEY' | 'BASIC' | 'TWO_STEP' | 'JWT' | 'BILL' | 'SIGNATURE' | 'AWS_SIGV4' | 'NONE' }
);

export interface IntegrationPatch {
  unique_key?: string | undefined;
  display_name?: string | undefined;
  /** Sends the provider's webhooks on to the app. Default true. */
  forward_webhooks?: boolean | undefined;
  credentials?: AppCredentials | undefined;
  integration_config?: Record<string, string> | undefined;
  custom?: Record<string, string> | undefined;
}

export interface NewIntegration extends IntegrationPatch {
  provider: string;
  unique_key: string;
}

/** With an app that the operator shares. */
export type QuickstartIntegration = Pick<
  NewIntegration,
  'provider' | 'unique_key' | 'display_name' | 'forward_webhooks'
>;

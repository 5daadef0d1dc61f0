// Connect sessions: a short-lived right of an end user to make or renew one connection.
import type { EndUserInput, Tags } from './connections.ts';

export interface IntegrationDefaults {
  /** Comma-separated. */
  user_scopes?: string | undefined;
  authorization_params?: Record<string, string> | undefined;
  connection_config?: Record<string, unknown> | undefined;
}

interface SessionFields {
  organization?: { id: string; display_name?: string | undefined } | undefined;
  /** By integration; wins over what the browser sends. */
  integrations_config_defaults?: Record<string, IntegrationDefaults> | undefined;
  /** By integration. */
  overrides?: Record<string, { docs_connect?: string | undefined }> | undefined;
  webhook_url_override?: string | undefined;
  /** Become the connection's. */
  tags?: Tags | undefined;
}

export interface ConnectSessionInput extends SessionFields {
  /** Needed unless there are tags. */
  end_user?: EndUserInput | undefined;
  /** Default: all. */
  allowed_integrations?: string[] | undefined;
  /** The new connection waits for a confirmation by the app. */
  require_confirmation?: boolean | undefined;
}

export interface ReconnectSessionInput extends SessionFields {
  connection_id: string;
  integration_id: string;
  end_user?: EndUserInput | undefined;
}

export interface ConnectSession {
  data: { token: string; connect_link: string; expires_at: string };
}

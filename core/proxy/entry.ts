// What the proxy takes from outside: the parts of a catalogue entry, an integration, a connection and a credential that it reads.
import type { Provider } from '../../providers/schema.ts';

export type ProxyEntry = Pick<Provider, 'auth_mode' | 'proxy' | 'require_client_certificate'>;
export type ProxyRules = NonNullable<Provider['proxy']>;
export type RetryRules = NonNullable<ProxyRules['retry']>;
export type PaginateDefaults = NonNullable<ProxyRules['paginate']>;

export interface ProxyIntegration {
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** `integration_config` */
  config?: Readonly<Record<string, string>> | undefined;
}

export interface ProxyConnection {
  id: string;
  connectionConfig: Readonly<Record<string, unknown>>;
  metadata: Readonly<Record<string, unknown>>;
}

interface Inputs {
  /** Modes with a form keep its inputs beside the token. */
  [input: string]: unknown;
}

/** Keys as on the wire (`auth.md` section 1). */
export type ProxyCredentials = Inputs &
  (
    | { type: 'OAUTH2' | 'MCP_OAUTH2' | 'MCP_OAUTH2_GENERIC' | 'APP'; access_token: string }
    | { type: 'OAUTH2_CC' | 'JWT' | 'SIGNATURE' | 'TWO_STEP'; token: string }
    | { type: 'API_KEY'; apiKey: string }
    | { type: 'BASIC' | 'INSTALL_PLUGIN'; username: string; password?: string }
    | { type: 'OAUTH1'; oauth_token: string; oauth_token_secret: string }
    | { type: 'TBA'; token_id: string; token_secret: string }
    | { type: 'CUSTOM'; app: { access_token: string } | null }
    | { type: 'BILL'; session_id: string; dev_key: string }
    | {
        type: 'AWS_SIGV4';
        access_key_id: string;
        secret_access_key: string;
        session_token?: string;
        region: string;
        service: string;
      }
    | { type: 'NONE' }
  );

export interface OverridePolicy {
  mode: 'any-public' | 'listed' | 'off';
  /** The integration's own list, for `listed`. */
  origins?: readonly string[];
}

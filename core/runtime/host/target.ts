// Whom a function acts for: the connection with its integration, its provider's entry and its credentials.
import type { Provider } from '../../../providers/schema.ts';
import type { ProxyCredentials } from '../../proxy/entry.ts';

export interface Target {
  provider: Provider;
  integration: {
    id: string;
    uniqueKey: string;
    clientId?: string | undefined;
    clientSecret?: string | undefined;
    config: Record<string, string>;
  };
  connection: {
    /** Our uuid. */
    id: string;
    /** The caller's text. */
    connectionId: string;
    connectionConfig: Record<string, unknown>;
    metadata: Record<string, unknown>;
  };
  credentials: ProxyCredentials;
}

/** Reads a target anew; memoised by the caller for as long as it may be stale. */
export type LoadTarget = (names: { providerConfigKey: string; connectionId: string }) => Promise<Target>;

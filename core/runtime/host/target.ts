// Whom a function acts for: the connection as requests need it, with its credential of the moment.
import type { ProxyCredentials } from '../../proxy/entry.ts';
import type { ProxyTarget } from '../../proxy/target.ts';

export interface Target extends ProxyTarget {
  /** At most a minute old, and not about to expire. @throws SynclineError connection_refresh_exhausted, connection_refresh_backoff */
  credentials(): Promise<ProxyCredentials>;
  /** After a 401: true when there is another credential to try. */
  renew(): Promise<boolean>;
  /** The renewed one was refused too. */
  renewalDidNotHelp(): void;
}

/** @throws SynclineError unknown_provider_config, unknown_connection, connection_refresh_exhausted, connection_refresh_backoff */
export type LoadTarget = (names: { providerConfigKey: string; connectionId: string }) => Promise<Target>;

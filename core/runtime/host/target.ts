// Whom a function acts for: the connection as requests need it, with its credential of the moment.
import type { ProxyCredentials } from '../../proxy/entry.ts';
import type { ProxyTarget } from '../../proxy/target.ts';

export interface Target extends ProxyTarget {
  credentials: ProxyCredentials;
}

/** Reads a target anew; memoised by the caller for as long as it may be stale. */
export type LoadTarget = (names: { providerConfigKey: string; connectionId: string }) => Promise<Target>;

// Who answers a dry run: an instance, or a recording. What it cannot do without anything being stored is the engine's.
import type { Start } from '../../core/runtime/protocol.ts';
import type { Calls } from './calls.ts';

export interface Platform {
  /** Where the script runs, as it sees it. */
  place: {
    connectionId: string;
    providerConfigKey: string;
    provider: string;
    environmentName: string;
  };
  rules: Pick<Start, 'pagination' | 'linkOrigins' | 'siblingHosts' | 'entryContentType' | 'logLevel'>;
  /** Of the connection, as it is stored. */
  metadata: Record<string, unknown>;
  /** `http`, `uncontrolledFetch`, `getConnection`, `getToken`, `getIntegration`, `getWebhookURL`, `getEnvironmentVariables`, `triggerAction`. */
  calls: Calls;
  /** ISO; the script's clock stands still there. */
  clock?: string;
}

// What a request handler finds in `c.var`: the tenant of its key, and what the process was wired with.
import type { Config } from '../core/config/parse-config.ts';
import type { ConnectionCache } from '../core/connections/connection-cache.ts';
import type { ConnectSession } from '../core/connections/sessions/session.ts';
import type { ValidateConnection } from '../core/connections/validate-connection.ts';
import type { Credentials } from '../core/credentials/credentials.ts';
import type { Database, EnvironmentDb } from '../core/db/database.ts';
import type { Egress } from '../core/egress/egress.ts';
import type { Catalogue } from '../core/integrations/catalogue.ts';
import type { LogWriter } from '../core/logs/log-writer.ts';
import type { RunAction } from '../core/runtime/run-action.ts';
import type { Poke } from '../core/syncs/poke.ts';

/** Made once per process in `api/main.ts`, handed to `createApp`. */
export interface Services {
  config: Config;
  database: Database;
  catalogue: Catalogue;
  egress: Egress;
  credentials: Credentials;
  logs: LogWriter;
  /** Tells a sync's or connection's workflow to read its row; never throws, the reconciler repeats lost ones. */
  poke: Poke;
  runAction: RunAction;
  /** Asks the integration's functions before the app is told of a connection. */
  validateConnection: ValidateConnection;
  /** State of each component for `GET /ready`. */
  readiness(): Promise<Record<string, { ok: boolean; detail?: string }>>;
}

export interface ApiKeyIdentity {
  id: string;
  displayName: string;
  scopes: readonly string[];
}

export interface IdempotentRequest {
  key: string;
  /** A process died while it ran this request: how far it came is not known. */
  repeated: boolean;
}

/** The Hono environment of every authenticated route. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    services: Services;
    environment: EnvironmentDb;
    environmentName: string;
    apiKey: ApiKeyIdentity;
    connectionCache: ConnectionCache;
    /** Of a request that came with a session's token instead of a key; `apiKey` then has the few scopes of its holder. */
    connectSession?: ConnectSession;
    /** Of a browser's request to connect an account, by a session's token or a public key. */
    openSession?: (providerConfigKey: string) => Promise<ConnectSession>;
    /** Of a request that carries an `Idempotency-Key`. */
    idempotency?: IdempotentRequest;
  };
}

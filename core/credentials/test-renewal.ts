// For tests beside this file: a database, a simulator that gives tokens, and connections whose credential is about to end.
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { loadCatalogue } from '../../providers/load.ts';
import type { Provider } from '../../providers/schema.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import { type Database, type EnvironmentDb, openDatabase } from '../db/database.ts';
import { connections, credentials, refreshAttempts } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { createOwnDatabase, type OwnDatabase } from '../db/test-server.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import { installGlobalFetch } from '../egress/global-fetch.ts';
import { sealSecrets } from '../integrations/app-credentials.ts';
import type { Credential } from './credential.ts';
import { openCredential, putCredential } from './store.ts';

/** Of the simulator; this file is not a test, so it may not know it. */
interface TokenServer {
  readonly url: string;
  listen(): Promise<string>;
  close(): Promise<void>;
  oauth: { issue(): { accessToken: string; refreshToken: string | undefined } };
}

export interface RenewalTest {
  own: OwnDatabase;
  database: Database;
  egress: Egress;
  /** `simulator` as in the catalogue, and what a test lays over it. */
  catalogue: { get(name: string): Provider | undefined };
  setEntry(changes: Partial<Provider>): void;
  /** As another process of the same instance has it. */
  openAgain(): Promise<Database>;
  connect(wanted?: { credential?: Credential; expiresInMs?: number }): Promise<TestConnection>;
  close(): Promise<void>;
}

export interface TestConnection {
  environment: EnvironmentDb;
  /** Our uuid. */
  connectionId: string;
  accessToken: string;
  refreshToken: string;
  readRow(): Promise<typeof credentials.$inferSelect>;
  readCredential(): Promise<Credential>;
  readAttempts(): Promise<(typeof refreshAttempts.$inferSelect)[]>;
}

export async function openRenewalTest(simulator: TokenServer): Promise<RenewalTest> {
  const own = await createOwnDatabase('renewal', { migrated: true });
  const encryptionKeys = [randomBytes(32)];
  const open = () => openDatabase({ url: own.url, encryptionKeys });
  const database = await open();
  const url = await simulator.listen();
  const egress = createEgress({ allow: [new URL(url).host], env: 'development' });
  const restoreFetch = installGlobalFetch(egress);
  const entry = loadCatalogue().get('simulator')!;
  let changes: Partial<Provider> = {};
  return {
    own,
    database,
    egress,
    catalogue: { get: (name) => (name === 'simulator' ? { ...entry, ...changes } : undefined) },
    setEntry(next) {
      changes = next;
    },
    openAgain: open,
    connect: ({ credential, expiresInMs = 60_000 } = {}) =>
      createConnection(database, simulator, (accessToken, refreshToken) => ({
        type: 'OAUTH2',
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_at: new Date(Date.now() + expiresInMs).toISOString(),
        raw: {},
        ...credential,
      })),
    async close() {
      restoreFetch();
      await Promise.all([egress.close(), simulator.close(), database.close()]);
      await own.drop();
    },
  };
}

async function createConnection(
  database: Database,
  simulator: TokenServer,
  credentialOf: (accessToken: string, refreshToken: string) => Credential,
): Promise<TestConnection> {
  const environmentId = uuidv7();
  await database.platform`
    INSERT INTO environments (id, name, webhook_signing_key) VALUES (${environmentId}, ${environmentId}, ${randomBytes(32)})`;
  const environment = await database.forEnvironment(environmentId);
  const [integrationId, connectionId] = [uuidv7(), uuidv7()];
  const app = { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret' } as const;
  const sealed = sealSecrets(environment.cipher, integrationId, { credentials: app, config: {} });
  const { accessToken, refreshToken = '' } = simulator.oauth.issue();
  await environment.transaction(async (tx) => {
    await tx.insert(integrations).values({
      id: integrationId,
      environmentId,
      uniqueKey: 'sim',
      provider: 'simulator',
      displayName: 'Simulator',
      credentials: sealed,
    });
    const connectionConfig = { base_url: simulator.url };
    await tx
      .insert(connections)
      .values({ id: connectionId, environmentId, integrationId, connectionId: 'c1', connectionConfig });
    await putCredential(tx, environment, connectionId, credentialOf(accessToken, refreshToken));
  });
  const readRow = async () => {
    const where = eq(credentials.connectionId, connectionId);
    const [row] = await environment.transaction((tx) => tx.select().from(credentials).where(where));
    return row!;
  };
  return {
    environment,
    connectionId,
    accessToken,
    refreshToken,
    readRow,
    readCredential: async () => openCredential(environment.cipher, await readRow()),
    readAttempts: () =>
      environment.transaction((tx) =>
        tx
          .select()
          .from(refreshAttempts)
          .where(eq(refreshAttempts.connectionId, connectionId))
          .orderBy(refreshAttempts.id),
      ),
  };
}

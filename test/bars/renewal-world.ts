// What the bars of renewals share: connections whose tokens have ended, the server that gives new ones and knows which is the
// newest, a record of every credential that was ever stored, and processes that renew.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import type { OAuth2Credential } from '../../core/credentials/credential.ts';
import { createCredentials } from '../../core/credentials/credentials.ts';
import { openCredential, putCredential } from '../../core/credentials/store.ts';
import { uuidv7 } from '../../core/crypto/uuid.ts';
import { type EnvironmentDb, openDatabase } from '../../core/db/database.ts';
import { connections } from '../../core/db/schema/connections.ts';
import { integrations } from '../../core/db/schema/integrations.ts';
import { createOwnDatabase, type OwnDatabase } from '../../core/db/test-server.ts';
import { createEgress, type Egress } from '../../core/egress/egress.ts';
import { sealSecrets } from '../../core/integrations/app-credentials.ts';
import { loadCatalogue } from '../../providers/load.ts';
import type { Provider } from '../../providers/schema.ts';
import { createSimulator, type Simulator } from '../../simulator/index.ts';
import { startOwnPostgres } from './own-postgres.ts';
import type { Task, Told } from './renewal-worker.ts';

/** What a process needs to renew; as JSON it goes with it. */
export interface Place {
  databaseUrl: string;
  /** base64 */
  encryptionKey: string;
  environmentId: string;
  /** Of the token server. */
  allow: string;
  entry: Provider;
  atOnce: number;
}

export interface RenewalWorld {
  simulator: Simulator;
  own: OwnDatabase;
  environment: EnvironmentDb;
  egress: Egress;
  credentials: ReturnType<typeof createCredentials>;
  place: Place;
  /** Our uuids of connections whose access token has ended. */
  connect(count: number): Promise<string[]>;
  /** @param atOnce renewals that it can have under way: each holds a connection of the locks' pool */
  startWorker(atOnce: number): Promise<RenewalWorker>;
  /** Refresh token that lies there now, and whether the server would take it. */
  readStored(connectionId: string): Promise<{ version: number; refreshToken: string; usable: boolean }>;
  /** Refresh tokens of a connection in the order in which they were stored. */
  readHistory(connectionId: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface RenewalWorker {
  pid: number;
  /** Resolves with what it says, or with how it ended. */
  run(task: Task): Promise<Told | 'killed'>;
  stop(): Promise<void>;
}

/** The token's life and what the tests need of it are the simulator's; strict rotation unless it is told otherwise. */
export async function openRenewalWorld(): Promise<RenewalWorld> {
  const stopPostgres = await startOwnPostgres();
  const own = await createOwnDatabase('bar_renewal', { migrated: true });
  await recordCredentials(own);
  const key = randomBytes(32);
  const database = await openDatabase({ url: own.url, encryptionKeys: [key] });
  const simulator = createSimulator();
  const allow = new URL(await simulator.listen()).host;
  const egress = createEgress({ allow: [allow], env: 'development' });
  const entry = loadCatalogue().get('simulator')!;
  const environmentId = uuidv7();
  await database.platform`
    INSERT INTO environments (id, name, webhook_signing_key) VALUES (${environmentId}, 'bar', ${randomBytes(32)})`;
  const environment = await database.forEnvironment(environmentId);
  const place = { databaseUrl: own.url, encryptionKey: key.toString('base64'), environmentId, allow, entry, atOnce: 1 };
  const integrationId = await createIntegration(environment);
  const workers = new Set<ChildProcess>();
  const program = await bundleWorker();
  return {
    simulator,
    own,
    environment,
    egress,
    place,
    credentials: createCredentials({ database, egress, catalogue: { get: () => entry } }),
    connect: (count) => createConnections(environment, simulator, { integrationId, count }),
    startWorker: (atOnce) => startWorker(program, { ...place, atOnce }, workers),
    async readStored(connectionId) {
      const [row] = await own.owner<{ value: Buffer; version: string }[]>`
        SELECT value, version FROM credentials WHERE connection_id = ${connectionId}`;
      const { refresh_token: refreshToken = '' } = openOAuth2(environment, { connectionId, value: row!.value });
      return { version: Number(row!.version), refreshToken, usable: simulator.oauth.grants.isUsable(refreshToken) };
    },
    async readHistory(connectionId) {
      const rows = await own.owner<{ value: Buffer }[]>`
        SELECT value FROM bar_history WHERE connection_id = ${connectionId} ORDER BY n`;
      return rows.map(({ value }) => openOAuth2(environment, { connectionId, value }).refresh_token ?? '');
    },
    async close() {
      for (const worker of workers) worker.kill('SIGKILL');
      await Promise.all([egress.close(), simulator.close(), database.close()]);
      await own.drop();
      await stopPostgres();
    },
  };
}

const openOAuth2 = ({ cipher }: EnvironmentDb, row: { connectionId: string; value: Buffer }) =>
  openCredential(cipher, row) as OAuth2Credential;

/** Every value that a credential ever had, in the order of its row's lock. */
const recordCredentials = ({ owner }: OwnDatabase) =>
  owner.unsafe(`
    CREATE TABLE bar_history (n bigint GENERATED ALWAYS AS IDENTITY, connection_id uuid NOT NULL, value bytea NOT NULL);
    CREATE TABLE bar_leases (connection_id uuid PRIMARY KEY, held_until timestamptz NOT NULL);
    GRANT ALL ON bar_history, bar_leases TO syncline_app;
    CREATE FUNCTION bar_record() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' OR NEW.value IS DISTINCT FROM OLD.value THEN
        INSERT INTO bar_history (connection_id, value) VALUES (NEW.connection_id, NEW.value);
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER bar_record AFTER INSERT OR UPDATE ON credentials FOR EACH ROW EXECUTE FUNCTION bar_record()`);

async function createIntegration(environment: EnvironmentDb): Promise<string> {
  const { environmentId, cipher } = environment;
  const id = uuidv7();
  const app = { type: 'OAUTH2', client_id: 'sim-client', client_secret: 'sim-secret' } as const;
  const credentials = sealSecrets(cipher, id, { credentials: app, config: {} });
  await environment.transaction((tx) =>
    tx
      .insert(integrations)
      .values({ id, environmentId, uniqueKey: 'sim', provider: 'simulator', displayName: 'Simulator', credentials }),
  );
  return id;
}

async function createConnections(
  environment: EnvironmentDb,
  simulator: Simulator,
  { integrationId, count }: { integrationId: string; count: number },
): Promise<string[]> {
  const { environmentId } = environment;
  const ids = Array.from({ length: count }, () => uuidv7());
  await environment.transaction(async (tx) => {
    const connectionConfig = { base_url: simulator.url };
    await tx
      .insert(connections)
      .values(ids.map((id) => ({ id, environmentId, integrationId, connectionId: id, connectionConfig })));
    for (const id of ids) {
      const { accessToken, refreshToken = '' } = simulator.oauth.issue({ accessTokenTtlSeconds: 0 });
      await putCredential(tx, environment, id, {
        type: 'OAUTH2',
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_at: new Date(Date.now() - 1_000).toISOString(),
        raw: {},
      });
    }
  });
  return ids;
}

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, 'node_modules', '.cache');

/**
 * As one file it starts in a third of the time, and hundreds are started. The driver stays outside: it is patched as it loads.
 * Named by its content, so that Node's compile cache knows it.
 */
async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'renewal-worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['postgres'],
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    write: false,
    logLevel: 'error',
  });
  const [{ contents, hash }] = outputFiles as [OutputFile];
  const file = join(cache, `renewal-worker-${hash.replaceAll(/\W/g, '')}.mjs`);
  const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(unfinished, contents);
  renameSync(unfinished, file); // others may be at it
  return file;
}

async function startWorker(program: string, place: Place, workers: Set<ChildProcess>): Promise<RenewalWorker> {
  const child = fork(program, [JSON.stringify(place)], {
    execArgv: ['--import', join(root, 'core', 'db', 'driver-patch.ts')],
    env: { ...process.env, NODE_COMPILE_CACHE: join(cache, 'node') },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  workers.add(child);
  let ended = false;
  const exit = once(child, 'exit').then(() => {
    workers.delete(child);
    ended = true;
    return 'killed' as const;
  });
  const next = () => Promise.race([once(child, 'message').then(([told]) => told as Told), exit]);
  if ((await next()) === 'killed') throw new Error('A process that should renew did not start.');
  return {
    pid: child.pid!,
    async run(task) {
      if (ended) return 'killed';
      child.send(task);
      return await next();
    },
    async stop() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

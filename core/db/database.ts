// The clients of a process and the one way to a tenant's rows: `forEnvironment(id)`.
//
// Every connection is `syncline_app` (or `syncline_platform`), never the owner, so row-level security holds for all we do.
import { sql as sqlTag } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { type Cipher, type KeyRing, openKeyRing } from '../crypto/key-ring.ts';
import { arrayTypes } from './array-types.ts';

const connect = (
  url: string,
  role: string,
  max: number,
  applicationName: string,
  timeouts: Record<string, number> = {},
) =>
  postgres(url, {
    max,
    idle_timeout: 30,
    connect_timeout: 5,
    // Queries behind a slow one on the same connection waited for it: 984 ms against 3. The driver's types lack the option.
    ...({ max_pipeline: 0 } as object),
    backoff: (retries) => Math.min(0.5, 0.05 * 2 ** retries),
    fetch_types: false,
    types: arrayTypes,
    onnotice: () => {},
    connection: {
      role,
      application_name: applicationName,
      // JIT costs 330 ms a batch once tables are big.
      ...({ jit: 'off' } as object),
      statement_timeout: 60_000,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: 60_000,
      ...timeouts,
    },
  });

/** A token call may take 20 s, and once more after a cut answer; whoever waits for the lock waits longer than the first. */
const lockTimeouts = { lock_timeout: 30_000, idle_in_transaction_session_timeout: 50_000 };

/** The driver's client with our array types: `sql.types.texts([...])`. */
export type Client = ReturnType<typeof connect>;

export type Transaction = Parameters<Parameters<PostgresJsDatabase['transaction']>[0]>[0];

/** A tenant's rows and keys. Rows of other environments do not exist in here, by the database's own rule. */
export interface EnvironmentDb {
  readonly environmentId: string;
  readonly cipher: Cipher;
  /** One transaction with the tenant set. Keep it to one screen and without network calls. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** For the SQL functions that set the tenant themselves (`commit_page` and its relatives): one round trip each. */
  readonly pages: Client;
  /** Only for the row lock that is held across a token call: set the tenant first, and do everything else elsewhere. */
  readonly locks: Client;
}

export interface Database {
  forEnvironment(environmentId: string): Promise<EnvironmentDb>;
  /** For jobs that span tenants; sees only what the migrations grant it. */
  readonly platform: Client;
  readonly keys: KeyRing;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  /** 32 bytes each; the first encrypts, the rest only decrypt. */
  encryptionKeys: Buffer[];
  /** Upper bound of connections by pool; opened when needed, closed after 30 s idle. */
  pools?: { main?: number; pages?: number; platform?: number; locks?: number };
  applicationName?: string;
  /** How often it looks for data keys that were made meanwhile; for tests. */
  keyRefreshMs?: number;
}

/**
 * Connects; the database must be migrated (`migrate`).
 * @throws SynclineError `wrong_encryption_key`
 */
export async function openDatabase({
  url,
  encryptionKeys,
  pools = {},
  applicationName = 'syncline',
  keyRefreshMs,
}: DatabaseOptions): Promise<Database> {
  if (!globalThis.synclineDriverPatched) throw new Error('Start Node with --import ./core/db/driver-patch.ts.');
  // Two clients of the same role: Drizzle changes the parsers of the one it is given.
  const main = connect(url, 'syncline_app', pools.main ?? 8, applicationName);
  const pages = connect(url, 'syncline_app', pools.pages ?? 4, applicationName);
  const platform = connect(url, 'syncline_platform', pools.platform ?? 3, applicationName);
  const locks = connect(url, 'syncline_app', pools.locks ?? 4, applicationName, lockTimeouts);
  let keys: KeyRing | undefined;
  const close = async () => {
    keys?.close();
    await Promise.all([main, pages, platform, locks].map((client) => client.end({ timeout: 3 })));
  };
  const orm = drizzle(main);
  try {
    keys = await openKeyRing(platform, encryptionKeys, {
      ...(keyRefreshMs !== undefined && { everyMs: keyRefreshMs }),
    });
  } catch (error) {
    await close();
    throw error;
  }
  const ring = keys;

  return {
    platform,
    keys: ring,
    close,
    async forEnvironment(environmentId) {
      const cipher = await ring.cipherFor(environmentId);
      return {
        environmentId,
        cipher,
        pages,
        locks,
        transaction: (work) =>
          orm.transaction(async (tx) => {
            await tx.execute(sqlTag`SELECT set_config('app.env_id', ${environmentId}, true)`);
            return await work(tx);
          }),
      };
    },
  };
}

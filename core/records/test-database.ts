// For tests beside this file and in core/logs, api/routes: a database of their own on the Postgres of the test run.
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { uuidv7 } from '../crypto/uuid.ts';
import { type Database, type EnvironmentDb, openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';

const server = process.env['SYNCLINE_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5999/';

export interface TestDatabase {
  database: Database;
  /** A new environment with an integration `crm` and its connection `c1`. */
  environment(): Promise<{ env: EnvironmentDb; integrationId: string; connectionId: string }>;
  /** Kills every connection as fast as it is made, until `work` is done. */
  refuseConnections(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function openTestDatabase(name: string): Promise<TestDatabase> {
  const unique = `test_${name}_${randomBytes(4).toString('hex')}`;
  const admin = postgres(`${server}postgres`, { max: 1, onnotice: () => {} });
  await admin.unsafe(`CREATE DATABASE ${unique}`);
  await migrate(server + unique);
  const database = await openDatabase({ url: server + unique, encryptionKeys: [randomBytes(32)] });
  return {
    database,
    async environment() {
      const id = uuidv7();
      await database.platform`
        INSERT INTO environments (id, name, webhook_signing_key) VALUES (${id}, ${`env-${id}`}, ${randomBytes(32)})`;
      const env = await database.forEnvironment(id);
      const integrationId = uuidv7();
      const connectionId = uuidv7();
      await env.transaction(async (tx) => {
        await tx.execute(sql`
          INSERT INTO integrations (id, environment_id, unique_key, provider, display_name)
          VALUES (${integrationId}, ${id}, 'crm', 'acme-crm', 'Acme CRM')`);
        await tx.execute(sql`
          INSERT INTO connections (id, environment_id, integration_id, connection_id)
          VALUES (${connectionId}, ${id}, ${integrationId}, 'c1')`);
      });
      return { env, integrationId, connectionId };
    },
    async refuseConnections(work) {
      let done = false;
      const killing = (async () => {
        while (!done) {
          await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${unique}`;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      await work();
      done = true;
      await killing;
    },
    async close() {
      await database.close();
      await admin.unsafe(`DROP DATABASE ${unique} WITH (FORCE)`);
      await admin.end();
    },
  };
}

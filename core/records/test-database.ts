// For tests beside this file and in core/logs, api/routes: a migrated database of their own, with tenants to work in.
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import { type Database, type EnvironmentDb, openDatabase } from '../db/database.ts';
import { createOwnDatabase, type OwnDatabase } from '../db/test-server.ts';

export interface TestDatabase {
  own: OwnDatabase;
  database: Database;
  /** A new environment with an integration `crm` and its connection `c1`. */
  environment(): Promise<{ env: EnvironmentDb; integrationId: string; connectionId: string }>;
  /** Kills every connection as fast as it is made, until `work` is done. */
  refuseConnections(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function openTestDatabase(name: string): Promise<TestDatabase> {
  const own = await createOwnDatabase(name, { migrated: true });
  const database = await openDatabase({ url: own.url, encryptionKeys: [randomBytes(32)] });
  return {
    own,
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
          await own.owner`
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      await work();
      done = true;
      await killing;
    },
    async close() {
      await database.close();
      await own.drop();
    },
  };
}

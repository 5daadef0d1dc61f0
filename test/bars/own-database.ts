// The database of a bar that needs no instance: on the Postgres of the test run, or on one that starts with the bar.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { migrate } from '../../core/db/migrate.ts';
import { startPostgres } from '../../embedded/postgres.ts';
import { createPrint } from '../../embedded/print.ts';

export interface BarDatabase {
  /** Migrated and empty. */
  url: string;
  end(): Promise<void>;
}

export async function openBarDatabase(): Promise<BarDatabase> {
  const server = process.env['SYNCLINE_TEST_POSTGRES'];
  const started = server === undefined ? await startServer() : undefined;
  const name = `bar_${randomBytes(6).toString('hex')}`;
  const base = server ?? started!.url;
  const admin = postgres(`${base}postgres`, { max: 1, onnotice: () => {} });
  await admin.unsafe(`CREATE DATABASE ${name}`);
  await migrate(base + name);
  return {
    url: base + name,
    async end() {
      await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end({ timeout: 1 });
      await started?.stop();
    },
  };
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'syncline-bar-'));
  chmodSync(dataDir, 0o755); // run by root, the database is another user
  const print = createPrint({ format: 'people', write: () => {} });
  const server = await startPostgres({ dataDir, print });
  return {
    url: server.url.replace(/[^/]*$/, ''),
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

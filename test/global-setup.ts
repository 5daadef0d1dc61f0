// Once per test run: one real Postgres for every test that asks for a database of its own, a migrated one to copy, and Temporal's
// binary in place.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemplate } from '../core/db/test-server.ts';
import { cacheFolder } from '../embedded/cache-folder.ts';
import { findTemporal } from '../embedded/find-temporal.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { createPrint } from '../embedded/print.ts';

/** Nobody needs these data after a crash of the machine. */
const settings = { max_connections: '200', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'syncline-test-'));
  chmodSync(dataDir, 0o755); // run by root, the database is another user
  const quiet = createPrint({ format: 'people', write: () => {} });
  const postgres = await startPostgres({ dataDir, print: quiet, settings });
  process.env['SYNCLINE_TEST_POSTGRES'] = postgres.url.replace(/[^/]*$/, '');
  await createTemplate();
  const loud = createPrint({ format: 'people' });
  const temporal = await findTemporal({ cacheDir: cacheFolder(dataDir), print: loud });
  if (!temporal)
    throw new Error('No Temporal server could be found, fetched or built: the lines above say what to install.');
  return async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

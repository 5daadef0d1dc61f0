// A Postgres for bars that need no whole instance: the test run's, or one that is started here and goes with us.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../embedded/postgres.ts';
import { createPrint } from '../../embedded/print.ts';

/** `core/db/test-server.ts` then finds it. @returns stops what was started */
export async function startOwnPostgres(): Promise<() => Promise<void>> {
  if (process.env['SYNCLINE_TEST_POSTGRES'] !== undefined) return async () => {};
  const dataDir = mkdtempSync(join(tmpdir(), 'syncline-bar-'));
  chmodSync(dataDir, 0o755); // run by root, the database is another user
  const quiet = createPrint({ format: 'people', write: () => {} });
  const postgres = await startPostgres({ dataDir, print: quiet, settings: { max_connections: '300' } });
  process.env['SYNCLINE_TEST_POSTGRES'] = postgres.url.replace(/[^/]*$/, '');
  return async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

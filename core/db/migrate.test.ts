import { spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import { createOwnDatabase, type OwnDatabase } from './test-server.ts';

const made: OwnDatabase[] = [];
async function emptyDatabase() {
  const own = await createOwnDatabase('migrate');
  made.push(own);
  return own;
}
afterEach(async () => {
  for (const own of made.splice(0)) await own.drop();
});

const applied = async ({ owner }: OwnDatabase) => (await owner`SELECT hash FROM drizzle.__drizzle_migrations`).length;

/** Another process that migrates; resolves with its exit code. */
function migrateApart(url: string): Promise<number | null> {
  const script = `import { migrate } from ${JSON.stringify(new URL('./migrate.ts', import.meta.url).href)}; await migrate(process.argv[1]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], { stdio: 'inherit' });
  return new Promise((resolve) => child.on('exit', resolve));
}

it('does nothing the second time', async () => {
  const own = await emptyDatabase();
  await migrate(own.url);
  const count = await applied(own);
  await migrate(own.url);
  expect(await applied(own)).toBe(count);
  expect(count).toBeGreaterThan(0);
});

it('lets two processes start at once', async () => {
  const own = await emptyDatabase();
  expect(await Promise.all([migrateApart(own.url), migrateApart(own.url)])).toEqual([0, 0]);
  const [tables] = await own.owner`SELECT count(*)::int AS count FROM pg_class WHERE relname = 'syncs'`;
  expect(tables!['count']).toBe(1);
});

it('refuses a schema that a newer version has made', async () => {
  const own = await emptyDatabase();
  await migrate(own.url);
  await own.owner`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('newer', 99999999999999)`;
  await expect(migrate(own.url)).rejects.toMatchObject({ code: 'schema_too_new' });
});

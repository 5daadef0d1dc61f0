// Brings the schema to this version at start, one process at a time; refuses a schema that is newer than the code.
import { readFileSync } from 'node:fs';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { SynclineError } from '../errors.ts';

const folder = new URL('./migrations', import.meta.url).pathname;
const lockId = 7_226_011; // any constant; only migrations take it

interface JournalEntry {
  when: number;
  tag: string;
}

/**
 * Runs as the database's owner (the login of `DATABASE_URL`), which also makes the two roles.
 * @throws SynclineError `schema_too_new`
 */
export async function migrate(url: string): Promise<void> {
  const known = (JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8')) as { entries: JournalEntry[] })
    .entries;
  const newest = known.at(-1)!.when;
  const owner = postgres(url, {
    max: 1,
    max_lifetime: null,
    onnotice: () => {},
    connect_timeout: 5,
    connection: { lock_timeout: 120_000 },
  });
  try {
    await owner`SELECT pg_advisory_lock(${lockId})`; // released with the connection, however this process ends
    const [table] = await owner`SELECT to_regclass('drizzle.__drizzle_migrations') AS name`;
    if (table?.['name']) {
      const [applied] = await owner<
        { newest: string | null }[]
      >`SELECT max(created_at) AS newest FROM drizzle.__drizzle_migrations`;
      if (Number(applied?.newest ?? 0) > newest) {
        throw new SynclineError('schema_too_new', 'The database was migrated by a newer version of Syncline.', {
          status: 500,
          hint: 'Start that version or a later one; older code cannot read the newer schema.',
        });
      }
      if (Number(applied?.newest) === newest) return;
    }
    await applyMigrations(drizzle(owner), { migrationsFolder: folder });
  } finally {
    await owner.end({ timeout: 3 });
  }
}

// For tests: a database of their own on the Postgres of the test run, empty or migrated, and its owner's connection.
import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { migrate } from './migrate.ts';

const server = () => process.env['SYNCLINE_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5999/';
const template = 'test_template';

export interface OwnDatabase {
  url: string;
  owner: postgres.Sql;
  drop(): Promise<void>;
}

/** Once, before any test: what `createOwnDatabase` copies. */
export async function createTemplate(): Promise<void> {
  const admin = postgres(`${server()}postgres`, { max: 1, onnotice: () => {} });
  await admin.unsafe(`CREATE DATABASE ${template}`);
  await admin.end();
  await migrate(server() + template);
}

/** `migrated`: with the newest schema, which a copy has ten times sooner than a migration. */
export async function createOwnDatabase(name: string, { migrated = false } = {}): Promise<OwnDatabase> {
  const unique = `test_${name}_${randomBytes(4).toString('hex')}`;
  const admin = postgres(`${server()}postgres`, { max: 1, onnotice: () => {} });
  const copied = migrated && (await copyTemplate(admin, unique));
  if (!copied) await admin.unsafe(`CREATE DATABASE ${unique}`);
  if (migrated && !copied) await migrate(server() + unique);
  const owner = postgres(server() + unique, { max: 2, onnotice: () => {} });
  return {
    url: server() + unique,
    owner,
    async drop() {
      await owner.end({ timeout: 1 });
      await admin.unsafe(`DROP DATABASE ${unique} WITH (FORCE)`);
      await admin.end({ timeout: 1 });
    },
  };
}

/**
 * As files: more than twice as soon as through the log, which is Postgres's own choice.
 * @returns false where nobody made a template: outside of a test run
 */
async function copyTemplate(admin: postgres.Sql, name: string): Promise<boolean> {
  const found = await admin`SELECT FROM pg_database WHERE datname = ${template}`;
  if (found.length > 0) await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  return found.length > 0;
}

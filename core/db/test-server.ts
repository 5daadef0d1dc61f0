// For tests: an empty database of their own on the Postgres of the test run, and its owner's connection.
import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

const server = process.env['SYNCLINE_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5999/';

export interface OwnDatabase {
  url: string;
  owner: postgres.Sql;
  drop(): Promise<void>;
}

export async function createOwnDatabase(name: string): Promise<OwnDatabase> {
  const unique = `test_${name}_${randomBytes(4).toString('hex')}`;
  const admin = postgres(`${server}postgres`, { max: 1, onnotice: () => {} });
  await admin.unsafe(`CREATE DATABASE ${unique}`);
  const owner = postgres(server + unique, { max: 2, onnotice: () => {} });
  return {
    url: server + unique,
    owner,
    async drop() {
      await owner.end({ timeout: 1 });
      await admin.unsafe(`DROP DATABASE ${unique} WITH (FORCE)`);
      await admin.end({ timeout: 1 });
    },
  };
}

// Environments: the tenants of an instance. Nothing of one is visible in another.
import { randomBytes } from 'node:crypto';
import { uuidv7 } from '../crypto/uuid.ts';
import type { Database } from '../db/database.ts';
import { SynclineError } from '../errors.ts';

export interface Environment {
  id: string;
  number: number;
  name: string;
  isProduction: boolean;
}

interface Row {
  id: string;
  number: number;
  name: string;
  is_production: boolean;
}

const fromRow = ({ is_production, ...row }: Row): Environment => ({ ...row, isProduction: is_production });

export const signingKeyPlace = (environmentId: string) => ({
  table: 'environments',
  column: 'webhook_signing_key',
  row: environmentId,
});

export async function listEnvironments({ platform }: Database, name?: string): Promise<Environment[]> {
  const rows = await platform<Row[]>`
    SELECT id, number, name, is_production FROM environments
    WHERE ${name ?? null}::text IS NULL OR name = ${name ?? null} ORDER BY number`;
  return rows.map(fromRow);
}

/** By number or uuid. @throws SynclineError `not_found` */
export async function readEnvironment({ platform }: Database, id: string): Promise<Environment> {
  const [row] = await platform<Row[]>`
    SELECT id, number, name, is_production FROM environments WHERE id::text = ${id} OR number::text = ${id}`;
  if (!row) throw new SynclineError('not_found', `There is no environment '${id}'.`, { status: 404 });
  return fromRow(row);
}

/** undefined when the name is taken. */
async function insertEnvironment(
  database: Database,
  name: string,
  isProduction: boolean,
): Promise<Environment | undefined> {
  const id = uuidv7();
  const cipher = await database.keys.cipherFor(id);
  const signingKey = cipher.encryptText(signingKeyPlace(id), randomBytes(32).toString('base64url'));
  const [row] = await database.platform<Row[]>`
    INSERT INTO environments (id, name, is_production, webhook_signing_key)
    VALUES (${id}, ${name}, ${isProduction}, ${signingKey}) ON CONFLICT (name) DO NOTHING
    RETURNING id, number, name, is_production`;
  return row && fromRow(row);
}

/** @throws SynclineError `conflict` */
export async function createEnvironment(database: Database, name: string, isProduction: boolean): Promise<Environment> {
  const created = await insertEnvironment(database, name, isProduction);
  if (created) return created;
  throw new SynclineError('conflict', `There is an environment '${name}' already.`, { status: 409 });
}

/** Finds it or makes it; several processes may do so at once. */
export async function ensureEnvironment(database: Database, name: string, isProduction: boolean): Promise<Environment> {
  const [found] = await listEnvironments(database, name);
  if (found) return found;
  return (await insertEnvironment(database, name, isProduction)) ?? (await listEnvironments(database, name))[0]!;
}

export async function readSigningKey(database: Database, environmentId: string): Promise<string> {
  const [row] = await database.platform<{ webhook_signing_key: Buffer }[]>`
    SELECT webhook_signing_key FROM environments WHERE id = ${environmentId}`;
  const cipher = await database.keys.cipherFor(environmentId);
  return cipher.decryptText(signingKeyPlace(environmentId), row!.webhook_signing_key);
}

// Environment variables: what functions read as `getEnvironmentVariables()`, encrypted like every secret.
import { asc, eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { variables } from '../db/schema/environments.ts';
import { SynclineError } from '../errors.ts';

export interface Variable {
  name: string;
  value: string;
}

const maxVariables = 1000;

const place = (name: string) => ({ table: 'variables', column: 'value', row: name });

const toRow = ({ environmentId, cipher }: EnvironmentDb, { name, value }: Variable) => ({
  environmentId,
  name,
  value: cipher.encryptText(place(name), value),
});

/** By name. */
export async function listVariables(environment: EnvironmentDb): Promise<Variable[]> {
  const rows = await environment.transaction((tx) => tx.select().from(variables).orderBy(asc(variables.name)));
  return rows.map((row) => openVariable(environment, row));
}

export const openVariable = (
  { cipher }: EnvironmentDb,
  { name, value }: { name: string; value: Buffer },
): Variable => ({
  name,
  value: cipher.decryptText(place(name), value),
});

/** The given ones become all there are. */
export async function replaceVariables(environment: EnvironmentDb, wanted: readonly Variable[]): Promise<void> {
  if (wanted.length > maxVariables) {
    throw new SynclineError('resource_capped', `An environment has at most ${maxVariables} variables.`, {
      status: 400,
    });
  }
  const rows = wanted.map((variable) => toRow(environment, variable));
  await environment.transaction(async (tx) => {
    await tx.delete(variables);
    if (rows.length > 0) await tx.insert(variables).values(rows);
  });
}

export async function setVariable(environment: EnvironmentDb, variable: Variable): Promise<void> {
  const row = toRow(environment, variable);
  await environment.transaction((tx) =>
    tx
      .insert(variables)
      .values(row)
      .onConflictDoUpdate({ target: [variables.environmentId, variables.name], set: { value: row.value } }),
  );
}

/** @throws SynclineError `not_found` */
export async function deleteVariable(environment: EnvironmentDb, name: string): Promise<void> {
  const deleted = await environment.transaction((tx) =>
    tx.delete(variables).where(eq(variables.name, name)).returning({ name: variables.name }),
  );
  if (deleted.length === 0) throw new SynclineError('not_found', `There is no variable '${name}'.`, { status: 404 });
}

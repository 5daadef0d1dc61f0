// Removes one function that no repository manages.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { functions } from '../db/schema/functions.ts';
import { SynclineError } from '../errors.ts';
import { markSyncsDeleted } from '../syncs/create-syncs.ts';
import type { Poke } from '../syncs/poke.ts';
import { type FunctionName, findFunction } from './read-functions.ts';

/** @throws SynclineError `not_found`, `function_managed_by_deploy` */
export async function deleteFunction(environment: EnvironmentDb, poke: Poke, named: FunctionName): Promise<void> {
  const stopped = await environment.transaction(async (tx) => {
    const { function: row, version } = await findFunction(tx, named);
    if ((version.definition.source ?? 'repo') === 'repo') {
      throw new SynclineError('function_managed_by_deploy', `'${named.name}' was deployed from a repository.`, {
        status: 400,
        hint: 'Remove it there and deploy again.',
      });
    }
    await tx.update(functions).set({ deletedAt: new Date() }).where(eq(functions.id, row.id));
    return row.type === 'sync' ? markSyncsDeleted(tx, { functionId: row.id }) : [];
  });
  await Promise.all(stopped.map((id) => poke.sync(environment.environmentId, id, { stopRun: true })));
}

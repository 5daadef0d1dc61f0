// Switches a function off and on. Off: its syncs begin no run (one in progress ends), its calls are refused.
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { functions } from '../db/schema/functions.ts';
import { syncs } from '../db/schema/syncs.ts';
import type { Poke } from '../syncs/poke.ts';
import { type DeployedFunction, type FunctionName, findFunction } from './read-functions.ts';

/** @throws SynclineError `not_found`, `ambiguous_function` */
export async function enableFunction(
  environment: EnvironmentDb,
  poke: Poke,
  { enabled, ...named }: FunctionName & { enabled: boolean },
): Promise<DeployedFunction> {
  const { found, told } = await environment.transaction(async (tx) => {
    const deployed = await findFunction(tx, named);
    if (deployed.function.enabled === enabled) return { found: deployed, told: [] };
    await tx.update(functions).set({ enabled }).where(eq(functions.id, deployed.function.id));
    const owned = await tx
      .update(syncs)
      .set({ revision: sql`${syncs.revision} + 1` })
      .where(and(eq(syncs.functionId, deployed.function.id), isNull(syncs.deletedAt)))
      .returning({ id: syncs.id });
    return { found: { ...deployed, function: { ...deployed.function, enabled } }, told: owned };
  });
  await Promise.all(told.map(({ id }) => poke.sync(environment.environmentId, id)));
  return found;
}

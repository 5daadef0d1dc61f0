// The change that every deploy, rollback and removal comes down to: which version of a function is current, or none.
import { eq } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { type FunctionType, functions } from '../db/schema/functions.ts';
import { createSyncsForFunction, markSyncsDeleted } from '../syncs/create-syncs.ts';
import type { Poke } from '../syncs/poke.ts';

/** Syncs whose workflows must be told after the commit. */
export interface TouchedSyncs {
  started: string[];
  stopped: string[];
}

/** Deleting stops the function's syncs at once; their workflows purge what they hold. */
export async function removeFunction(
  tx: Transaction,
  { id, type }: { id: string; type: FunctionType },
  touched: TouchedSyncs,
): Promise<void> {
  await tx.update(functions).set({ deletedAt: new Date() }).where(eq(functions.id, id));
  if (type === 'sync') touched.stopped.push(...(await markSyncsDeleted(tx, { functionId: id })));
}

/** Also of a function that was removed: it is there again, and its syncs begin anew. Runs in progress keep their version. */
export async function makeCurrent(
  tx: Transaction,
  { id, type, environmentId }: { id: string; type: FunctionType; environmentId: string },
  versionId: string,
  touched: TouchedSyncs,
): Promise<void> {
  await tx.update(functions).set({ currentVersionId: versionId, deletedAt: null }).where(eq(functions.id, id));
  if (type === 'sync') touched.started.push(...(await createSyncsForFunction(tx, { environmentId, functionId: id })));
}

export async function pokeTouched(
  poke: Poke,
  environmentId: string,
  { started, stopped }: TouchedSyncs,
): Promise<void> {
  await Promise.all([
    ...started.map((id) => poke.sync(environmentId, id)),
    ...stopped.map((id) => poke.sync(environmentId, id, { stopRun: true })),
  ]);
}

// The names by which people recognise an asynchronous action's workflow.
import { eq } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { type AsyncActionNames, asyncActions } from '../db/schema/async-actions.ts';

export interface ActionTitle extends AsyncActionNames {
  action: string;
}

/** undefined: there is no such action any more. */
export async function readActionTitle(tx: Transaction, actionId: string): Promise<ActionTitle | undefined> {
  const [row] = await tx
    .select({ action: asyncActions.name, names: asyncActions.names })
    .from(asyncActions)
    .where(eq(asyncActions.id, actionId));
  return row && { ...row.names, action: row.action };
}

// Fences a transaction of the ORM with the run's attempt, and notes in the journal that it committed.
import { sql } from 'drizzle-orm';
import type { Transaction } from '../../db/database.ts';
import { SynclineError } from '../../errors.ts';
import { pageError, type RunWriter, type SaveEntry } from '../../records/commit-page.ts';

/** Inside of the transaction, before it writes. The row lock keeps the next attempt out until it has committed. */
export async function assertFence(tx: Transaction, { syncId, fence }: RunWriter): Promise<void> {
  await tx.execute(sql`SELECT assert_fence(${syncId}, ${fence})`);
}

export async function journalSave(
  tx: Transaction,
  environmentId: string,
  runId: string,
  { segment, key, occurrence }: SaveEntry,
): Promise<void> {
  await tx.execute(sql`SELECT journal_save(${environmentId}, ${runId}, ${segment}, ${key}, ${occurrence})`);
}

/** Translates what the SQL functions raise, from under the ORM's own error. @throws SynclineError run_superseded, … */
export async function fenced<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SynclineError) throw error;
    const { cause } = error as { cause?: unknown };
    throw pageError(typeof cause === 'object' && cause !== null ? cause : error);
  }
}

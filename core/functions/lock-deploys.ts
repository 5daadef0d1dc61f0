// One change of an environment's functions at a time: the lock ends with its transaction, however that ends.
import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.ts';
import { SynclineError } from '../errors.ts';

/** @throws SynclineError `concurrent_deployment` at once: who waits would apply a plan that nobody has seen */
export async function lockDeploys(tx: Transaction, environmentId: string): Promise<void> {
  const [lock] = await tx.execute<{ taken: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${`deploy/${environmentId}`}, 0)) AS taken`,
  );
  if (lock?.taken) return;
  throw new SynclineError('concurrent_deployment', 'Another deploy to this environment is in progress.', {
    status: 409,
    retryable: true,
    retryAfterMs: 2000,
    hint: 'Wait for it to end, then deploy again.',
  });
}

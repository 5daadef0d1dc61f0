// How an execution of an asynchronous action ended: the result with its event, in one transaction; or when to try again.
import { and, eq, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { asyncActions } from '../db/schema/async-actions.ts';
import { events } from '../db/schema/events.ts';
import { journal } from '../db/schema/syncs.ts';
import type { SynclineError } from '../errors.ts';
import { releaseLocksOf } from '../locks/locks.ts';
import type { ActionAttempt } from './begin-attempt.ts';
import { retryDelayMs } from './retry-delay.ts';
import { sealError, sealText } from './sealed.ts';

/** `output`: JSON text. */
export type ActionOutcome = { output: string } | { error: SynclineError };

export interface AttemptEnd {
  done: boolean;
  /** Before the next try. */
  waitMs?: number;
}

/** An attempt that another one has followed changes nothing. */
export async function endAttempt(
  environment: EnvironmentDb,
  attempt: ActionAttempt,
  outcome: ActionOutcome,
): Promise<AttemptEnd> {
  const again = 'error' in outcome && outcome.error.retryable && attempt.tries < attempt.maxRetries;
  if (again) return tryAgain(environment, attempt, outcome.error);
  await environment.transaction((tx) => finishAction(tx, environment, attempt, outcome));
  return { done: true };
}

async function tryAgain(
  environment: EnvironmentDb,
  { id, attempt, tries }: ActionAttempt,
  { retryAfterMs }: SynclineError,
): Promise<AttemptEnd> {
  const failed = tries + 1;
  await environment.transaction(async (tx) => {
    const mine = and(eq(asyncActions.id, id), eq(asyncActions.attempt, attempt), isNull(asyncActions.finishedAt));
    const changed = await tx
      .update(asyncActions)
      .set({ state: 'queued', tries: failed })
      .where(mine)
      .returning({ id: asyncActions.id });
    // The next try asks everything anew: the answer that this one failed by is in its journal.
    if (changed.length > 0) await tx.delete(journal).where(eq(journal.runId, id));
  });
  return { done: false, waitMs: retryDelayMs(failed, retryAfterMs === undefined ? {} : { notBeforeMs: retryAfterMs }) };
}

/** @param by `attempt` absent: whichever was the last. @returns false when it had ended, or the attempt is not the last */
export async function finishAction(
  tx: Transaction,
  { cipher, environmentId }: EnvironmentDb,
  { id, attempt }: { id: string; attempt?: number },
  outcome: ActionOutcome,
): Promise<boolean> {
  const result =
    'error' in outcome
      ? { state: 'failed' as const, error: sealError(cipher, id, outcome.error) }
      : { state: 'succeeded' as const, output: sealText(cipher, 'output', id, outcome.output) };
  const [row] = await tx
    .update(asyncActions)
    .set({ ...result, input: null, finishedAt: sql`now()` })
    .where(
      and(
        eq(asyncActions.id, id),
        isNull(asyncActions.finishedAt),
        attempt === undefined ? undefined : eq(asyncActions.attempt, attempt),
      ),
    )
    .returning();
  if (!row) return false;
  await tx.delete(journal).where(eq(journal.runId, id));
  await releaseLocksOf(tx, row.operationId);
  const occurredAt = new Date();
  await tx.insert(events).values({
    id: uuidv7(),
    environmentId,
    type: 'action.completed',
    connectionId: row.connectionId,
    occurredAt,
    payload: {
      from: 'nango', // receivers test it
      type: 'async_action',
      connectionId: row.names.connection,
      providerConfigKey: row.names.integration,
      payload: { id, statusUrl: statusUrlOf(row) },
      occurredAt: occurredAt.toISOString(),
    },
  });
  return true;
}

/** Where its result is asked for; a path of the API. */
export const statusUrlOf = ({ via, id }: { via: 'action' | 'function'; id: string }) =>
  via === 'action' ? `/action/${id}` : `/functions/invocations/${id}`;

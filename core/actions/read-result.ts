// The result of an asynchronous action, for whoever asks for it: its output, how it failed, or that there is none yet.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { asyncActions } from '../db/schema/async-actions.ts';
import { SynclineError } from '../errors.ts';
import { startedTooLate, startLimitMs } from './begin-attempt.ts';
import { openError, openText } from './sealed.ts';

const askAgainMs = 1_000;

/**
 * @returns the output as JSON text
 * @throws SynclineError `in_progress` (404, existing pollers rely on it), `not_found` (404), and what the action failed with
 */
export async function readResult(environment: EnvironmentDb, id: string): Promise<string> {
  const [row] = await environment.transaction((tx) => tx.select().from(asyncActions).where(eq(asyncActions.id, id)));
  if (!row) {
    throw new SynclineError('not_found', 'There is no such action, or its result is older than 5 days.', {
      status: 404,
    });
  }
  if (row.output) return openText(environment.cipher, 'output', id, row.output);
  if (row.error) throw openError(environment.cipher, id, row.error);
  // No worker has come to say so.
  if (row.attempt === 0 && Date.now() - row.createdAt.getTime() > startLimitMs) throw startedTooLate();
  throw new SynclineError('in_progress', 'The action has not ended yet.', {
    status: 404,
    retryAfterMs: askAgainMs,
    payload: { state: row.state },
    hint: 'Ask again in a moment, or wait for its event.',
  });
}

// An execution of an asynchronous action begins: it takes the next attempt, so that an older one may not write the result.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { type AsyncActionNames, asyncActions } from '../db/schema/async-actions.ts';
import { connections } from '../db/schema/connections.ts';
import { functions } from '../db/schema/functions.ts';
import { SynclineError } from '../errors.ts';
import { openText } from './sealed.ts';

/** One that no process took up for so long is given up. */
export const startLimitMs = 24 * 3_600_000;

export interface ActionAttempt {
  id: string;
  attempt: number;
  /** Tries that failed before this one. */
  tries: number;
  maxRetries: number;
  name: string;
  names: AsyncActionNames;
  via: 'action' | 'function';
  /** Our uuid. */
  connectionId: string;
  operationId: string;
  input: unknown;
}

/** What it runs, or why it does not run at all. */
export type Pinned = { versionId: string; refusal?: undefined } | { versionId?: undefined; refusal: SynclineError };

type Row = typeof asyncActions.$inferSelect;

/** @returns undefined when it has ended, or is gone */
export async function beginAttempt(
  environment: EnvironmentDb,
  id: string,
): Promise<(ActionAttempt & Pinned) | undefined> {
  return environment.transaction(async (tx) => {
    const [row] = await tx.select().from(asyncActions).where(eq(asyncActions.id, id)).for('update');
    if (!row || row.finishedAt) return undefined;
    const pinned = await pinVersion(tx, row);
    const attempt = row.attempt + 1;
    await tx
      .update(asyncActions)
      .set({
        state: 'running',
        attempt,
        versionId: pinned.versionId ?? row.versionId,
        startedAt: row.startedAt ?? new Date(),
      })
      .where(eq(asyncActions.id, id));
    const { tries, maxRetries, name, names, via, connectionId, operationId } = row;
    const input = row.input === null ? undefined : JSON.parse(openText(environment.cipher, 'input', id, row.input));
    return { id, attempt, tries, maxRetries, name, names, via, connectionId, operationId, input, ...pinned };
  });
}

async function pinVersion(tx: Transaction, row: Row): Promise<Pinned> {
  const [owner] = await tx
    .select({ deletedAt: connections.deletedAt })
    .from(connections)
    .where(eq(connections.id, row.connectionId));
  if (!owner || owner.deletedAt) return { refusal: aborted() };
  if (row.versionId !== null) return { versionId: row.versionId }; // what has begun goes on as it began
  if (Date.now() - row.createdAt.getTime() > startLimitMs) return { refusal: startedTooLate() };
  const [fn] = await tx.select().from(functions).where(eq(functions.id, row.functionId));
  if (!fn || fn.deletedAt) return { refusal: refuse('not_found', `There is no action '${row.name}' any more.`) };
  if (!fn.enabled) return { refusal: refuse('disabled_resource', `Action '${row.name}' is disabled.`) };
  return { versionId: fn.currentVersionId };
}

const refuse = (code: string, message: string) => new SynclineError(code, message, { status: 404 });

const aborted = () => new SynclineError('script_aborted', 'The connection was deleted.', { status: 410, payload: {} });

export const startedTooLate = () =>
  new SynclineError('action_start_timeout', 'The action did not start within 24 hours.', {
    status: 500,
    payload: {},
    hint: 'Call it again. If it happens more often, look whether workers run.',
  });

// The end of a renewal, in one transaction: the new credential if the version is still ours, or the state after a failure.
import type { Client, EnvironmentDb } from '../db/database.ts';
import type { Verdict } from './judge-answer.ts';
import type { AttemptOutcome } from './refresh-attempts.ts';
import { connectionGone } from './renewal-subject.ts';
import { type CredentialRow, sealCredential } from './store.ts';

/** Inside of `locks.begin`. */
export type LockTransaction = Parameters<Parameters<Client['begin']>[1]>[0];

export interface Decision {
  attemptId: string;
  verdict: Verdict;
}

interface StoredRow extends Omit<CredentialRow, 'version'> {
  version: string;
}

const columns = `
  connection_id AS "connectionId", environment_id AS "environmentId", version, type, value, expires_at AS "expiresAt",
  refresh_at AS "refreshAt", refused_at AS "refusedAt", needs_reauth_at AS "needsReauthAt",
  backoff_until AS "backoffUntil", updated_at AS "updatedAt"`;

const withNumber = (row: StoredRow): CredentialRow => ({ ...row, version: Number(row.version) });

/** The tenant for the rest of the transaction. */
export async function enterEnvironment(sql: LockTransaction, { environmentId }: EnvironmentDb): Promise<void> {
  await sql`SELECT set_config('app.env_id', ${environmentId}, true)`;
}

/** Waits for whoever holds it. Freed by the commit and by this process's death, at once and without a lease. */
export async function lockCredential(sql: LockTransaction, connectionId: string): Promise<CredentialRow> {
  const [row] = await sql<StoredRow[]>`
    SELECT ${sql.unsafe(columns)} FROM credentials WHERE connection_id = ${connectionId} FOR UPDATE`;
  if (!row) throw connectionGone();
  return withNumber(row);
}

/**
 * Writes credential columns only, so that whatever else happens to the connection meanwhile survives. May be repeated.
 * @returns the row as it is now: another's when the version had moved.
 */
export async function writeDecision(
  sql: LockTransaction,
  { cipher }: EnvironmentDb,
  { row, decision: { attemptId, verdict }, now }: { row: CredentialRow; decision: Decision; now: Date },
): Promise<CredentialRow> {
  const { connectionId, version } = row;
  if (!('renewed' in verdict)) {
    const { refusedAt, backoffUntil, needsReauthAt } = verdict.state;
    const [marked] = await sql<StoredRow[]>`
      UPDATE credentials
      SET refused_at = ${refusedAt}, backoff_until = ${backoffUntil}, needs_reauth_at = ${needsReauthAt}, updated_at = ${now}
      WHERE connection_id = ${connectionId} AND version = ${version} RETURNING ${sql.unsafe(columns)}`;
    await endAttempt(sql, attemptId, verdict.outcome);
    return marked ? withNumber(marked) : await lockCredential(sql, connectionId);
  }
  const { credential, expiresAt, refreshAt } = verdict.renewed;
  const value = sealCredential(cipher, connectionId, credential);
  const [swapped] = await sql<StoredRow[]>`
    UPDATE credentials
    SET value = ${value}, expires_at = ${expiresAt}, refresh_at = ${refreshAt}, version = version + 1,
        refused_at = NULL, backoff_until = NULL, needs_reauth_at = NULL, updated_at = ${now}
    WHERE connection_id = ${connectionId} AND version = ${version} RETURNING ${sql.unsafe(columns)}`;
  // Already ended as `stored`: a first commit had succeeded although its connection died.
  await endAttempt(sql, attemptId, swapped ? 'stored' : 'orphan');
  if (swapped) await pruneAttempts(sql, { connectionId, version, now });
  return swapped ? withNumber(swapped) : await lockCredential(sql, connectionId);
}

async function endAttempt(sql: LockTransaction, attemptId: string, outcome: AttemptOutcome): Promise<void> {
  await sql`UPDATE refresh_attempts SET outcome = ${outcome} WHERE id = ${attemptId} AND outcome IS DISTINCT FROM 'stored'`;
}

const keptMs = 7 * 86_400_000;

/** What is left of earlier versions has told its story after a week; the table stays small without a job of its own. */
async function pruneAttempts(
  sql: LockTransaction,
  { connectionId, version, now }: { connectionId: string; version: number; now: Date },
): Promise<void> {
  const before = new Date(now.getTime() - keptMs);
  await sql`
    DELETE FROM refresh_attempts
    WHERE connection_id = ${connectionId} AND version < ${version} AND started_at < ${before}`;
}

// The end of a renewal, in one transaction: the new credential if the version is still ours, or the state after a failure.
import type { Client, EnvironmentDb } from '../db/database.ts';
import type { Verdict } from './judge-answer.ts';
import type { AttemptOutcome } from './refresh-attempts.ts';
import { connectionGone } from './renewal-subject.ts';
import { type CredentialRow, sealCredential } from './store.ts';
import { tellRenewal } from './tell-renewal.ts';

/** Inside of `locks.begin`. */
export type LockTransaction = Parameters<Parameters<Client['begin']>[1]>[0];

export interface Decision {
  attemptId: string;
  verdict: Verdict;
}

interface StoredRow extends Omit<CredentialRow, 'version'> {
  version: string;
}

/** The row as it is now, and whether it needed its user before. */
interface WrittenRow extends StoredRow {
  wasBroken: boolean;
}

const columns = `
  connection_id AS "connectionId", environment_id AS "environmentId", version, type, value, expires_at AS "expiresAt",
  refresh_at AS "refreshAt", refused_at AS "refusedAt", needs_reauth_at AS "needsReauthAt",
  backoff_until AS "backoffUntil", updated_at AS "updatedAt"`;

const withNumber = (row: StoredRow): CredentialRow => ({ ...row, version: Number(row.version) });

const withoutPast = ({ wasBroken: _, ...row }: WrittenRow): CredentialRow => withNumber(row);

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

interface Writing {
  row: CredentialRow;
  /** Of the provider, for whoever is told. */
  authMode: string;
  decision: Decision;
  now: Date;
}

/**
 * Writes credential columns only, so that whatever else happens to the connection meanwhile survives, and the event when the
 * connection breaks or is mended by it. May be repeated.
 * @returns the row as it is now: another's when the version had moved.
 */
export async function writeDecision(
  sql: LockTransaction,
  { cipher }: EnvironmentDb,
  { row, authMode, decision: { attemptId, verdict }, now }: Writing,
): Promise<CredentialRow> {
  const { connectionId, version } = row;
  // As the row is, not as it was read: another process may have written since, when the lock was lost on the way.
  const before = sql`
    (SELECT needs_reauth_at IS NOT NULL AS was_broken FROM credentials WHERE connection_id = ${connectionId} FOR UPDATE) before`;
  const returning = sql`RETURNING ${sql.unsafe(columns)}, was_broken AS "wasBroken"`;
  if (!('renewed' in verdict)) {
    const { refusedAt, backoffUntil, needsReauthAt } = verdict.state;
    // A failure never takes back that the user is needed.
    const [marked] = await sql<WrittenRow[]>`
      UPDATE credentials
      SET refused_at = ${refusedAt}, backoff_until = ${backoffUntil},
          needs_reauth_at = COALESCE(needs_reauth_at, ${needsReauthAt}), updated_at = ${now}
      FROM ${before} WHERE connection_id = ${connectionId} AND version = ${version} ${returning}`;
    await endAttempt(sql, attemptId, verdict.outcome);
    if (!marked) return await lockCredential(sql, connectionId);
    if (marked.needsReauthAt && !marked.wasBroken) {
      await tellRenewal(sql, { connectionId, authMode, needsReauthAt: marked.needsReauthAt, now });
    }
    return withoutPast(marked);
  }
  const { credential, expiresAt, refreshAt } = verdict.renewed;
  const value = sealCredential(cipher, connectionId, credential);
  const [swapped] = await sql<WrittenRow[]>`
    UPDATE credentials
    SET value = ${value}, expires_at = ${expiresAt}, refresh_at = ${refreshAt}, version = version + 1,
        refused_at = NULL, backoff_until = NULL, needs_reauth_at = NULL, updated_at = ${now}
    FROM ${before} WHERE connection_id = ${connectionId} AND version = ${version} ${returning}`;
  // Already ended as `stored`: a first commit had succeeded although its connection died.
  await endAttempt(sql, attemptId, swapped ? 'stored' : 'orphan');
  if (!swapped) return await lockCredential(sql, connectionId);
  await pruneAttempts(sql, { connectionId, version, now });
  if (swapped.wasBroken) await tellRenewal(sql, { connectionId, authMode, needsReauthAt: null, now });
  return withoutPast(swapped);
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

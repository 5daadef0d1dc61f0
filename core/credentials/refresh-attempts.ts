// The journal of token requests: the intent before one, the raw answer after it, the outcome. All through the main pool,
// because a holder of the row lock that waits for another connection of the locks' small pool would wait for ever.
import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Cipher } from '../crypto/key-ring.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { refreshAttempts } from '../db/schema/connections.ts';
import type { CredentialRow } from './store.ts';
import type { RawTokenAnswer } from './token-answer.ts';

/**
 * `orphan`: a newer credential was there already. `refused`: invalid_grant. `client_refused`: the developer's app was.
 * With a code behind: `unreachable:ETIMEDOUT`, `misconfigured:missing_client_id`.
 */
export type AttemptOutcome =
  | 'stored'
  | 'orphan'
  | 'refused'
  | 'client_refused'
  | 'failed'
  | `unreachable:${string}`
  | `misconfigured:${string}`;

type AttemptRow = typeof refreshAttempts.$inferSelect;

const place = (attemptId: string) => ({ table: 'refresh_attempts', column: 'answer', row: attemptId });

export function sealAnswer(cipher: Cipher, attemptId: string, { bytes, ...rest }: RawTokenAnswer): Buffer {
  return cipher.encryptJson(place(attemptId), { ...rest, body: bytes.toString('base64') });
}

export function openAnswer(cipher: Cipher, row: Pick<AttemptRow, 'id' | 'answer'>): RawTokenAnswer | undefined {
  if (!row.answer) return undefined;
  const { body, receivedAt, ...rest } = cipher.decryptJson<Omit<RawTokenAnswer, 'bytes'> & { body: string }>(
    place(row.id),
    row.answer,
  );
  return { ...rest, receivedAt: new Date(receivedAt), bytes: Buffer.from(body, 'base64') };
}

/** Committed before the request leaves: a crash from here on is known to have an unknown outcome. */
export async function startAttempt(
  environment: EnvironmentDb,
  { connectionId, version }: CredentialRow,
  startedAt: Date,
): Promise<string> {
  const { environmentId } = environment;
  const id = uuidv7();
  await environment.transaction((tx) =>
    tx.insert(refreshAttempts).values({ id, environmentId, connectionId, version, startedAt }),
  );
  return id;
}

/** Before anybody parses it. */
export async function journalAnswer(
  environment: EnvironmentDb,
  attemptId: string,
  answer: RawTokenAnswer,
): Promise<void> {
  const sealed = sealAnswer(environment.cipher, attemptId, answer);
  await environment.transaction((tx) =>
    tx.update(refreshAttempts).set({ answer: sealed }).where(eq(refreshAttempts.id, attemptId)),
  );
}

export async function endAttempt(
  environment: EnvironmentDb,
  attemptId: string,
  outcome: AttemptOutcome,
): Promise<void> {
  await environment.transaction((tx) =>
    tx.update(refreshAttempts).set({ outcome }).where(eq(refreshAttempts.id, attemptId)),
  );
}

export interface AttemptHistory {
  /** Ended without a token, on this version of the credential. */
  failures: number;
  /** An answer that came, but whose process died before it was stored. */
  pending: { id: string; answer: RawTokenAnswer } | undefined;
}

export async function readHistory(environment: EnvironmentDb, row: CredentialRow): Promise<AttemptHistory> {
  return environment.transaction(async (tx) => {
    const mine = ofVersion(row);
    const [counted] = await tx
      .select({ failures: sql<number>`count(*)::int` })
      .from(refreshAttempts)
      .where(and(mine, isNotNull(refreshAttempts.outcome)));
    const [left] = await tx
      .select()
      .from(refreshAttempts)
      .where(and(mine, isNull(refreshAttempts.outcome), isNotNull(refreshAttempts.answer)))
      .orderBy(desc(refreshAttempts.id))
      .limit(1);
    const answer = left && openAnswer(environment.cipher, left);
    return { failures: counted?.failures ?? 0, pending: answer && { id: left.id, answer } };
  });
}

/** The last attempt on this version that ended, with its answer if there was one. */
export async function lastAttempt(environment: EnvironmentDb, row: CredentialRow) {
  const [last] = await environment.transaction((tx) =>
    tx
      .select()
      .from(refreshAttempts)
      .where(and(ofVersion(row), isNotNull(refreshAttempts.outcome)))
      .orderBy(desc(refreshAttempts.id))
      .limit(1),
  );
  return last && { outcome: last.outcome as AttemptOutcome, answer: openAnswer(environment.cipher, last) };
}

const ofVersion = ({ connectionId, version }: CredentialRow) =>
  and(eq(refreshAttempts.connectionId, connectionId), eq(refreshAttempts.version, version));

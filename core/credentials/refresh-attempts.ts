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

type Stored = Omit<RawTokenAnswer, 'bytes'> & { body: string };

const toStored = ({ bytes, ...rest }: RawTokenAnswer): Stored => ({ ...rest, body: bytes.toString('base64') });

const fromStored = ({ body, receivedAt, ...rest }: Stored): RawTokenAnswer => ({
  ...rest,
  receivedAt: new Date(receivedAt),
  bytes: Buffer.from(body, 'base64'),
});

/** In the order they came: a login may take several requests. */
export const sealAnswers = (cipher: Cipher, attemptId: string, answers: readonly RawTokenAnswer[]): Buffer =>
  cipher.encryptJson(place(attemptId), answers.map(toStored));

/** Empty: none came. */
export function openAnswers(cipher: Cipher, row: Pick<AttemptRow, 'id' | 'answer'>): RawTokenAnswer[] {
  if (!row.answer) return [];
  const stored = cipher.decryptJson<Stored | Stored[]>(place(row.id), row.answer);
  return [stored].flat().map(fromStored); // one alone: as it was journalled before 2026-11
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

/** Before anybody parses the last of them. */
export async function journalAnswers(
  environment: EnvironmentDb,
  attemptId: string,
  answers: readonly RawTokenAnswer[],
): Promise<void> {
  const sealed = sealAnswers(environment.cipher, attemptId, answers);
  // One round trip: as a transaction of four, the window in which a crash loses a strictly rotated grant was four times as long.
  await environment.pages`SELECT journal_token_answer(${environment.environmentId}, ${attemptId}, ${sealed})`;
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
  /** Answers that came, but whose process died before the last of them was stored. */
  pending: { id: string; answers: RawTokenAnswer[] } | undefined;
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
    const pending = left && { id: left.id, answers: openAnswers(environment.cipher, left) };
    return { failures: counted?.failures ?? 0, pending };
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
  return last && { outcome: last.outcome as AttemptOutcome, answer: openAnswers(environment.cipher, last).at(-1) };
}

const ofVersion = ({ connectionId, version }: CredentialRow) =>
  and(eq(refreshAttempts.connectionId, connectionId), eq(refreshAttempts.version, version));

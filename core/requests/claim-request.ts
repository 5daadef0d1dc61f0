// `Idempotency-Key`: the first request under a key runs, its repetitions get the answer that it had.
// draft-ietf-httpapi-idempotency-key-header
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { idempotentRequests } from '../db/schema/idempotent-requests.ts';
import { SynclineError } from '../errors.ts';

/** From its first appearance on. */
export const keptFor = '24 hours';
/** A claim that was not renewed for so long is of a process that died. */
const claimedFor = '10 seconds';
export const renewEveryMs = 3_000;

export interface RequestKey {
  apiKeyId: string;
  /** Method and pattern of the path. */
  route: string;
  key: string;
  /** All that makes it this request and no other. */
  content: string;
}

export interface StoredAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface Claim {
  /** A process died while it ran this request: how far it came is not known. */
  repeated: boolean;
  /** Until then the claim has to be renewed, every `renewEveryMs`. */
  renew(): Promise<void>;
  /** The answer is what every repetition gets. */
  settle(answer: StoredAnswer): Promise<void>;
  /** Nothing was done: the key is free. */
  release(): Promise<void>;
}

/**
 * @returns a claim when the request is to be run, else the answer it had
 * @throws SynclineError `idempotency_key_reused` (422), `idempotency_in_progress` (409)
 */
export async function claimRequest(
  environment: EnvironmentDb,
  { apiKeyId, route, key, content }: RequestKey,
): Promise<Claim | StoredAnswer> {
  const { environmentId, cipher } = environment;
  const fingerprint = cipher.contentHash(content);
  const isThis = and(
    eq(idempotentRequests.apiKeyId, apiKeyId),
    eq(idempotentRequests.route, route),
    eq(idempotentRequests.key, key),
  );
  const place = { table: 'idempotent_requests', column: 'answer', row: `${apiKeyId}/${route}/${key}` };
  const until = sql`now() + ${claimedFor}::text::interval`;
  const { attempts, row } = await environment.transaction(async (tx) => {
    const [claimed] = await tx
      .insert(idempotentRequests)
      .values({ environmentId, apiKeyId, route, key, fingerprint, claimedUntil: until })
      .onConflictDoUpdate({
        target: [
          idempotentRequests.environmentId,
          idempotentRequests.apiKeyId,
          idempotentRequests.route,
          idempotentRequests.key,
        ],
        set: {
          claimedUntil: until,
          attempts: sql`CASE WHEN ${isOld} THEN 1 ELSE ${idempotentRequests.attempts} + 1 END`,
          fingerprint,
          status: null,
          answer: null,
          createdAt: sql`CASE WHEN ${isOld} THEN now() ELSE ${idempotentRequests.createdAt} END`,
        },
        setWhere: sql`${isOld} OR (${idempotentRequests.status} IS NULL AND ${idempotentRequests.claimedUntil} < now()
          AND ${idempotentRequests.fingerprint} = ${fingerprint})`,
      })
      .returning({ attempts: idempotentRequests.attempts });
    if (claimed) return { attempts: claimed.attempts };
    const [known] = await tx.select().from(idempotentRequests).where(isThis);
    return { row: known };
  });
  if (attempts === undefined) {
    if (row && !row.fingerprint.equals(fingerprint)) throw keyReused();
    if (!row?.answer) throw inProgress(); // or released in this moment
    return cipher.decryptJson<StoredAnswer>(place, row.answer);
  }
  const mine = and(isThis, eq(idempotentRequests.attempts, attempts), isNull(idempotentRequests.status));
  return {
    repeated: attempts > 1,
    renew: async () => {
      await environment.transaction((tx) => tx.update(idempotentRequests).set({ claimedUntil: until }).where(mine));
    },
    settle: async (answer) => {
      const sealed = cipher.encryptJson(place, answer);
      await environment.transaction((tx) =>
        tx.update(idempotentRequests).set({ status: answer.status, answer: sealed }).where(mine),
      );
    },
    release: async () => {
      await environment.transaction((tx) => tx.delete(idempotentRequests).where(mine));
    },
  };
}

const isOld: SQL = sql`${idempotentRequests.createdAt} < now() - ${keptFor}::text::interval`;

const keyReused = () =>
  new SynclineError('idempotency_key_reused', 'This Idempotency-Key came with another request before.', {
    status: 422,
    hint: 'Use a new key for each request, and the same one only to repeat a request whose answer was lost.',
  });

const inProgress = () =>
  new SynclineError('idempotency_in_progress', 'The first request with this Idempotency-Key is still running.', {
    status: 409,
    retryable: true,
    retryAfterMs: 1_000,
    hint: 'Repeat it in a moment: it then gets the answer of the first.',
  });

// The environment's webhook signing key and its rotation: the old one stays known for a while, because receivers cannot change
// theirs in the same second.
import { createHmac, randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { EnvironmentDb } from '../db/database.ts';
import { environments } from '../db/schema/environments.ts';
import { signingKeyPlace } from './environments.ts';

const previousPlace = (environmentId: string) => ({
  ...signingKeyPlace(environmentId),
  column: 'previous_signing_key',
});

export interface SigningKeys {
  current: string;
  /** Within the overlap of a rotation. */
  previous: { key: string; until: Date } | null;
}

const columns = {
  current: environments.webhookSigningKey,
  previous: environments.previousSigningKey,
  until: environments.previousSigningKeyUntil,
};

/** In force at this moment, the database's clock aside. */
export async function readSigningKeys(environment: EnvironmentDb, now = new Date()): Promise<SigningKeys> {
  const { environmentId, cipher } = environment;
  const [row] = await environment.transaction((tx) =>
    tx.select(columns).from(environments).where(eq(environments.id, environmentId)),
  );
  const { current, previous, until } = row!;
  return {
    current: cipher.decryptText(signingKeyPlace(environmentId), current),
    previous:
      previous && until && until > now
        ? { key: cipher.decryptText(previousPlace(environmentId), previous), until }
        : null,
  };
}

/**
 * Signs with a new key from now on. At most two are in force: rotating again within the overlap drops the oldest.
 * @param overlapSeconds 0: the old one is void at once
 */
export async function rotateSigningKey(
  environment: EnvironmentDb,
  { overlapSeconds, now = new Date() }: { overlapSeconds: number; now?: Date },
): Promise<SigningKeys> {
  const { environmentId, cipher } = environment;
  const isIt = eq(environments.id, environmentId);
  const made = randomBytes(32).toString('base64url');
  return environment.transaction(async (tx) => {
    const [row] = await tx.select(columns).from(environments).where(isIt).for('update');
    const replaced = cipher.decryptText(signingKeyPlace(environmentId), row!.current);
    const previous =
      overlapSeconds > 0 ? { key: replaced, until: new Date(now.getTime() + overlapSeconds * 1000) } : null;
    await tx
      .update(environments)
      .set({
        webhookSigningKey: cipher.encryptText(signingKeyPlace(environmentId), made),
        previousSigningKey: previous && cipher.encryptText(previousPlace(environmentId), previous.key),
        previousSigningKeyUntil: previous?.until ?? null,
      })
      .where(isIt);
    return { current: made, previous };
  });
}

/** What a request to the app carries. Receivers with the old key check `…-Previous`, or what they refuse is sent again later. */
export function signatureHeaders(
  { current, previous }: SigningKeys,
  body: string | Uint8Array,
): Record<string, string> {
  const digest = (key: string) => createHmac('sha256', key).update(body).digest('hex');
  return {
    'X-Nango-Hmac-Sha256': digest(current),
    ...(previous && { 'X-Nango-Hmac-Sha256-Previous': digest(previous.key) }),
  };
}

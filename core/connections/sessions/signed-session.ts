// What a public key is good for: the one connection that the app's server has signed for. It becomes a session for that connection and
// no other, of which nobody has a token.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from '../../crypto/uuid.ts';
import type { Database } from '../../db/database.ts';
import { connectSessions } from '../../db/schema/connect-sessions.ts';
import type { FoundPublicKey } from '../../environments/public-key.ts';
import { SynclineError } from '../../errors.ts';
import { readSession } from './find-session.ts';
import type { ConnectSession } from './session.ts';
import { hashSessionToken } from './session-token.ts';

export interface SignedRequest {
  providerConfigKey: string;
  connectionId: string;
  /** As it came. */
  hmac: string | undefined;
}

const life = sql`now() + interval '30 minutes'`;

/** @throws SynclineError `missing_hmac`, `invalid_hmac` (400) */
export async function openSignedSession(
  { keys }: Pick<Database, 'keys'>,
  { environment, hmacKey }: Pick<FoundPublicKey, 'environment' | 'hmacKey'>,
  request: SignedRequest,
): Promise<ConnectSession> {
  assertSigned(hmacKey.reveal(), request);
  const { environmentId } = environment;
  const { providerConfigKey, connectionId } = request;
  // One row for what one signature is good for, however often it comes: no token has the shape of this name.
  const name = JSON.stringify([environmentId, providerConfigKey, connectionId]);
  const row = {
    tokenHmac: hashSessionToken(keys.purpose('connect-session'), name),
    allowedIntegrations: [providerConfigKey],
    chosenId: connectionId,
    expiresAt: life,
  };
  const [session] = await environment.transaction((tx) =>
    tx
      .insert(connectSessions)
      .values({ id: uuidv7(), environmentId, ...row })
      .onConflictDoUpdate({
        target: connectSessions.tokenHmac,
        set: { expiresAt: life },
        setWhere: eq(connectSessions.environmentId, environmentId),
      })
      .returning({ id: connectSessions.id }),
  );
  return (await readSession(environment, session!.id))!;
}

/** @example hmac = createHmac('sha256', hmacKey).update('github:acme').digest('hex') */
function assertSigned(hmacKey: string, { providerConfigKey, connectionId, hmac }: SignedRequest): void {
  if (hmac === undefined || hmac === '') {
    throw new SynclineError('missing_hmac', 'A public key alone connects nothing: the request carries no hmac.', {
      status: 400,
      hint: signHint,
    });
  }
  const right = createHmac('sha256', hmacKey).update(`${providerConfigKey}:${connectionId}`).digest();
  // `a:b` + `c` and `a` + `b:c` have the same signature: it says which is meant only where the first part has no colon.
  const isTelling = !providerConfigKey.includes(':') && /^[0-9a-f]{64}$/i.test(hmac);
  if (isTelling && timingSafeEqual(Buffer.from(hmac, 'hex'), right)) return;
  throw new SynclineError('invalid_hmac', 'The hmac is not that of this integration and connection id.', {
    status: 400,
    hint: providerConfigKey.includes(':') ? 'With a colon in its unique key an integration needs a session.' : signHint,
  });
}

const signHint =
  "Your server makes it: HMAC-SHA256 of '<integration>:<connection id>' with the environment's HMAC key, in hexadecimal.";

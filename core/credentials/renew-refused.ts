// After an upstream 401: is there another credential to try? One forced renewal, and not again soon when it did not help.
import type { EnvironmentDb } from '../db/database.ts';
import type { Credentials, FreshCredential } from './credentials.ts';

const restMs = 10 * 60_000;
const maxRemembered = 10_000;

/** Connections whose renewed credential was refused too, and until when they rest; of a process. */
const unhelpful = new WeakMap<Credentials, Map<string, number>>();

const restingOf = (credentials: Credentials): Map<string, number> => {
  let resting = unhelpful.get(credentials);
  if (!resting) {
    resting = new Map();
    unhelpful.set(credentials, resting);
  }
  return resting;
};

export interface Refused {
  /** Our uuid. */
  connectionId: string;
  /** Of the credential that the upstream refused. */
  version: number;
}

/**
 * Somebody else's renewal counts: then nothing is renewed. A renewal that fails leaves the upstream's own 401 as the answer.
 * @returns undefined when there is nothing else to try
 */
export async function renewRefused(
  credentials: Credentials,
  environment: EnvironmentDb,
  { connectionId, version }: Refused,
  now = Date.now(),
): Promise<FreshCredential | undefined> {
  const other = async (force: boolean) => {
    const found = await credentials.fresh(environment, { connectionId, force }).catch(() => undefined);
    return found && found.version !== version ? found : undefined;
  };
  const stored = await other(false);
  if (stored) return stored;
  if ((restingOf(credentials).get(connectionId) ?? 0) > now) return undefined;
  return other(true);
}

/** The renewed credential was refused as well: the next 401s of this connection are answers. */
export function noteUnhelpful(credentials: Credentials, connectionId: string, now = Date.now()): void {
  const resting = restingOf(credentials);
  if (resting.size >= maxRemembered) resting.delete(resting.keys().next().value!);
  resting.set(connectionId, now + restMs);
}

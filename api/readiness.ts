// The state of what requests need: Postgres and Temporal, asked with short deadlines.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../core/db/database.ts';

type States = Record<string, { ok: boolean; detail?: string }>;

const deadlineMs = 3_000;

async function stateOf(work: () => Promise<unknown>): Promise<{ ok: boolean; detail?: string }> {
  const late = sleep(deadlineMs, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${deadlineMs / 1000} s`);
  });
  try {
    await Promise.race([work(), late]);
    return { ok: true };
  } catch (error) {
    // Not the message: drivers put addresses and user names in it, and this route needs no key.
    const { code } = error as { code?: unknown };
    return { ok: false, detail: typeof code === 'string' ? code : 'unavailable' };
  }
}

/** `askTemporal` rejects while Temporal is away. */
export const createReadiness =
  (database: Database, askTemporal: () => Promise<unknown>) => async (): Promise<States> => {
    const [postgres, temporal] = await Promise.all([stateOf(() => database.platform`SELECT 1`), stateOf(askTemporal)]);
    return { postgres, temporal };
  };

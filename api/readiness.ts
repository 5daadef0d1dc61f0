// The state of what requests need: Postgres and Temporal, asked with short deadlines.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../core/db/database.ts';
import { type FenceLevel, missingFences } from '../core/runtime/host/fences.ts';

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

export interface Asked {
  /** Rejects while Temporal is away. */
  askTemporal(): Promise<unknown>;
  /** Undefined before a function's process has started here. */
  fence(): FenceLevel | undefined;
}

export const createReadiness =
  (database: Database, { askTemporal, fence }: Asked) =>
  async (): Promise<States> => {
    const [postgres, temporal] = await Promise.all([stateOf(() => database.platform`SELECT 1`), stateOf(askTemporal)]);
    const level = fence();
    // A weaker one is no reason to serve nobody, and nothing to keep quiet about.
    const sandbox = level && {
      ok: true,
      detail: missingFences[level] ?? 'Functions run without network and without files.',
    };
    return { postgres, temporal, ...(sandbox && { sandbox }) };
  };

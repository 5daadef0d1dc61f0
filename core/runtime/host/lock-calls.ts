// Locks of a script. They are taken and released live, but answered from the journal in a replay: a script that went on
// because it had the lock must go on again, and the lock itself belongs to the run and survived the attempt.
import { acquireLock, type LockOwner, parseLockKey, parseTtlMs, releaseLocks } from '../../locks/locks.ts';
import { journalled } from './journalled.ts';
import type { Calls, RunContext } from './run-context.ts';

const ownerOf = ({ run, operationId }: RunContext): LockOwner =>
  run ? { id: run.writer.runId, writer: run.writer } : { id: operationId };

/** @param held set when the execution has taken one */
export function lockCalls(context: RunContext, held: { any: boolean }): Calls {
  const { environment, journal } = context;
  const owner = ownerOf(context);
  const answered = async (identity: unknown[], live: boolean) => {
    const answer = await journalled(journal, identity, async () => Buffer.from([live ? 1 : 0]));
    return { result: answer[0] === 1 };
  };
  return {
    async tryAcquireLock(args) {
      const lock = { key: parseLockKey(args['key']), ttlMs: parseTtlMs(args['ttlMs']) };
      held.any = true;
      return answered(['lock', lock.key], await acquireLock(environment, owner, lock));
    },
    async releaseLock(args) {
      const key = parseLockKey(args['key']);
      return answered(['unlock', key], await releaseLocks(environment, owner, key));
    },
    async releaseAllLocks() {
      await releaseLocks(environment, owner);
      return {};
    },
  };
}

/** The end of an execution that is not begun again; else its locks go with the transaction that ends it. */
export async function releaseHeld(context: RunContext, held: { any: boolean }): Promise<void> {
  if (!held.any || context.journal) return;
  await releaseLocks(context.environment, ownerOf(context)).catch(() => false); // then they end with their time
}

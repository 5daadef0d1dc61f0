// Locks of functions: taken by key within an environment, never waited for, over with their time or their owner's execution.
import { eq } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { locks } from '../db/schema/locks.ts';
import { SynclineError } from '../errors.ts';
import { pageError, type RunWriter } from '../records/commit-page.ts';

export interface LockOwner {
  /** The run, so that a lock survives its next attempt; else the operation of the execution. */
  id: string;
  /** Of a run: a stale attempt neither takes nor releases. */
  writer?: RunWriter | undefined;
}

const maxKeyLength = 255;
/** A lock ends with its execution, so a longer time is a slip; Postgres has no dates for some of them. */
const maxTtlMs = 366 * 86_400_000;

const invalidLock = (problem: string) =>
  new SynclineError(
    'invalid_lock',
    `A lock needs a key of 1 to ${maxKeyLength} characters and a ttlMs above 0: ${problem}.`,
    {
      status: 400,
      hint: "Call nango.tryAcquireLock({ key: 'import', ttlMs: 60_000 }).",
    },
  );

/** @throws SynclineError invalid_lock */
export function parseLockKey(key: unknown): string {
  if (typeof key !== 'string') throw invalidLock(`the key is ${key === undefined ? 'missing' : `a ${typeof key}`}`);
  if (key.length === 0 || key.length > maxKeyLength) throw invalidLock(`the key has ${key.length} characters`);
  if (key.includes('\0') || !key.isWellFormed()) throw invalidLock('the key has a character that cannot be stored');
  return key;
}

/** @throws SynclineError invalid_lock */
export function parseTtlMs(ttlMs: unknown): number {
  if (typeof ttlMs !== 'number' || !(ttlMs > 0)) throw invalidLock('ttlMs is no number above 0');
  return Math.min(ttlMs, maxTtlMs);
}

/** @returns true when it is the owner's now, for `ttlMs` from now. @throws SynclineError run_superseded */
export async function acquireLock(
  { pages, environmentId }: EnvironmentDb,
  { id, writer }: LockOwner,
  { key, ttlMs }: { key: string; ttlMs: number },
): Promise<boolean> {
  try {
    const [row] = await pages<{ acquired: boolean }[]>`
      SELECT acquire_lock(${environmentId}, ${writer?.syncId ?? null}, ${writer?.fence ?? null}, ${id}, ${key}, ${ttlMs}) AS acquired`;
    return row!.acquired;
  } catch (error) {
    throw pageError(error);
  }
}

/** Without a key: all of the owner. @returns true when it held one. @throws SynclineError run_superseded */
export async function releaseLocks(
  { pages, environmentId }: EnvironmentDb,
  { id, writer }: LockOwner,
  key?: string,
): Promise<boolean> {
  try {
    const [row] = await pages<{ released: boolean }[]>`
      SELECT release_locks(${environmentId}, ${writer?.syncId ?? null}, ${writer?.fence ?? null}, ${id}, ${key ?? null}) AS released`;
    return row!.released;
  } catch (error) {
    throw pageError(error);
  }
}

/** With the transaction that ends a run. */
export async function releaseLocksOf(tx: Transaction, runId: string): Promise<void> {
  await tx.delete(locks).where(eq(locks.ownerId, runId));
}

import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { EnvironmentDb } from '../db/database.ts';
import { syncs } from '../db/schema/syncs.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { begin, createTestSync } from '../syncs/test-sync.ts';
import { acquireLock, type LockOwner, parseLockKey, parseTtlMs, releaseLocks } from './locks.ts';

let test: TestDatabase;
let env: EnvironmentDb;
beforeAll(async () => {
  test = await openTestDatabase('locks');
});
afterAll(() => test.close());
beforeEach(async () => {
  ({ env } = await test.environment());
});

const owner = (): LockOwner => ({ id: randomUUID() });
const lock = { key: 'import', ttlMs: 60_000 };
const expire = () =>
  env.transaction((tx) => tx.execute(sql`UPDATE locks SET expires_at = clock_timestamp() - interval '1 millisecond'`));

it('is held by one owner, who may take it again', async () => {
  const [mine, theirs] = [owner(), owner()];
  expect(await acquireLock(env, mine, lock)).toBe(true);
  expect(await acquireLock(env, theirs, lock)).toBe(false);
  expect(await acquireLock(env, mine, lock)).toBe(true);
  expect(await acquireLock(env, theirs, { ...lock, key: 'other' })).toBe(true);
});

it('goes to one of many who want it at once', async () => {
  const taken = await Promise.all(Array.from({ length: 20 }, () => acquireLock(env, owner(), lock)));
  expect(taken.filter(Boolean)).toHaveLength(1);
});

it('is free when its time is over, and counts its time anew with every call of its owner', async () => {
  const [mine, theirs] = [owner(), owner()];
  await acquireLock(env, mine, lock);
  await expire();
  await acquireLock(env, mine, lock);
  expect(await acquireLock(env, theirs, lock)).toBe(false);
  await expire();
  expect(await releaseLocks(env, mine, lock.key)).toBe(false);
  expect(await acquireLock(env, theirs, lock)).toBe(true);
});

it('is released by its owner alone, one or all', async () => {
  const [mine, theirs] = [owner(), owner()];
  await acquireLock(env, mine, lock);
  await acquireLock(env, mine, { ...lock, key: 'second' });
  await acquireLock(env, mine, { ...lock, key: 'third' });
  expect(await releaseLocks(env, theirs, lock.key)).toBe(false);
  expect(await releaseLocks(env, mine, lock.key)).toBe(true);
  expect(await releaseLocks(env, mine, lock.key)).toBe(false);
  expect(await releaseLocks(env, mine)).toBe(true);
  expect(await releaseLocks(env, mine)).toBe(false);
  for (const key of [lock.key, 'second', 'third']) expect(await acquireLock(env, theirs, { ...lock, key })).toBe(true);
});

it('has the scope of its environment', async () => {
  const { env: other } = await test.environment();
  expect(await acquireLock(env, owner(), lock)).toBe(true);
  expect(await acquireLock(other, owner(), lock)).toBe(true);
});

it('of a run passes to its next attempt, is refused to a stale one, and ends with the run', async () => {
  const sync = await createTestSync(test);
  const first = await begin(sync);
  const ownerAt = ({ runId, fence }: { runId: string; fence: number }) => ({
    id: runId,
    writer: { syncId: sync.syncId, runId, fence },
  });
  const stale = ownerAt(first.attempt);
  expect(await acquireLock(sync.env, stale, lock)).toBe(true);
  const second = await begin(sync);
  await expect(acquireLock(sync.env, stale, lock)).rejects.toMatchObject({ code: 'run_superseded' });
  await expect(releaseLocks(sync.env, stale, lock.key)).rejects.toMatchObject({ code: 'run_superseded' });
  expect(await acquireLock(sync.env, ownerAt(second.attempt), lock)).toBe(true);

  await second.finish({ ok: false, stopped: true }); // a pause parks the run
  expect(await acquireLock(sync.env, owner(), lock)).toBe(false);
  const third = await begin(sync);
  await third.finish({ ok: false, error: { type: 'script_internal_error', message: 'broken' } });
  expect(await acquireLock(sync.env, owner(), lock)).toBe(true);
  const [row] = await sync.env.transaction((tx) => tx.select().from(syncs).where(eq(syncs.id, sync.syncId)));
  expect(row!.openRunId).toBeNull();
});

it('leaves nothing of executions that were killed', async () => {
  await acquireLock(env, owner(), lock);
  await env.transaction((tx) => tx.execute(sql`UPDATE locks SET expires_at = now() - interval '25 hours'`));
  await releaseLocks(env, owner());
  const rows = await env.transaction((tx) => tx.execute(sql`SELECT 1 FROM locks`));
  expect(rows).toHaveLength(0);
});

it.each([undefined, '', 'x'.repeat(256), 'a\0b', '\ud800', 7])('refuses the key %j', (key) => {
  expect(() => parseLockKey(key)).toThrow(expect.objectContaining({ code: 'invalid_lock' }));
});

it.each([undefined, 0, -1, Number.NaN, '60000'])('refuses the time %j', (ttlMs) => {
  expect(() => parseTtlMs(ttlMs)).toThrow(expect.objectContaining({ code: 'invalid_lock' }));
});

it('takes a time without end as long as a lock can last', async () => {
  expect(await acquireLock(env, owner(), { key: 'long', ttlMs: parseTtlMs(Number.POSITIVE_INFINITY) })).toBe(true);
});

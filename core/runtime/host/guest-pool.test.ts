import { existsSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { createGuestPool, type GuestPool, type GuestPoolOptions } from './guest-pool.ts';
import type { Guest } from './guest-process.ts';
import { runScript } from './test-guests.ts';

const opened: GuestPool[] = [];
const open = (options: Partial<GuestPoolOptions> = {}) => {
  const pool = createGuestPool({ size: 2, heapMb: 128, ...options });
  opened.push(pool);
  return pool;
};
afterEach(() => {
  for (const pool of opened.splice(0)) pool.close();
});

const isAlive = ({ pid }: Guest) => existsSync(`/proc/${pid}`);

async function runIn(pool: GuestPool, environmentId: string, body = 'return 1'): Promise<Guest> {
  const guest = await pool.acquire(environmentId);
  await runScript(guest, body);
  pool.release(guest, { reuse: true });
  await guest.renewed(); // until then its place is taken, and another run gets another process
  return guest;
}

it('gives an environment its own process again, and never another’s', async () => {
  const pool = open();
  const first = await runIn(pool, 'a');
  const other = await runIn(pool, 'b');
  expect(other).not.toBe(first);
  expect(await runIn(pool, 'a')).toBe(first);
  expect(await runIn(pool, 'b')).toBe(other);
});

it('runs one function at a time in a process, and `size` of them in all', async () => {
  const pool = open();
  const [one, two] = [await pool.acquire('a'), await pool.acquire('a')];
  expect(one).not.toBe(two);
  await expect(pool.acquire('a', 50)).rejects.toMatchObject({
    code: 'action_start_timeout',
    status: 503,
    retryable: true,
  });
  const waiting = pool.acquire('a');
  await runScript(one, 'return 1');
  pool.release(one, { reuse: true });
  expect(await waiting).toBe(one); // warm, in a fresh realm
  // Whoever a running function waits for is not kept waiting for its place.
  const nested = await pool.acquireNested('a');
  expect([one, two]).not.toContain(nested);
  for (const guest of [one, two, nested]) pool.release(guest, { reuse: false });
});

it('ends a process after its share of runs', async () => {
  const pool = open({ size: 1, maxRuns: 3 });
  const guests: Guest[] = [];
  for (let n = 0; n < 6; n++) guests.push(await runIn(pool, 'a'));
  expect(new Set(guests).size).toBe(2);
  expect(guests.map(({ runs }) => runs)).toEqual([3, 3, 3, 3, 3, 3]);
  await expect.poll(() => guests.some(isAlive), { timeout: 5_000 }).toBe(false);
});

it('ends a process that is old, whose run is not over, or that is not to be used again', async () => {
  const pool = open({ maxAgeMs: 1 });
  const old = await runIn(pool, 'a');
  const spinning = await pool.acquire('a');
  void runScript(spinning, 'for (;;);');
  pool.release(spinning, { reuse: true });
  const stained = await pool.acquire('a');
  pool.release(stained, { reuse: false });
  for (const guest of [old, spinning, stained]) await expect.poll(() => isAlive(guest), { timeout: 8_000 }).toBe(false);
});

it('keeps a spare while there is work and nothing when it is quiet', async () => {
  const pool = open({ idleMs: 300, spareMs: 300 });
  const guest = await runIn(pool, 'a');
  expect(isAlive(guest)).toBe(true);
  await expect.poll(() => isAlive(guest), { timeout: 5_000 }).toBe(false);
});

it('lets those above what it keeps go sooner', async () => {
  const pool = open({ size: 3, keep: 1, excessMs: 200 });
  const guests = [await pool.acquire('a'), await pool.acquire('a'), await pool.acquire('a')];
  for (const guest of guests) {
    await runScript(guest, 'return 1');
    pool.release(guest, { reuse: true });
  }
  await expect.poll(() => guests.filter(isAlive).length, { timeout: 5_000 }).toBe(1);
});

it('says behind which fence its guests are', async () => {
  const told: string[] = [];
  const pool = open({ onFence: ({ level }) => told.push(level) });
  expect(pool.fence).toBeUndefined();
  pool.warm();
  await runIn(pool, 'a');
  await runIn(pool, 'b');
  expect(told).toEqual([pool.fence]);
});

it('makes room for the environment that has work by ending one that waits', async () => {
  const pool = open({ size: 1 });
  const guests: Guest[] = [];
  for (const environmentId of ['a', 'b', 'c', 'd']) guests.push(await runIn(pool, environmentId));
  await expect.poll(() => guests.filter(isAlive).length, { timeout: 5_000 }).toBeLessThanOrEqual(2);
  expect(isAlive(guests[3]!)).toBe(true);
});

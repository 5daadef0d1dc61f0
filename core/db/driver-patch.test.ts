// Regressions of the driver's open issues 1066, 1133, 1154 and 1208 (porsager/postgres). Without the patch transactions
// fail with `max_pipeline: 0`; without that option, a killed backend ends the process and leaks rows.
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOwnDatabase, type OwnDatabase } from './test-server.ts';

let own: OwnDatabase;
const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);

beforeAll(async () => {
  process.on('uncaughtException', note);
  own = await createOwnDatabase('driver');
  await own.owner`CREATE TABLE rows (text text NOT NULL)`;
});
afterAll(async () => {
  await own.drop();
  process.off('uncaughtException', note);
});

const pidOf = async (tx: postgres.TransactionSql) => (await tx`SELECT pg_backend_pid() AS pid`)[0]!['pid'] as number;
const lostBackend = expect.objectContaining({
  code: expect.stringMatching(/^(57P01|CONNECTION_CLOSED|CONNECTION_DESTROYED)$/),
});

describe.each([0, 100])('with max_pipeline: %i, when a backend dies inside a transaction', (max_pipeline) => {
  let pool: postgres.Sql;
  beforeAll(() => {
    pool = postgres(own.url, { max: 2, ...({ max_pipeline } as object), backoff: () => 0.05, onnotice: () => {} });
  });
  afterAll(() => pool.end({ timeout: 1 }));

  async function transactionThatLosesItsBackend(name: string): Promise<unknown> {
    try {
      await pool.begin(async (tx) => {
        const pid = await pidOf(tx);
        await tx`INSERT INTO rows VALUES (${`${name} before`})`;
        await own.owner`SELECT pg_terminate_backend(${pid})`;
        await sleep(20); // the driver notices, and may reopen the connection for the queries that wait
        for (let n = 0; n < 3; n++) await tx`INSERT INTO rows VALUES (${`${name} after`})`.catch(() => {});
        await tx`INSERT INTO rows VALUES (${`${name} last`})`;
      });
      return undefined;
    } catch (error) {
      return error;
    }
  }

  it('writes no row outside it, with queries waiting behind it', async () => {
    for (let round = 0; round < 5; round++) {
      const lost = Promise.all(['a', 'b'].map(transactionThatLosesItsBackend));
      await sleep(5);
      const waiting = Promise.all(Array.from({ length: 20 }, () => pool`SELECT 1 AS one`));
      expect(await lost).toEqual([lostBackend, lostBackend]);
      expect((await waiting).length).toBe(20);
    }
    expect([...(await own.owner`SELECT * FROM rows`)]).toEqual([]);
  });

  it('keeps the process alive', async () => {
    await transactionThatLosesItsBackend('c');
    await sleep(50);
    expect(uncaught).toEqual([]);
  });

  it('has the pool usable at once', async () => {
    await transactionThatLosesItsBackend('d');
    const began = performance.now();
    await pool`SELECT 1`;
    await pool.begin((tx) => tx`SELECT 1`);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('gives a transaction a connection of its own', async () => {
    const [before, after] = await pool.begin(async (tx) => {
      const first = await pidOf(tx);
      await Promise.all(Array.from({ length: 10 }, () => pool`SELECT pg_sleep(0.005)`));
      return [first, await pidOf(tx)];
    });
    expect(after).toBe(before);
  });
});

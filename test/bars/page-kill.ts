// Bar 19: the worker is killed and frozen in the middle of pages, over and over, while runs copy contacts that change between runs.
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { createRandom } from '../../simulator/random.ts';
import { readRecords } from '../e2e/syncs.ts';
import { type System, startSystem } from '../e2e/system.ts';
import { waitFor } from '../e2e/wait-for.ts';
import { type Account, allRuns, createAccounts, isStill, latestRun, trigger } from './accounts.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import { canonical, contentOf, followAccounts, type Replica } from './replica.ts';

/** Enough accounts that work goes on while the killed runs wait for their heartbeat to be missed. */
const accountCount = 20;
const editsPerRun = 40;
/** Longer than the heartbeat's timeout: the frozen attempt wakes up beside its successor. */
const longFreezeMs = 9_500;

export async function pageKill({ seed, long, port }: BarOptions): Promise<Outcome> {
  const rows = long ? 200_000 : 20_000;
  const wanted = { kills: long ? 2_000 : 60, stops: long ? 100 : 10 };
  const system = await startSystem({
    port,
    simulator: { dataset: { count: rows, seed }, faultSeed: seed },
    settings: { SYNCLINE_GUESTS: '2' },
  });
  try {
    const accounts = await createAccounts(system, { count: accountCount, rowsEach: rows / accountCount });
    system.simulator.faults.set([{ match: { path: '/paged/contacts' }, fault: { delayMs: 50 } }]);
    const replica = followAccounts(system.api, accounts);
    const recoverMs = await attack(system, { accounts, wanted, seed });
    system.simulator.faults.clear();
    await settle(system, accounts);
    await replica.finish();
    return await judge(system, { accounts, replica, recoverMs, rows, seed, ...wanted });
  } finally {
    await system.end();
  }
}

interface Attack {
  accounts: Account[];
  wanted: { kills: number; stops: number };
  seed: number;
}

/** @returns from each kill to the next page asked for */
async function attack(system: System, { accounts, wanted, seed }: Attack): Promise<number[]> {
  const random = createRandom(seed);
  const recoverMs: number[] = [];
  const freezeEvery = wanted.kills / wanted.stops;
  let stops = 0;
  for (let kills = 0; kills < wanted.kills; ) {
    await keepBusy(system, { accounts, random });
    const from = system.simulator.served.answers;
    const at = performance.now();
    await waitFor('a page is asked for', () => system.simulator.served.answers > from, { everyMs: 5 });
    await sleep(random() * 700);
    const pid = system.pid('worker');
    if (stops < wanted.stops && kills >= freezeEvery * stops) {
      stops++;
      process.kill(pid, 'SIGSTOP');
      await sleep(stops % 2 === 0 ? longFreezeMs : 300 + random() * 2_000);
      process.kill(pid, 'SIGCONT');
      continue;
    }
    const served = system.simulator.served.answers;
    const killedAt = await system.kill('worker');
    kills++;
    await keepBusy(system, { accounts, random });
    await waitFor('work goes on', () => system.simulator.served.answers > served + 1, { everyMs: 5 });
    recoverMs.push(Date.now() - killedAt);
    if (kills % 10 === 0) {
      const seconds = ((performance.now() - at) / 1000).toFixed(1);
      console.log(
        `${kills} kills, ${stops} stops, ${system.simulator.served.answers} pages served, the last took ${seconds} s`,
      );
    }
  }
  return recoverMs;
}

/** Edits and triggers what stands still: contacts change between the runs of their account, never during one. */
async function keepBusy(
  { api, simulator }: System,
  { accounts, random }: { accounts: Account[]; random: () => number },
) {
  for (const account of accounts) {
    if (!isStill(account, await latestRun(api, account))) continue;
    const edits = account.triggered === 0 ? 0 : editsPerRun;
    for (let edit = 0; edit < edits; edit++) {
      simulator.dataset.edit(account.ids[Math.floor(random() * account.ids.length)]!);
    }
    await trigger(api, account);
  }
}

/** Nobody helps: what was killed last goes on by itself. */
async function settle({ api }: System, accounts: Account[]): Promise<void> {
  for (const account of accounts) {
    await waitFor(`${account.connection} stands still`, async () => isStill(account, await latestRun(api, account)), {
      deadlineMs: 120_000,
    });
  }
}

interface Evidence {
  accounts: Account[];
  replica: Replica;
  recoverMs: number[];
  rows: number;
  seed: number;
  kills: number;
  stops: number;
}

async function judge(system: System, { accounts, replica, recoverMs, ...told }: Evidence): Promise<Outcome> {
  const { api, simulator } = system;
  let lost = 0;
  let extra = 0;
  let differs = 0;
  const latest = simulator.served.latest();
  const stored = new Map(
    (await Promise.all(accounts.map((account) => readRecords(api, account)))).flat().map((row) => [row.id, row]),
  );
  for (const [id, revision] of latest) {
    const row = stored.get(id);
    if (!row || contentOf(row) !== canonical(simulator.dataset.at(id, revision))) lost++;
  }
  for (const [id, row] of stored) {
    if (!latest.has(id)) extra++;
    const told = replica.rows.get(id);
    if (!told || canonical(told) !== canonical(row)) differs++;
  }
  differs += [...replica.rows.keys()].filter((id) => !stored.has(id)).length;
  const runs = (await Promise.all(accounts.map((account) => allRuns(api, account)))).flat();
  const unsuccessful = runs.filter(({ state }) => state !== 'succeeded');
  for (const { number, state, error } of unsuccessful.slice(0, 5))
    console.log(`run ${number} ended ${state}: ${error?.message}`);
  const counted = runs.reduce(
    (sum, { results }) => sum + (results['Contact']?.added ?? 0) + (results['Contact']?.updated ?? 0),
    0,
  );
  const numbers = await sumOfChangeNumbers(system.read().databaseUrl);
  const real = realChanges(system);
  const dup = extra + replica.repeats + replica.regressions + Math.max(0, numbers - real);
  const holds =
    lost + dup + differs + unsuccessful.length === 0 &&
    numbers === real &&
    counted === real &&
    latest.size === told.rows;
  const sorted = recoverMs.sort((a, b) => a - b);
  const figure = renderFigure({
    ...told,
    pages: simulator.served.answers,
    runs: runs.length,
    attempts: runs.reduce((sum, { attempts }) => sum + attempts, 0),
    failed_runs: unsuccessful.length,
    lost,
    dup,
    replica_diff: differs,
    change_numbers: numbers,
    counted_changes: counted,
    real_changes: real,
    delivered: replica.deliveries,
    recover_p50_s: ((sorted[sorted.length >> 1] ?? 0) / 1000).toFixed(1),
    recover_p99_s: ((sorted[Math.floor(sorted.length * 0.99)] ?? 0) / 1000).toFixed(1),
  });
  return { holds, figure };
}

/** A contact does not change during a run of its account, so every revision that went out whole had to be stored once. */
function realChanges({ simulator }: System): number {
  const seen = new Set<string>();
  for (const { delivery, rows } of simulator.served.list({ limit: Number.POSITIVE_INFINITY })) {
    if (delivery === 'whole') for (const { id, revision } of rows) seen.add(`${id}/${revision}`);
  }
  return seen.size;
}

async function sumOfChangeNumbers(databaseUrl: string): Promise<number> {
  const sql = postgres(databaseUrl, { max: 1 });
  const [row] = await sql<{ sum: string }[]>`SELECT sum(last_seq) FROM streams WHERE model = 'Contact'`;
  await sql.end();
  return Number(row!.sum);
}

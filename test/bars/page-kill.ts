// Bar 19: the worker is killed and frozen in the middle of pages, over and over, while runs copy contacts that change between runs.
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { createRandom } from '../../simulator/random.ts';
import { readRecords } from '../e2e/syncs.ts';
import { type System, startSystem } from '../e2e/system.ts';
import { waitFor } from '../e2e/wait-for.ts';
import { type Account, allRuns, createAccounts, hasEnded, latestRun, trigger } from './accounts.ts';
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
    const [pid] = [system.pid('worker')];
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
      console.log(`${kills} kills, ${stops} stops, ${system.simulator.served.answers} pages served, the last took ${seconds} s`);
    }
  }
  return recoverMs;
}

/** Edits and triggers what stands still: contacts change between the runs of their account, never during one. */
async function keepBusy({ api, simulator }: System, { accounts, random }: { accounts: Account[]; random: () => number }) {
  for (const account of accounts) {
    const run = await latestRun(api, account);
    if (run && !hasEnded(run)) continue;
    if (run && (await isQueued(api, account))) continue;
    if (run) for (let edit = 0; edit < editsPerRun; edit++) simulator.dataset.edit(pick(account.ids, random));
    await trigger(api, account);
    account.triggered = (run?.number ?? 0) + 1;
  }
}

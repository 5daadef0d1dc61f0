// The worker is killed over and over in one run: how long until the next attempt begins, and what it asks the provider again.
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../simulator/random.ts';
import { type System, startSystem } from '../e2e/system.ts';
import { waitFor } from '../e2e/wait-for.ts';
import { type Account, createAccounts, isStill, latestRun, trigger } from './accounts.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';

const rows = 20_000;
const limitMs = 10_000;

export async function workerResume({ seed, long, port }: BarOptions): Promise<Outcome> {
  const kills = long ? 100 : 20;
  const system = await startSystem({ port, simulator: { dataset: { count: rows, seed }, faultSeed: seed } });
  try {
    const [account] = await createAccounts(system, { count: 1, rowsEach: rows });
    // Slow enough for the run to outlive its killers.
    const delayMs = Math.ceil((kills * 2_000) / (rows / 100));
    system.simulator.faults.set([{ match: { path: '/paged/contacts' }, fault: { delayMs } }]);
    await trigger(system.api, account!);
    const random = createRandom(seed);
    const begunMs: number[] = [];
    const liveMs: number[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      await sleep(500 + random() * 900);
      const { begun, live } = await killOnce(system, account!, kill);
      begunMs.push(begun);
      liveMs.push(live);
      console.log(`kill ${kill}: attempt after ${seconds(begun)} s, asks the provider after ${seconds(live)} s`);
    }
    system.simulator.faults.clear();
    const still = async () => isStill(account!, await latestRun(system.api, account!));
    await waitFor('the run ends', still, { deadlineMs: 60_000 });
    return await judge(system, { account: account!, begunMs, liveMs, seed });
  } finally {
    await system.end();
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

async function killOnce(system: System, account: Account, kill: number): Promise<{ begun: number; live: number }> {
  const { api, simulator } = system;
  const asked = () => simulator.requests.total;
  const killedAt = Date.now();
  await system.kill('worker');
  const before = asked();
  const deadline = { deadlineMs: 60_000, everyMs: 20 };
  await waitFor('the next attempt', async () => (await latestRun(api, account))!.attempts > kill, deadline);
  const begun = Date.now() - killedAt;
  await waitFor('its first request', () => asked() > before, deadline);
  return { begun, live: Date.now() - killedAt };
}

interface Evidence {
  account: Account;
  begunMs: number[];
  liveMs: number[];
  seed: number;
}

async function judge({ api, simulator }: System, { account, begunMs, liveMs, seed }: Evidence): Promise<Outcome> {
  const run = (await latestRun(api, account))!;
  const { added = 0 } = run.results['Contact'] ?? {};
  const { repeated, inFlight } = repeats(simulator);
  const slowest = Math.max(...begunMs);
  const sorted = [...begunMs].sort((a, b) => a - b);
  const figure = renderFigure({
    seed,
    kills: begunMs.length,
    attempts: run.attempts,
    state: run.state,
    rows: added,
    asked_again: repeated,
    asked_again_in_flight: inFlight,
    resume_p50_s: seconds(sorted[sorted.length >> 1]!),
    resume_max_s: seconds(slowest),
    live_max_s: seconds(Math.max(...liveMs)),
  });
  const holds = run.state === 'succeeded' && added === rows && repeated === 0 && slowest < limitMs;
  return { holds, figure };
}

/**
 * The script asks page after page, so once a later page was asked for, the answer to an earlier one had been taken and
 * journalled. Only the last page before a kill may be asked again.
 */
function repeats({ requests }: System['simulator']): { repeated: number; inFlight: number } {
  let highest = 0;
  let repeated = 0;
  let inFlight = 0;
  for (const { query } of requests.list({ path: '/paged/contacts', limit: Number.POSITIVE_INFINITY })) {
    const page = Number(new URLSearchParams(query).get('page'));
    if (page < highest) repeated++;
    if (page === highest) inFlight++;
    highest = Math.max(highest, page);
  }
  return { repeated, inFlight };
}

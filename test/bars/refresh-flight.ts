// Bar 21: many processes want the same expired connections at once. The provider rotates strictly and is slow at times, holders
// of the lock are frozen beyond any lease. Each connection costs one token request; the broken engine is found out in the same run.
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../simulator/random.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import type { Task } from './renewal-worker.ts';
import { openRenewalWorld, type RenewalWorker, type RenewalWorld } from './renewal-world.ts';
import { shuffled } from './shuffled.ts';

export interface Size {
  processes: number;
  connections: number;
  /** Holders that are frozen, each for `freezeMs`. */
  freezes: number;
}

const freezeMs = 1_500;
/** Answers of the token endpoint: most soon, each tenth beyond any lease. */
const usualMs = 20;
const tail = { delayMs: 1_500, everyNth: 10 };
const control: Size = { processes: 8, connections: 20, freezes: 0 };

export async function refreshFlight({ seed, long }: BarOptions): Promise<Outcome> {
  const size = long
    ? { processes: 64, connections: 1_000, freezes: 100 }
    : { processes: 32, connections: 100, freezes: 8 };
  return await judgeFlight(seed, size);
}

export async function judgeFlight(seed: number, size: Size): Promise<Outcome> {
  const world = await openRenewalWorld();
  try {
    const workers = await startWorkers(world, size.processes);
    const ours = await fly(world, { workers, size, seed, engine: 'ours' });
    const broken = await fly(world, {
      workers: workers.slice(0, control.processes),
      size: control,
      seed,
      engine: 'lease',
    });
    const figure = renderFigure({
      seed,
      processes: size.processes,
      connections: size.connections,
      token_requests: ours.requests,
      overlapped: ours.overlapped,
      lost: ours.lost,
      older_over_newer: ours.regressions,
      errors: ours.errors.join(',') || 0,
      frozen: ours.frozen,
      slow_answers: ours.slowAnswers,
      seconds: (ours.ms / 1000).toFixed(1),
      control_requests: `${broken.requests}/${control.connections}`,
      control_lost: broken.lost,
    });
    const isExact = ours.requests === size.connections && ours.overlapped + ours.lost + ours.regressions === 0;
    const bites = broken.requests > control.connections && broken.lost > 0;
    return { holds: isExact && ours.errors.length === 0 && ours.slowAnswers > 0 && bites, figure };
  } finally {
    await world.close();
  }
}

/** A few at a time: each start is a burst of CPU. */
async function startWorkers(world: RenewalWorld, count: number): Promise<RenewalWorker[]> {
  const workers: RenewalWorker[] = [];
  while (workers.length < count) {
    const some = Math.min(4, count - workers.length);
    workers.push(...(await Promise.all(Array.from({ length: some }, () => world.startWorker(2)))));
  }
  return workers;
}

interface Flight {
  workers: RenewalWorker[];
  size: Size;
  seed: number;
  engine: Task['engine'];
}

async function fly(world: RenewalWorld, { workers, size, seed, engine }: Flight) {
  const { simulator } = world;
  const random = createRandom(seed);
  const ids = await world.connect(size.connections);
  simulator.oauth.log.clear();
  const slow = slowDown(world);
  const from = performance.now();
  const runs = workers.map((worker) => worker.run({ connectionIds: shuffled(ids, random), engine }));
  let frozen = 0;
  const freezing = (async () => {
    while (frozen < size.freezes) {
      const pid = workers[Math.floor(random() * workers.length)]!.pid;
      await sleep(100);
      process.kill(pid, 'SIGSTOP');
      frozen += 1;
      await sleep(freezeMs);
      process.kill(pid, 'SIGCONT');
    }
  })();
  const told = await Promise.all(runs);
  const ms = performance.now() - from;
  await freezing;
  const slowAnswers = slow.fired();
  slow.stop();
  const requests = simulator.oauth.log.count();
  const { overlapped } = simulator.oauth.log;
  const errors = [...new Set(told.flatMap((one) => (one === 'killed' ? ['killed'] : one.errors)))];
  const { lost, regressions } = await inspect(world, ids);
  return { requests, overlapped, lost, regressions, errors, frozen, slowAnswers, ms };
}

/** The server's work is done before: whoever gives up meanwhile has lost the token. */
function slowDown({ simulator }: RenewalWorld) {
  const rule = { match: { path: '/oauth/token', everyNth: tail.everyNth }, fault: { delayMs: tail.delayMs } };
  simulator.oauth.set({ delayMs: usualMs });
  simulator.faults.set([rule]);
  return {
    fired: () => simulator.faults.list()[0]?.fired ?? 0,
    stop() {
      simulator.faults.clear();
      simulator.oauth.set({ delayMs: 0 });
    },
  };
}

/** Lost: what lies there is not taken any more. A token that was stored twice, or came back, is older over newer. */
async function inspect(world: RenewalWorld, ids: string[]) {
  let lost = 0;
  let regressions = 0;
  for (const id of ids) {
    const { usable, version } = await world.readStored(id);
    const history = await world.readHistory(id);
    if (!usable) lost += 1;
    if (new Set(history).size !== history.length || history.length !== version) regressions += 1;
  }
  return { lost, regressions };
}

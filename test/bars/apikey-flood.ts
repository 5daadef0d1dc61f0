// The timed part of bar 4: server, good caller and flood are processes of their own. Idle and flood in turns, so that a busy
// machine weighs on both. The control is the same flood from so many addresses that the limit of failures sees none of it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Called, Calls } from './apikey-caller.ts';
import { startApiServer } from './apikey-server.ts';

const floodPerSecond = 2_000;
const forMs = 1_500;
/** Of the limit's burst of 600 each, for as long as the control lasts. */
const controlAddresses = 250;

export interface Flood {
  idleMs: number;
  floodMs: number;
  /** Median of the rounds' own. */
  ratio: number;
  ratios: number[];
  /** Without the limit. */
  controlRatio: number;
  /** Answered, and how: 401 was looked up, 429 was not. */
  perSecond: number;
  lookedUp: number;
  limited: number;
}

export async function measureFlood({ port, rounds }: { port: number; rounds: number }): Promise<Flood> {
  const server = await startApiServer(port);
  const good = startCaller();
  const bad = startCaller();
  try {
    const origin = server.url;
    const askWell = async (ms: number) => {
      const called = await good.call({ origin, key: server.key, forMs: ms });
      const refused = Object.keys(called.answers).find((status) => status !== '200');
      if (refused !== undefined) throw new Error(`A good key got ${refused}.`);
      return called;
    };
    const flooded = async (addresses: number) => {
      const flood = bad.call({ origin, forMs: forMs + 300, perSecond: floodPerSecond, addresses });
      await new Promise((resolve) => setTimeout(resolve, 200)); // it is there before and after
      return { well: await askWell(forMs), flood: await flood };
    };
    await askWell(forMs);
    await flooded(1);
    const all: { idleMs: number; floodMs: number; flood: Called }[] = [];
    for (let round = 0; round < rounds; round++) {
      const idle = await askWell(forMs);
      const { well, flood } = await flooded(1);
      all.push({ idleMs: idle.p99Ms, floodMs: well.p99Ms, flood });
      console.log(
        `round ${round + 1}: idle ${told(idle)}; flood ${told(well)}, ${Math.round(flood.perSecond)} refused a second`,
      );
    }
    const before = await askWell(forMs);
    const control = await flooded(controlAddresses);
    console.log(`control: idle ${told(before)}; flood ${told(control.well)}, ${JSON.stringify(control.flood.answers)}`);
    const ratios = all.map((one) => one.floodMs / one.idleMs);
    const sum = (status: string) => all.reduce((total, { flood }) => total + (flood.answers[status] ?? 0), 0);
    return {
      idleMs: median(all.map(({ idleMs }) => idleMs)),
      floodMs: median(all.map(({ floodMs }) => floodMs)),
      ratio: median(ratios),
      ratios,
      controlRatio: control.well.p99Ms / before.p99Ms,
      perSecond: Math.round(median(all.map(({ flood }) => flood.perSecond))),
      lookedUp: sum('401'),
      limited: sum('429'),
    };
  } finally {
    good.stop();
    bad.stop();
    await server.stop();
  }
}

const told = ({ p50Ms, p99Ms, perSecond }: Called) =>
  `p50 ${p50Ms.toFixed(2)} p99 ${p99Ms.toFixed(2)} ms (${Math.round(perSecond)}/s)`;

const median = (all: number[]) => all.toSorted((a, b) => a - b)[all.length >> 1]!;

function startCaller() {
  const child = fork(join(import.meta.dirname, 'apikey-caller.ts'), { execArgv: [] });
  return {
    async call(calls: Calls): Promise<Called> {
      child.send(calls);
      const [called] = (await once(child, 'message')) as [Called];
      return called;
    },
    stop: () => child.kill(),
  };
}

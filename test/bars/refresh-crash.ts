// Bar 22: processes die by SIGKILL at each point of a renewal, at providers that never rotate, that rotate with grace, and that
// rotate strictly. The next process asks for the token; what it gets must work. The broken engine loses grants in the same run.

import { Readable } from 'node:stream';
import { createCredentials } from '../../core/credentials/credentials.ts';
import type { Egress, EgressResponse } from '../../core/egress/egress.ts';
import { readBody } from '../../core/egress/read-body.ts';
import { waitFor } from '../e2e/wait-for.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure } from './outcome.ts';
import type { FailPoint, Task } from './renewal-worker.ts';
import { openRenewalWorld, type RenewalWorld } from './renewal-world.ts';

type Rotation = 'none' | 'grace' | 'strict';

/** F1 to F5 of the protocol; F4 has two sides. The parser runs at once, so that only one renewal can stand before it. */
const points = {
  F1: ['before-send'],
  F2: ['in-flight'],
  F3: ['before-journal'],
  F4: ['before-parse', 'before-commit'],
  F5: ['after-commit'],
} as const satisfies Record<string, (FailPoint | 'in-flight')[]>;

type PointName = keyof typeof points;

const maxInFlight = 5;

/** Where strict rotation cannot be survived by anybody: the server has a new token, and we have not. */
const unavoidable: ReadonlySet<string> = new Set(['strict F2', 'strict F3']);

export interface CrashSize {
  /** For each provider and point. */
  kills: number;
  /** Renewals that stand at the point when the process dies. */
  inFlight: number;
}

export const refreshCrash = ({ seed, long }: BarOptions): Promise<Outcome> =>
  judgeCrash(seed, long ? { kills: 40, inFlight: 5 } : { kills: 4, inFlight: 5 });

interface Cell {
  crashed: number;
  lost: number;
  /** Token requests of the next process. */
  asked: number;
}

export async function judgeCrash(seed: number, size: CrashSize): Promise<Outcome> {
  const world = await openRenewalWorld();
  try {
    const cells = new Map<string, Cell>();
    for (const [turn, rotation] of (['none', 'grace', 'strict'] as const).entries()) {
      for (const name of Object.keys(points) as PointName[]) {
        const cell = await crashAt(world, { rotation, name, turn, ...size });
        cells.set(`${rotation} ${name}`, cell);
        console.log(`${rotation} ${name}: ${cell.lost} of ${cell.crashed} lost, ${cell.asked} asked again`);
      }
    }
    const control = await crash(world, { rotation: 'strict', point: 'before-commit', inFlight: 5, engine: 'lease' });
    const window = await measureWindow(world);
    const avoidable = [...cells].filter(([name]) => !unavoidable.has(name));
    const lost = avoidable.reduce((sum, [, cell]) => sum + cell.lost, 0);
    // What was journalled or committed needs no other request; with strict rotation it would not survive one.
    const asked = [...cells].filter(([name]) => /F[45]$/.test(name)).reduce((sum, [, cell]) => sum + cell.asked, 0);
    const figure = renderFigure({
      seed,
      kills: size.kills * cells.size,
      renewals_killed: [...cells.values()].reduce((sum, { crashed }) => sum + crashed, 0),
      lost,
      asked_again_at_F4_F5: asked,
      strict_F2_lost: fraction(cells.get('strict F2')!),
      strict_F3_lost: fraction(cells.get('strict F3')!),
      F3_window_p50_ms: window.p50Ms.toFixed(1),
      F3_window_p99_ms: window.p99Ms.toFixed(1),
      strict_lost_per_10000_crashes: Math.round(window.share * 10_000),
      control_lost: fraction(control),
    });
    return { holds: lost === 0 && asked === 0 && control.lost > 0, figure };
  } finally {
    next = undefined;
    await world.close();
  }
}

const fraction = ({ lost, crashed }: Cell) => `${lost}/${crashed}`;

async function crashAt(
  world: RenewalWorld,
  { rotation, name, turn, kills, inFlight }: { rotation: Rotation; name: PointName; turn: number } & CrashSize,
): Promise<Cell> {
  const cells: Cell[] = [];
  const sides: readonly (FailPoint | 'in-flight')[] = points[name];
  for (let kill = 0; kill < kills; kill++) {
    const point = sides[(turn + kill) % sides.length]!;
    cells.push(
      await crash(world, { rotation, point, inFlight: point === 'before-parse' ? 1 : inFlight, engine: 'ours' }),
    );
  }
  return cells.reduce((sum, one) => ({
    crashed: sum.crashed + one.crashed,
    lost: sum.lost + one.lost,
    asked: sum.asked + one.asked,
  }));
}

interface Crash {
  rotation: Rotation;
  point: FailPoint | 'in-flight';
  inFlight: number;
  engine: Task['engine'];
}

let next: ReturnType<RenewalWorld['startWorker']> | undefined;

/** The one after it starts while this one is at work. */
async function spare(world: RenewalWorld): ReturnType<RenewalWorld['startWorker']> {
  const worker = await (next ?? world.startWorker(maxInFlight));
  next = world.startWorker(maxInFlight);
  next.catch(() => {}); // the world may end before it is there
  return worker;
}

async function crash(world: RenewalWorld, { rotation, point, inFlight, engine }: Crash): Promise<Cell> {
  const { oauth } = world.simulator;
  const ids = await world.connect(inFlight);
  const worker = await spare(world);
  oauth.set({ rotation, delayMs: point === 'in-flight' ? 60_000 : 0 });
  const before = oauth.log.count();
  const task: Task = { connectionIds: ids, engine, ...(point !== 'in-flight' && { dieAt: point }) };
  const run = worker.run(task);
  if (point === 'in-flight') {
    await waitFor('all requests are under way', () => oauth.log.count() === before + inFlight, { everyMs: 5 });
    process.kill(worker.pid, 'SIGKILL');
  }
  const told = await run;
  if (told !== 'killed') throw new Error(`The process lived on at ${point}: ${JSON.stringify(told)}`);
  oauth.set({ delayMs: 0 });
  const asked = oauth.log.count();
  let lost = 0;
  for (const connectionId of ids) if (!(await isAlive(world, connectionId))) lost += 1;
  return { crashed: ids.length, lost, asked: oauth.log.count() - asked };
}

/** By what the next process gets, and by the server: would it take what lies there now? */
async function isAlive({ credentials, environment, readStored }: RenewalWorld, connectionId: string): Promise<boolean> {
  try {
    await credentials.fresh(environment, { connectionId });
  } catch {
    return false;
  }
  return (await readStored(connectionId)).usable;
}

/** From the answer's last byte to the moment the journal has it, one renewal at a time; and its share of a whole renewal. */
async function measureWindow(world: RenewalWorld): Promise<{ p50Ms: number; p99Ms: number; share: number }> {
  const { environment, egress, place } = world;
  const windowsMs: number[] = [];
  let receivedAt: number | undefined;
  const timed: Egress = {
    ...egress,
    dispatcher: egress.dispatcher,
    async request(request): Promise<EgressResponse> {
      const answer = await egress.request(request);
      const bytes = await readBody(answer, { decompress: false });
      receivedAt = performance.now();
      return { ...answer, body: Readable.from([bytes]) };
    },
  };
  const watched: typeof environment = {
    ...environment,
    async transaction(work) {
      const result = await environment.transaction(work);
      if (receivedAt !== undefined) windowsMs.push(performance.now() - receivedAt);
      receivedAt = undefined;
      return result;
    },
  };
  const database = { forEnvironment: async () => watched } as never;
  const credentials = createCredentials({ database, egress: timed, catalogue: { get: () => place.entry } });
  const ids = await world.connect(100);
  const from = performance.now();
  for (const connectionId of ids) await credentials.fresh(watched, { connectionId });
  const wholeMs = performance.now() - from;
  const sorted = windowsMs.toSorted((a, b) => a - b);
  const at = (quantile: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), share: windowsMs.reduce((sum, ms) => sum + ms, 0) / wholeMs };
}

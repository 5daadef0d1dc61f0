// Bar 22: processes die by SIGKILL at each point of a renewal, at providers that never rotate, that rotate with grace, and that
// rotate strictly. The next process asks for the token; what it gets must work. The broken engine loses grants in the same run.
import { waitFor } from '../e2e/wait-for.ts';
import { measureJournalWindow } from './journal-window.ts';
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

export const refreshCrash = ({ seed, long, untimed = false }: BarOptions): Promise<Outcome> =>
  judgeCrash(seed, { kills: long ? 200 : 20, inFlight: 3 }, { timed: !untimed });

/** From the answer's last byte to its commit, on a machine that has nothing else to do. */
const maxWindowP99Ms = 10;

interface Cell {
  crashed: number;
  lost: number;
  /** Token requests of the next process. */
  asked: number;
  /** Renewals that stood elsewhere than the point says when their process died. */
  outside: number;
}

export async function judgeCrash(seed: number, size: CrashSize, { timed = false } = {}): Promise<Outcome> {
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
    const window = await measureJournalWindow(world);
    const avoidable = [...cells].filter(([name]) => !unavoidable.has(name));
    const lost = avoidable.reduce((sum, [, cell]) => sum + cell.lost, 0);
    // What was journalled or committed needs no other request; with strict rotation it would not survive one.
    const asked = [...cells].filter(([name]) => /F[45]$/.test(name)).reduce((sum, [, cell]) => sum + cell.asked, 0);
    const outside = [...cells.values()].reduce((sum, cell) => sum + cell.outside, 0);
    const figure = renderFigure({
      seed,
      kills: size.kills * cells.size,
      renewals_killed: [...cells.values()].reduce((sum, { crashed }) => sum + crashed, 0),
      outside_of_window: outside,
      lost,
      asked_again_at_F4_F5: asked,
      strict_F2_lost: fraction(cells.get('strict F2')!),
      strict_F3_lost: fraction(cells.get('strict F3')!),
      F3_window_p50_ms: window.p50Ms.toFixed(1),
      F3_window_p99_ms: window.p99Ms.toFixed(1),
      strict_lost_per_10000_crashes: Math.round(window.lossShare * 10_000),
      control_lost: fraction(control),
    });
    const isSmall = !timed || window.p99Ms <= maxWindowP99Ms;
    return { holds: lost + asked + outside === 0 && control.lost > 0 && isSmall, figure };
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
    const many = point === 'before-parse' ? 1 : inFlight;
    const byLibrary = (turn + Math.floor(kill / sides.length)) % 2 === 1;
    const cell = await crash(world, { rotation, point, inFlight: many, engine: 'ours', byLibrary }, windows[name]);
    cells.push(cell);
  }
  return cells.reduce((sum, one) => ({
    crashed: sum.crashed + one.crashed,
    lost: sum.lost + one.lost,
    asked: sum.asked + one.asked,
    outside: sum.outside + one.outside,
  }));
}

interface Crash extends Pick<Task, 'engine' | 'byLibrary'> {
  rotation: Rotation;
  point: FailPoint | 'in-flight';
  inFlight: number;
}

/** How far a renewal had come when its process died: by the server's log and by what is committed. */
interface Progress {
  sent: boolean;
  answered: boolean;
  journalled: boolean;
  stored: boolean;
}

const windows: Record<PointName, Progress> = {
  F1: { sent: false, answered: false, journalled: false, stored: false },
  F2: { sent: true, answered: false, journalled: false, stored: false },
  F3: { sent: true, answered: true, journalled: false, stored: false },
  F4: { sent: true, answered: true, journalled: true, stored: false },
  F5: { sent: true, answered: true, journalled: true, stored: true },
};

let next: ReturnType<RenewalWorld['startWorker']> | undefined;

/** The one after it starts while this one is at work. */
async function spare(world: RenewalWorld): ReturnType<RenewalWorld['startWorker']> {
  const worker = await (next ?? world.startWorker(maxInFlight));
  next = world.startWorker(maxInFlight);
  next.catch(() => {}); // the world may end before it is there
  return worker;
}

/** @param window where each renewal has to stand */
async function crash(
  world: RenewalWorld,
  { rotation, point, inFlight, engine, byLibrary = false }: Crash,
  window?: Progress,
): Promise<Cell> {
  const { oauth } = world.simulator;
  const ids = await world.connect(inFlight);
  const worker = await spare(world);
  oauth.set({ rotation, delayMs: point === 'in-flight' ? 60_000 : 0 });
  const before = oauth.log.count();
  const task: Task = { connectionIds: ids, engine, byLibrary, ...(point !== 'in-flight' && { dieAt: point }) };
  const run = worker.run(task);
  if (point === 'in-flight') {
    await waitFor('all requests are under way', () => oauth.log.count() === before + inFlight, { everyMs: 5 });
    process.kill(worker.pid, 'SIGKILL');
  }
  const told = await run;
  if (told !== 'killed') throw new Error(`The process lived on at ${point}: ${JSON.stringify(told)}`);
  const outside = window ? await countOutside(world, ids, { before, window }) : 0;
  oauth.set({ delayMs: 0 });
  const asked = oauth.log.count();
  let lost = 0;
  for (const connectionId of ids) if (!(await isAlive(world, connectionId))) lost += 1;
  return { crashed: ids.length, lost, asked: oauth.log.count() - asked, outside };
}

/** Of these renewals; the server's log tells of them together, the database of each. */
async function countOutside(
  { simulator, own }: RenewalWorld,
  ids: string[],
  { before, window }: { before: number; window: Progress },
): Promise<number> {
  const requests = simulator.oauth.log.list({ limit: 1_000_000 }).slice(before);
  const answered = requests.filter((request) => request.answered).length;
  const isServersPart =
    requests.length === (window.sent ? ids.length : 0) && answered === (window.answered ? ids.length : 0);
  if (!isServersPart) return ids.length;
  const [row] = await own.owner<{ inside: number }[]>`
    SELECT count(*)::int AS inside FROM credentials c JOIN refresh_attempts a USING (connection_id)
    WHERE c.connection_id = ANY(${ids}) AND (a.answer IS NOT NULL) = ${window.journalled}
      AND (c.version > 1) = ${window.stored} AND (a.outcome IS NOT NULL) = ${window.stored}`;
  return ids.length - row!.inside;
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

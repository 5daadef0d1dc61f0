// Bar 13: twenty escapes and as many loads, beside five neighbours that work all the while.
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fence } from '../../core/runtime/host/fences.ts';
import type { Guest } from '../../core/runtime/host/guest-process.ts';
import {
  type Outcome as RunOutcome,
  runScript,
  startGuest,
  startHostile,
  testFence,
  testLimits,
} from '../../core/runtime/host/test-guests.ts';
import { createRandom } from '../../simulator/random.ts';
import type { BarOptions } from './options.ts';
import { type Outcome, renderFigure, type Skipped } from './outcome.ts';
import { openCanaries, type Watch } from './sandbox-canaries.ts';
import { type Escape, escapes } from './sandbox-escapes.ts';
import { type Load, loads } from './sandbox-loads.ts';
import { startNeighbours } from './sandbox-neighbours.ts';
import { shuffled } from './shuffled.ts';

/** Of each attack; a run that is not over by then was not stopped. */
const patienceMs = 20_000;
/** Before the verdict that a load whose limit is lifted goes on. */
const liftedMs = 1_000;
/** From the decision to the end of the process. */
const maxKillMs = 2_000;

export interface Findings {
  escapes: string[];
  /** Escapes that get nowhere without the fences either: they prove nothing. */
  toothless: string[];
  untried: string[];
  loads: string[];
  slowestKillMs: number;
  neighbours: { runs: number; wrong: string[]; restarts: number };
}

export async function sandbox({ seed, long }: BarOptions): Promise<Outcome | Skipped> {
  const fence = await testFence();
  if (fence.level !== 'full') return { skipped: `this machine lets us build the fence '${fence.level}' only` };
  const random = createRandom(seed);
  const findings = await attack({ rounds: long ? 50 : 1, random });
  for (const line of [...findings.escapes, ...findings.toothless, ...findings.loads, ...findings.neighbours.wrong])
    console.log(line);
  for (const line of findings.untried) console.log(`not tried: ${line}`);
  return { holds: holds(findings), figure: renderFigure(figureOf(findings, fence)) };
}

export const holds = ({ escapes, toothless, loads, slowestKillMs, neighbours }: Findings): boolean =>
  [escapes, toothless, loads, neighbours.wrong].every(({ length }) => length === 0) &&
  neighbours.restarts === 0 &&
  slowestKillMs <= maxKillMs;

const figureOf = ({ neighbours, ...found }: Findings, { level }: Fence) => ({
  fence: level,
  escapes: `${found.escapes.length}/${escapes.length - found.untried.length}`,
  controls_failed: found.toothless.length,
  loads_uncontained: `${found.loads.length}/${loads.length}`,
  kill_ms_max: Math.round(found.slowestKillMs),
  neighbour_runs: neighbours.runs,
  neighbour_failures: neighbours.wrong.length,
  worker_restarts: neighbours.restarts,
});

interface Attack {
  rounds: number;
  random: () => number;
  /** `off`: nothing is in the way, which the judge must notice. */
  fences?: 'on' | 'off';
  tried?: readonly Escape[];
}

export async function attack({ rounds, random, fences = 'on', tried = escapes }: Attack): Promise<Findings> {
  const watch = await openCanaries(findAddon());
  const neighbours = await startNeighbours(5);
  const findings: Findings = {
    escapes: [],
    toothless: [],
    untried: [],
    loads: [],
    slowestKillMs: 0,
    neighbours: { runs: 0, wrong: [], restarts: 0 },
  };
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const one of shuffled(tried, random))
        await tryEscape(one, { watch, findings, fences, control: round === 1 });
      if (fences === 'on') for (const load of shuffled(loads, random)) await tryLoad(load, findings, round === 1);
    }
  } finally {
    findings.neighbours = await neighbours.stop();
    await watch.close();
  }
  return findings;
}

interface Trial {
  watch: Watch;
  findings: Findings;
  fences: 'on' | 'off';
  /** Also without the fences. */
  control: boolean;
}

async function tryEscape(tried: Escape, { watch, findings, fences, control }: Trial): Promise<void> {
  const { id, missing } = tried;
  const why = missing?.(watch.canaries);
  if (why !== undefined) {
    if (!findings.untried.includes(`${id}: ${why}`)) findings.untried.push(`${id}: ${why}`);
    return;
  }
  const got = await escaped(tried, watch, fences);
  if (got !== undefined) findings.escapes.push(`${id} got through: ${got}`);
  if (!control || fences === 'off') return;
  if ((await escaped(tried, watch, 'off')) === undefined)
    findings.toothless.push(`${id} gets nowhere without the fences`);
}

/** @returns what it got, for people */
async function escaped({ as, body }: Escape, watch: Watch, fences: 'on' | 'off'): Promise<string | undefined> {
  const { canaries } = watch;
  const code = `const canaries = ${JSON.stringify(canaries)};\n${body}`;
  const open = fences === 'off';
  let guest: Guest;
  if (as === 'script' && !open) guest = await startGuest();
  else
    guest = await startHostile(
      `(async () => {${code}\n})().then((value) => report({ value }), (error) => report({ error: String(error) }));`,
      open ? noFence(canaries.secret) : {},
    );
  try {
    const outcome = await Promise.race([
      runScript(guest, as === 'script' && !open ? code : ''),
      sleep(patienceMs, undefined, { ref: false }),
    ]);
    const value = readValue(outcome, as === 'script' && !open);
    const marks = await watch.marks();
    if (marks.length > 0) return marks.join(', ');
    if (value === true) return 'it says so';
    if (JSON.stringify(value ?? null).includes(canaries.secret)) return 'the secret';
    const { listening } = (value ?? {}) as { listening?: number };
    if (listening !== undefined && (await answers(listening))) return `port ${listening} answers`;
    return undefined;
  } finally {
    guest.kill();
  }
}

function readValue(outcome: RunOutcome | undefined, isScript: boolean): unknown {
  if (!outcome || !('output' in outcome)) return undefined;
  return isScript ? outcome.output : (outcome.output as { value?: unknown } | undefined)?.value;
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/json`, { signal: AbortSignal.timeout(1_000) }).then(
    () => true,
    () => false,
  );

/** Node as anybody would start it, in an environment with the secret. */
const noFence = (secret: string) => ({
  fence: {
    level: 'none' as const,
    command: (nodeArgs: readonly string[]) => ['/usr/bin/env', `SANDBOX_BAR=${secret}`, process.execPath, ...nodeArgs],
  },
  nodeArgs: ['--no-warnings'],
});

async function tryLoad(
  { id, as, body, ends, lifted, computingMs = 60_000 }: Load,
  findings: Findings,
  control: boolean,
): Promise<void> {
  const limits = { ...testLimits, computingMs };
  const start = async (own = limits) =>
    as === 'script' ? startGuest({ limits: own }) : startHostile(body, { limits: own });
  const big = Buffer.alloc(4e6);
  const handle = async (method: string) => (method === 'big' ? { result: {}, body: big } : {});
  const run = (guest: Guest, ms: number) =>
    Promise.race([runScript(guest, as === 'script' ? body : '', { handle }), sleep(ms, undefined, { ref: false })]);

  const guest = await start();
  const end = endOf(await run(guest, patienceMs));
  if (!ends.includes(end)) findings.loads.push(`${id} ended as ${end}, not ${ends.join(' or ')}`);
  const killedAt = performance.now();
  guest.kill();
  while (existsSync(`/proc/${guest.pid}`) && performance.now() - killedAt < patienceMs) await sleep(10);
  findings.slowestKillMs = Math.max(findings.slowestKillMs, performance.now() - killedAt);

  if (!control || !lifted) return;
  const free = await start({ ...limits, ...lifted });
  const without = endOf(await run(free, liftedMs));
  free.kill();
  if (ends.includes(without)) findings.toothless.push(`${id} ends as ${without} without its limit too`);
}

const endOf = (outcome: RunOutcome | undefined): string =>
  outcome === undefined ? 'nothing' : 'failure' in outcome ? outcome.failure.type : 'output';

function findAddon(): string | undefined {
  const root = join(import.meta.dirname, '..', '..');
  const pattern = `node_modules/@temporalio/core-bridge/releases/*${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}*linux-gnu*/*.node`;
  const [found] = globSync(pattern, { cwd: root });
  return found && join(root, found);
}

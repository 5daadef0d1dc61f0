// From nothing to the first finished sync of the demo, by phase; then the next start with the same data.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ownEnvironment } from '../test/e2e/instance-process.ts';
import { createFolder } from '../test/e2e/system.ts';
import type { Options } from './options.ts';
import { awaitQuiet } from './quiet-box.ts';
import { type Figure, figure, median, round } from './report.ts';

interface Start {
  /** Seconds since the command by what then had happened. */
  phases: Map<string, number>;
  stopSeconds: number;
}

const phaseOf: [RegExp, string][] = [
  [/^postgres: serves/, 'postgres'],
  [/^temporal: serves/, 'temporal'],
  [/^simulator: serves/, 'simulator'],
  [/^api: serves/, 'api'],
  [/^worker: takes work/, 'worker'],
  [/^demo: deployed/, 'deployed'],
  [/^demo: first sync finished/, 'synced'],
  [/^supervisor: ready/, 'ready'],
];

export async function benchStart(options: Options): Promise<Figure[]> {
  const starts: Record<'cold' | 'warm', Start[]> = { cold: [], warm: [] };
  const { noisy } = await awaitQuiet(() => [{ name: 'bench', pid: process.pid }]);
  for (let number = 1; number <= options.rounds; number++) {
    const folder = createFolder();
    try {
      for (const kind of ['cold', 'warm'] as const) {
        const start = await startOnce(join(folder.path, 'data'), options);
        starts[kind].push(start);
        const phases = [...start.phases].map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`);
        console.log(`round ${number}, ${kind}: ${phases.join(', ')}; stopped in ${start.stopSeconds.toFixed(1)} s`);
      }
    } finally {
      folder.remove();
    }
  }
  const of = (kind: 'cold' | 'warm', phase: string) =>
    starts[kind].map(({ phases }) => phases.get(phase) ?? Number.NaN);
  const byPhase = (kind: 'cold' | 'warm') =>
    Object.fromEntries(
      phaseOf.map(([, phase]) => [phase, round(median(of(kind, phase)))]).filter(([, value]) => !Number.isNaN(value)),
    );
  const common = { unit: 's', noisy };
  return [
    figure('start.cold', of('cold', 'synced'), { ...common, target: { max: 60 }, phases: byPhase('cold') }),
    figure('start.warm', of('warm', 'worker'), { ...common, phases: byPhase('warm') }),
    figure(
      'start.stop',
      [...starts.cold, ...starts.warm].map((one) => one.stopSeconds),
      { ...common, target: { max: 10 } },
    ),
  ];
}

/** As `npm start` runs it, with the demo, until its work is done; the time is taken here, from the command on. */
async function startOnce(dataDir: string, { port, verbose }: Options): Promise<Start> {
  const from = performance.now();
  const seconds = () => (performance.now() - from) / 1000;
  const entry = join(import.meta.dirname, '..', 'embedded', 'start.ts');
  const settings = { SYNCLINE_DATA: dataDir, SYNCLINE_PORT: String(port), SYNCLINE_DEMO: '1', SYNCLINE_LOG: 'json' };
  const child = spawn(process.execPath, ['--max-semi-space-size=2', entry], {
    env: ownEnvironment(settings),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const phases = new Map<string, number>();
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (verbose) console.log(line);
      const { process: name, msg } = parse(line);
      const phase = phaseOf.find(([pattern]) => pattern.test(`${name}: ${msg}`))?.[1];
      if (phase !== undefined && !phases.has(phase)) phases.set(phase, seconds());
      if (phase === 'ready') resolve();
    });
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const early = ended.then((code) => {
    if (!phases.has('ready')) throw new Error(`The start ended with ${code}.`);
  });
  await Promise.race([ready, early]);
  if (!phases.has('synced')) console.log("The demo's sync did not end in time.");
  const stopping = performance.now();
  child.kill('SIGTERM');
  const code = await ended;
  if (code !== 0) throw new Error(`The instance ended with ${code}.`);
  return { phases, stopSeconds: (performance.now() - stopping) / 1000 };
}

function parse(line: string): { process?: string; msg?: string } {
  try {
    return JSON.parse(line) as { process?: string; msg?: string };
  } catch {
    return {};
  }
}

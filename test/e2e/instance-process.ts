// `npm start` as a person runs it: embedded/start.ts in a process of its own, watched from outside.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, instancePath } from '../../embedded/instance-file.ts';
import { waitFor } from './wait-for.ts';

const root = join(import.meta.dirname, '..', '..');

export type Settings = Record<string, string>;

export interface Exit {
  code: number | null;
  /** From the signal to the end. */
  ms: number;
}

/** Whoever started it. */
export interface RunningInstance {
  /** What instance.json says now: pids change. */
  read(): Instance;
  pid(name: string): number;
  /** SIGKILL, or another; resolves with the time of it when the supervisor has its successor. */
  kill(name: string, signal?: NodeJS.Signals): Promise<number>;
}

export interface InstanceProcess extends RunningInstance {
  output(): string;
  exited: Promise<number | null>;
  /** SIGTERM. */
  stop(): Promise<Exit>;
}

export function openInstance(dataDir: string): RunningInstance {
  const read = () => JSON.parse(readFileSync(instancePath(dataDir), 'utf8')) as Instance;
  const findPid = (name: string) => read().processes.find((process) => process.name === name)?.pid;
  const pid = (name: string) => {
    const found = findPid(name);
    if (found === undefined) throw new Error(`No process ${name} is running.`);
    return found;
  };
  return {
    read,
    pid,
    async kill(name, signal = 'SIGKILL') {
      const victim = pid(name);
      process.kill(victim, signal);
      const killedAt = Date.now();
      await waitFor(`another ${name}`, () => ![undefined, victim].includes(findPid(name)), { everyMs: 50 });
      return killedAt;
    },
  };
}

/** Settings of whoever runs the tests must not leak into the instance. */
export function ownEnvironment(settings: Settings): NodeJS.ProcessEnv {
  const foreign = /^(SYNCLINE_|NANGO_|TEMPORAL_|DATABASE_URL$|PG|NODE_OPTIONS$|VITEST|NODE_ENV$)/;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...settings };
}

/** `quiet`: its end is expected. */
export function spawnInstance(
  settings: Settings & { SYNCLINE_DATA: string },
  { quiet = false }: { quiet?: boolean } = {},
): InstanceProcess {
  const child = spawn(process.execPath, [join(root, 'embedded', 'start.ts')], {
    cwd: root,
    env: ownEnvironment({ SYNCLINE_DEMO: '0', ...settings }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const onExit = () => child.kill('SIGTERM'); // the test's process ends without having stopped us
  process.once('exit', onExit);
  let asked = quiet;
  void exited.then((code) => {
    process.off('exit', onExit);
    if (!asked) console.error(`The instance ended by itself with ${code}:\n${output.slice(-2_000)}`);
  });

  return {
    ...openInstance(settings.SYNCLINE_DATA),
    output: () => output,
    exited,
    async stop() {
      asked = true;
      const from = performance.now();
      child.kill('SIGTERM');
      const code = await exited;
      return { code, ms: performance.now() - from };
    },
  };
}

/** @throws with the instance's last words when it ends instead */
export async function startInstance(settings: Settings & { SYNCLINE_DATA: string }): Promise<InstanceProcess> {
  const instance = spawnInstance(settings);
  let ended: number | null | undefined;
  void instance.exited.then((code) => (ended = code));
  try {
    await waitFor(
      'the instance serves',
      () => ended !== undefined || existsSync(instancePath(settings.SYNCLINE_DATA)),
      {
        deadlineMs: 110_000,
      },
    );
  } catch (error) {
    await instance.stop();
    throw new Error(`${(error as Error).message} It says: ${instance.output().slice(-2_000)}`);
  }
  if (ended !== undefined) throw new Error(`The instance ended with ${ended}: ${instance.output().slice(-2_000)}`);
  return instance;
}

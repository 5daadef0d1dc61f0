// Builds the Temporal server from Go's module proxy, once per machine: 8 minutes on 2 cores, 12 of CPU time.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from './lock-file.ts';
import type { Print } from './print.ts';

export interface ObtainOptions {
  /** Where the binary shall be. */
  target: string;
  print: Print;
  signal?: AbortSignal | undefined;
}

export interface BuildOptions extends ObtainOptions {
  /** Folder with go.mod and go.sum, both complete: `go mod tidy` is never needed on a user's machine. */
  moduleDir?: string;
  package?: string;
}

const minute = 60_000;

/** True when the binary is at `target` now. Two instances do not build twice: the second waits for the first. */
export async function buildTemporal(options: BuildOptions): Promise<boolean> {
  const { target, print, signal } = options;
  for (let waited = 0; ; waited++) {
    const lock = takeLock(`${target}.building`);
    if (!('heldBy' in lock)) {
      try {
        return isThere(target) || (await build(options));
      } finally {
        lock.release();
      }
    }
    if (waited % 30 === 0) print.step('temporal', `process ${lock.heldBy} is building Temporal, waiting for it`);
    await sleep(1000, undefined, { ...(signal && { signal }) });
  }
}

async function build({
  target,
  print,
  signal,
  moduleDir = join(import.meta.dirname, 'temporal'),
  package: name = 'github.com/temporalio/cli/cmd/temporal',
}: BuildOptions): Promise<boolean> {
  const go = (await run('go', ['version'], { deadlineMs: 10_000, signal })).output.trim();
  if (!go.startsWith('go version')) {
    print.step('temporal', 'no build: Go is not installed');
    return false;
  }
  // Beside the target, not in /tmp: 3.5 GB do not fit where that is memory, and the rename at the end must be atomic.
  const work = `${target}.build`;
  removeTree(work);
  mkdirSync(work, { recursive: true });
  const env = {
    ...process.env,
    CGO_ENABLED: '0',
    GOFLAGS: '-modcacherw', // else the module cache is read-only and cannot be deleted
    GOMODCACHE: join(work, 'mod'),
    GOCACHE: join(work, 'cache'),
    GOWORK: 'off',
  };
  const common = { cwd: moduleDir, env, signal };
  try {
    print.step(
      'temporal',
      `building Temporal with ${go.split(' ')[2]}: about 8 minutes and 4 GB of disk, once; the rest serves meanwhile`,
    );
    const startedAt = performance.now();
    const fetched = await run('go', ['mod', 'download'], { ...common, deadlineMs: 10 * minute });
    if (fetched.failed) return failed(print, 'its sources did not download', fetched.failed);
    print.step('temporal', 'sources are here, compiling');

    let packages = 0;
    const progress = setInterval(() => {
      const minutes = ((performance.now() - startedAt) / minute).toFixed(1);
      print.step('temporal', `building: ${packages} packages compiled after ${minutes} minutes`);
    }, minute / 2);
    const out = join(work, 'temporal');
    const built = await run('go', ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', out, name], {
      ...common,
      deadlineMs: 60 * minute,
      onOutput: (text) => {
        packages += text.split('\n').length - 1;
      },
    }).finally(() => clearInterval(progress));
    if (built.failed) return failed(print, 'it did not compile', built.failed);
    renameSync(out, target);
    print.step('temporal', `built ${target}`);
    return true;
  } finally {
    removeTree(work);
  }
}

function failed(print: Print, what: string, why: string): false {
  print.step('temporal', `no build: ${what} (${why})`);
  return false;
}

interface RunOptions {
  deadlineMs: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  onOutput?(text: string): void;
}

/** In a group of its own, so that the compilers it started end with it. */
function run(
  program: string,
  args: string[],
  { deadlineMs, cwd, env, signal, onOutput }: RunOptions,
): Promise<{ output: string; failed: string | undefined }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    let reason: string | undefined;
    const end = (why: string) => {
      reason = why;
      killGroup(child);
    };
    const take = (chunk: Buffer) => {
      const text = chunk.toString();
      output = (output + text).slice(-4000);
      onOutput?.(text);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const deadline = setTimeout(() => end(`not done after ${deadlineMs / minute} minutes`), deadlineMs);
    const abort = () => end('stopped');
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    const settle = (failure: string | undefined) => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
      resolve({ output, failed: reason ?? failure });
    };
    child.once('error', (error) => settle(error.message));
    child.once('close', (code) =>
      settle(code === 0 ? undefined : (output.trim().split('\n').at(-1) ?? `code ${code}`)),
    );
  });
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

const isThere = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Gigabytes take longer to delete than a stop may take, so that is left to a process of its own. */
function removeTree(path: string): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  spawn('rm', ['-rf', aside], { detached: true, stdio: 'ignore' }).unref();
}

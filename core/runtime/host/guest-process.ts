// One guest process: started behind the fences with an empty environment and one pipe, bound to one environment for life, one
// run at a time.
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { Start } from '../protocol.ts';
import type { Fence, MemoryLimits } from './fences.ts';
import { notStarted } from './guest-end.ts';
import { type GuestProgram, loader, writeProgram } from './guest-program.ts';
import { innerPid } from './inner-process.ts';
import { trackGuest } from './track-guest.ts';

export { ScriptFailure, StopRun } from './guest-end.ts';

export type CallHandler = (
  method: string,
  args: Record<string, unknown>,
  body: Buffer,
) => Promise<{ result?: unknown; body?: Buffer }>;

export interface Guest {
  /** As this process sees it. */
  readonly pid: number;
  environmentId: string | null;
  runs: number;
  readonly bornAt: number;
  readonly dead: boolean;
  /** @throws ScriptFailure, also for a guest that died (out of memory, killed) */
  run(start: Omit<Start, 't'>, js: string, handle: CallHandler): Promise<{ output: string | undefined }>;
  /** Tells the script, by `nango.abortSignal`, that its run was stopped. */
  abort(): void;
  /** After a run: whether the process waits for another, in a fresh realm. */
  renewed(): Promise<boolean>;
  /** Ends it, and tells where its script was at: the author's own frames, innermost first; empty when it only waited. */
  locate(): Promise<string[]>;
  kill(): void;
}

export interface GuestLimits extends MemoryLimits {
  /** CPU time of a script that asks nothing of its host meanwhile. */
  computingMs: number;
}

export interface GuestOptions {
  program: GuestProgram;
  fence: Fence;
  limits: GuestLimits;
  /** Of `node`, beside what a guest always has. */
  nodeArgs?: readonly string[];
}

const startMs = 20_000;

const nodeArgsOf = ({ heapMb }: MemoryLimits) => [
  '--no-warnings',
  '--permission', // of nothing: no file, no process, no thread, no addon
  '--disallow-code-generation-from-strings', // in the realm around the script's; the script's own has `eval`
  '--trace-sigint', // see locate-script.ts
  '--zero-fill-buffers', // no bytes of an earlier run
  `--max-old-space-size=${heapMb}`,
  '--min-semi-space-size=16', // see guest/collect-garbage.ts
  '--max-semi-space-size=16',
  '--v8-pool-size=1', // of helpers for collecting and compiling; four are 10 MB more and no sooner done
];

/** Resolves when the guest has loaded and waits; with V8's code when the program had none. @throws SynclineError guest_crashed */
export async function spawnGuest({
  program,
  fence,
  limits,
  nodeArgs = nodeArgsOf(limits),
}: GuestOptions): Promise<{ guest: Guest; realmCode: Buffer }> {
  const [command, ...args] = fence.command([...nodeArgs, '--eval', loader]);
  const child = spawn(command!, args, {
    env: {}, // nothing of ours: no key, no address, no path
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const started = Promise.withResolvers<Buffer>();
  const process = trackGuest(child, limits, {
    onReady: started.resolve,
    onEnd: (how) => started.reject(notStarted(how)),
  });
  const timer = setTimeout(() => process.end('it did not start in time'), startMs);
  writeProgram(child.stdio[3] as Duplex, program);
  try {
    const realmCode = await started.promise;
    return { guest: process.guest(innerPid(child)), realmCode };
  } finally {
    clearTimeout(timer);
  }
}

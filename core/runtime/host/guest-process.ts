// One guest process: spawned with an empty environment and one pipe, bound to one environment for life, one run at a time.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { SynclineError } from '../../errors.ts';
import { type Call, createFrameReader, encodeFrame, type Failed, type Start, type ToHost } from '../protocol.ts';
import { guestEntry } from './guest-entry.ts';

/** What the script's failure was, as the wire names it. Thrown by `Guest.run`. */
export class ScriptFailure extends Error {
  override readonly name = 'ScriptFailure';
  readonly failure: Failed['error'];

  constructor(failure: Failed['error']) {
    super(failure.message);
    this.failure = failure;
  }
}

export type CallHandler = (
  method: string,
  args: Record<string, unknown>,
  body: Buffer,
) => Promise<{ result?: unknown; body?: Buffer }>;

export interface Guest {
  readonly pid: number;
  environmentId: string | null;
  runs: number;
  readonly bornAt: number;
  readonly dead: boolean;
  /** @throws ScriptFailure, also for a guest that died (out of memory, killed) */
  run(start: Omit<Start, 't'>, js: string, handle: CallHandler): Promise<{ output: string | undefined }>;
  kill(): void;
}

/** Where `zod` and the functions SDK are found, for the bundled guest. */
const home = fileURLToPath(import.meta.url);
const heapMb = 512;

// A guest in an endless loop never sees its pipe close: the kernel ends it with the host, where util-linux can ask for that.
const setpriv = '/usr/bin/setpriv';
const dieWithParent = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', '--'] : [];

/** Resolves when the guest has loaded and waits. */
export async function spawnGuest(): Promise<Guest> {
  const [command, ...args] = [
    ...dieWithParent,
    process.execPath,
    '--no-warnings',
    `--max-old-space-size=${heapMb}`,
    '--max-semi-space-size=8',
    guestEntry(),
    home,
  ];
  const child = spawn(command!, args, {
    env: {}, // nothing of ours: no key, no address, no path
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const pipe = child.stdio[3] as Duplex;
  const state = track(child, pipe);
  await state.ready;
  return createGuest(child, pipe, state);
}

interface Running {
  handle: CallHandler;
  resolve(result: { output: string | undefined }): void;
  reject(error: Error): void;
}

type State = ReturnType<typeof track>;

function track(child: ChildProcess, pipe: Duplex) {
  let lastWords = '';
  const state: { dead: boolean; running: Running | undefined; ready: Promise<void>; lastWords(): string } = {
    dead: false,
    running: undefined,
    ready: Promise.resolve(),
    lastWords: () => lastWords,
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  state.ready = new Promise((resolve, reject) => {
    const read = createFrameReader<ToHost>(({ header, body }) => {
      if (header.t === 'ready') resolve();
      else receive(state, pipe, header, body);
    });
    pipe.on('data', (chunk: Buffer) => {
      try {
        read(chunk);
      } catch {
        child.kill('SIGKILL'); // it does not speak the protocol any more
      }
    });
    pipe.on('error', () => {}); // its end is told by `exit`
    child.once('exit', (code, signal) => {
      state.dead = true;
      reject(
        new SynclineError('guest_crashed', `A guest process ended while starting (${signal ?? code}). ${lastWords}`, {
          status: 500,
          retryable: true,
        }),
      );
      state.running?.reject(new ScriptFailure(epitaph(code, signal, lastWords)));
      state.running = undefined;
    });
  });
  return state;
}

function epitaph(code: number | null, signal: string | null, lastWords: string): Failed['error'] {
  if (/heap out of memory|Array buffer allocation failed/i.test(lastWords)) {
    return {
      type: 'function_runtime_out_of_memory',
      message: `The function used more than ${heapMb} MB of memory.`,
      payload: {},
    };
  }
  return {
    type: 'function_runtime_other',
    message: `The function's process ended (${signal ?? `exit ${code}`}).`,
    payload: {},
  };
}

function receive(
  state: { running: Running | undefined },
  pipe: Duplex,
  header: Exclude<ToHost, { t: 'ready' }>,
  body: Buffer,
): void {
  const { running } = state;
  if (!running) return;
  if (header.t === 'call') return void answer(running, pipe, header, body);
  state.running = undefined;
  if (header.t === 'done') running.resolve({ output: body.length > 0 ? body.toString() : undefined });
  else running.reject(new ScriptFailure(header.error));
}

async function answer(running: Running, pipe: Duplex, { id, method, args }: Call, body: Buffer): Promise<void> {
  let parts: Buffer[];
  try {
    const { result, body: answered } = await running.handle(method, args, body);
    parts = encodeFrame({ t: 'reply', id, result }, answered);
  } catch (error) {
    if (error instanceof StopRun) return; // the run is over for us: the guest gets no more answers
    const { code = 'server_error', message, status, payload } = error as SynclineError;
    parts = encodeFrame({ t: 'reply', id, error: { code, message, status, payload } });
  }
  for (const part of parts) pipe.write(part);
}

/** Thrown by a handler to leave a call unanswered for ever: a slice ends between two calls, and the script never knows. */
export class StopRun extends Error {}

function createGuest(child: ChildProcess, pipe: Duplex, state: State): Guest {
  return {
    pid: child.pid!,
    environmentId: null,
    runs: 0,
    bornAt: Date.now(),
    get dead() {
      return state.dead;
    },
    run(start, js, handle) {
      this.runs++;
      return new Promise((resolve, reject) => {
        if (state.dead) return reject(new ScriptFailure(epitaph(null, null, state.lastWords())));
        state.running = { handle, resolve, reject };
        for (const part of encodeFrame({ t: 'start', ...start }, Buffer.from(js))) pipe.write(part);
      });
    },
    kill() {
      state.running = undefined;
      child.kill('SIGKILL');
    },
  };
}

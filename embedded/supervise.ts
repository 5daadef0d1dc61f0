// Keeps one process running: starts it, tells when it serves, starts it again with back-off when it dies, stops it in time.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { eachLine, type Print } from './print.ts';
import { StartError } from './start-error.ts';

/** A child that exits so has a mistake that another start would not cure (core/config: `fatalExitCode`). */
const fatalExitCode = 78;
/** Deaths before it has ever served after which a start gives up. */
const patience = 5;
/** A process that has served is wanted back at once, however often it is killed: its runs wait for it. */
const maxWaitAfterServingMs = 1_000;

export interface ProcessSpec<T> {
  name: string;
  spawn(): ChildProcess | Promise<ChildProcess>;
  /** Settles when the child serves; a rejection kills it. The signal aborts when the child is gone. */
  ready(child: ChildProcess, gone: AbortSignal): Promise<T>;
  stopSignal?: NodeJS.Signals;
  /** From the stop signal to the kill. */
  stopWithinMs?: number;
  killSignal?: NodeJS.Signals;
  /** Lines for the operator; the others are kept only to explain a death. */
  shows?(line: string): boolean;
  /** A sentence when these last lines mean that another start is pointless. */
  hopeless?(lastLines: readonly string[]): string | undefined;
}

export interface SuperviseOptions<T> {
  print: Print;
  onPid?(pid: number | undefined): void;
  /** Each time it serves, so also after a restart. */
  onReady?(value: T): void;
  /** It will not be started again. */
  onFatal?(error: StartError): void;
  backoffMs?: { first: number; max: number };
}

export interface Supervised<T> {
  name: string;
  readonly pid: number | undefined;
  /** The first time it serves; rejects when it never will. */
  ready: Promise<T>;
  /** Idempotent; settles when the process is gone. */
  stop(): Promise<void>;
}

export function supervise<T>(spec: ProcessSpec<T>, options: SuperviseOptions<T>): Supervised<T> {
  const { print, onPid, onReady, onFatal, backoffMs = { first: 200, max: 10_000 } } = options;
  const { promise: ready, resolve: resolveReady, reject: rejectReady } = Promise.withResolvers<T>();
  ready.catch(() => {}); // whoever waits for it sees it; nobody has to
  const stopping = new AbortController();
  const stopped = (): boolean => stopping.signal.aborted;
  let child: ChildProcess | undefined;
  let served = false;

  function giveUp(sentence: string): void {
    const error = new StartError(sentence);
    rejectReady(error);
    onFatal?.(error);
  }

  /** One life of the process; resolves with why it ended and its last lines. */
  async function live(): Promise<{
    code: number | null;
    why: string;
    lastLines: string[];
    lastError: string | undefined;
    serves: boolean;
  }> {
    let serves = false;
    const lastLines: string[] = [];
    let lastError: string | undefined;
    const current = await spec.spawn();
    child = current;
    const take = (line: string) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (!stopped() && (spec.shows?.(line) ?? true)) print.line(spec.name, line);
    };
    eachLine(current.stdout, take);
    eachLine(current.stderr, (line) => {
      lastError = line;
      take(line);
    });
    const closed = new Promise((resolve) => current.once('close', resolve));
    const exited = new Promise<{ code: number | null; why: string }>((resolve) => {
      current.once('exit', (code, signal) =>
        resolve({ code, why: signal ? `was killed by ${signal}` : `ended with code ${code}` }),
      );
      current.once(
        'error',
        (error) => current.pid === undefined && resolve({ code: null, why: `did not start: ${error.message}` }),
      );
    });
    if (current.pid !== undefined) onPid?.(current.pid);
    if (stopped()) current.kill(spec.stopSignal ?? 'SIGTERM');

    const gone = new AbortController();
    spec.ready(current, gone.signal).then(
      (value) => {
        if (gone.signal.aborted) return;
        served = true;
        serves = true;
        resolveReady(value);
        onReady?.(value);
      },
      (error: Error) => {
        if (gone.signal.aborted) return;
        take(error.message);
        current.kill(spec.killSignal ?? 'SIGKILL');
      },
    );
    const end = await exited;
    gone.abort();
    child = undefined;
    onPid?.(undefined);
    await Promise.race([closed, sleep(200)]); // its last lines may still be in the pipe; a grandchild may hold that open
    return { ...end, lastLines, lastError, serves };
  }

  async function run(): Promise<void> {
    let waitMs = backoffMs.first;
    for (let deaths = 1; !stopped(); deaths++) {
      const bornAt = performance.now();
      const { code, why, lastLines, lastError, serves } = await live();
      if (stopped()) return;
      const last = lastError ?? lastLines.at(-1);
      if (code === fatalExitCode) return giveUp(lastError ?? `${spec.name} ${why}.`);
      const pointless = served ? undefined : spec.hopeless?.(lastLines);
      if (pointless) return giveUp(pointless);
      if (!served && deaths >= patience)
        return giveUp(`${spec.name} ${why} ${deaths} times in a row${last ? `: ${last}` : '.'}`);

      if (performance.now() - bornAt > 4 * backoffMs.max) waitMs = backoffMs.first;
      if (serves) waitMs = Math.min(waitMs, maxWaitAfterServingMs);
      print.warn(spec.name, `${why}; starting it again in ${waitMs / 1000} s`);
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      waitMs = Math.min(waitMs * 2, backoffMs.max);
    }
  }

  const over = run().catch((cause: Error) => giveUp(`${spec.name} could not be started: ${cause.message}`));
  let stop: Promise<void> | undefined;

  async function stopOnce(): Promise<void> {
    stopping.abort();
    child?.kill(spec.stopSignal ?? 'SIGTERM');
    const kill = setTimeout(() => child?.kill(spec.killSignal ?? 'SIGKILL'), spec.stopWithinMs ?? 8000);
    await over;
    clearTimeout(kill);
    rejectReady(new StartError(`${spec.name} was stopped.`));
  }

  return {
    name: spec.name,
    get pid() {
      return child?.pid;
    },
    ready,
    stop: () => (stop ??= stopOnce()),
  };
}

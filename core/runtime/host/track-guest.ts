// The life of a guest's process as its host sees it: starting, waiting, running, renewing its realm, dead.
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { SynclineError } from '../../errors.ts';
import type { Bundle } from '../guest/failure.ts';
import { type Call, maxOutputBytes, type ToHost, type WireError } from '../protocol.ts';
import { computedTooLong, failureOf, type GuestEnd, outputTooLarge, ScriptFailure, StopRun } from './guest-end.ts';
import { createGuestLink } from './guest-link.ts';
import type { CallHandler, Guest, GuestLimits } from './guest-process.ts';
import { killInside } from './inner-process.ts';
import { limitLines } from './limit-lines.ts';
import { locateScript } from './locate-script.ts';
import { type ComputingWatch, watchComputing } from './watch-computing.ts';

/** A script that does not let go of its process after its end loses it. */
const renewMs = 3_000;
/** Bundles that a guest keeps compiled. */
const places = 20;

interface Running {
  handle: CallHandler;
  watch: ComputingWatch;
  resolve(result: { output: string | undefined }): void;
  reject(error: Error): void;
}

export function trackGuest(
  child: ChildProcess,
  limits: GuestLimits,
  on: { onReady(body: Buffer): void; onEnd(how: GuestEnd): void },
) {
  let lastWords = '';
  let why: string | undefined;
  let dead = false;
  let inside: number | undefined;
  let running: Running | undefined;
  let bundle: Bundle | undefined;
  let renewing: PromiseWithResolvers<boolean> | undefined;
  const link = createGuestLink(child.stdio[3] as Duplex, { onMessage: receive, onBroken: end });
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  child.once('error', ({ message }) => end(message)); // the command is not there
  child.once('exit', () => {
    dead = true;
  });
  // Not `exit`: its last words come before this.
  child.once('close', over);

  function over(code: number | null, signal: string | null): void {
    const how = { code, signal, lastWords, why };
    dead = true;
    on.onEnd(how);
    settle()?.reject(failureOf(how, limits));
    renewing?.resolve(false);
  }

  function end(reason: string): void {
    why ??= reason;
    kill();
    if (child.pid === undefined) over(null, null);
  }

  function kill(): void {
    if (!dead) killInside(child, inside);
    dead = true;
    renewing?.resolve(false);
  }

  async function locate(): Promise<string[]> {
    settle(); // what it still says is not heard
    const places = dead || !bundle || inside === undefined ? [] : await locateScript(child, inside, bundle);
    kill();
    return places;
  }

  function receive(message: ToHost, body: Buffer): void {
    running?.watch.heard();
    if (message.t === 'ready' && running) end('it sent a message out of turn');
    else if (message.t === 'ready') {
      on.onReady(body);
      renewing?.resolve(!message.spent);
    } else if (message.t === 'call') void answer(message, body);
    else if (message.t === 'failed') settle()?.reject(new ScriptFailure(message.error));
    else if (body.length > maxOutputBytes) settle()?.reject(outputTooLarge(body.length, maxOutputBytes));
    else settle()?.resolve({ output: body.length > 0 ? body.toString() : undefined });
  }

  function settle(): Running | undefined {
    const run = running;
    running = undefined;
    run?.watch.stop();
    return run;
  }

  async function answer({ id, method, args }: Call, body: Buffer): Promise<void> {
    const run = running;
    try {
      if (!run) return;
      const { result, body: answered } = await run.handle(method, args, body);
      if (running === run) link.send({ t: 'reply', id, result }, answered);
    } catch (error) {
      if (error instanceof StopRun) return; // the run is over for us: the guest gets no more answers
      const { code = 'server_error', message, status, payload } = error as SynclineError;
      if (running === run) link.send({ t: 'reply', id, error: { code, message, status, payload } as WireError });
    } finally {
      link.callEnded();
    }
  }

  function guest(pid: number): Guest {
    inside = pid;
    const bundles: { js: string; file: string }[] = [];
    let turn = 0;

    /** A bundle is sent once, then its place says it. */
    function placeOf(js: string, file: string): { place: number; isNew: boolean } {
      const known = bundles.findIndex((bundle) => bundle.js === js && bundle.file === file);
      if (known !== -1) return { place: known, isNew: false };
      const place = turn++ % places;
      bundles[place] = { js, file };
      return { place, isNew: true };
    }

    return {
      pid,
      environmentId: null,
      runs: 0,
      bornAt: Date.now(),
      get dead() {
        return dead;
      },
      run(start, js, handle) {
        this.runs++;
        const { promise, resolve, reject } = Promise.withResolvers<{ output: string | undefined }>();
        if (dead) {
          reject(failureOf({ code: null, signal: null, lastWords, why: why ?? 'it had ended before' }, limits));
          return promise;
        }
        const watch = watchComputing(pid, limits.computingMs, () => {
          const run = settle();
          void locate().then((places) => run?.reject(computedTooLong(limits.computingMs, places)));
        });
        bundle = { file: start.file, js };
        running = { handle: limitLines(handle), watch, resolve, reject };
        renewing = Promise.withResolvers();
        const { place, isNew } = placeOf(js, start.file);
        link.send({ t: 'start', ...start, bundle: place }, isNew ? Buffer.from(js) : undefined);
        return promise;
      },
      abort: () => link.send({ t: 'abort' }),
      async renewed() {
        if (dead || running || !renewing) return !dead && !running;
        const { promise, resolve } = renewing;
        const late = setTimeout(resolve, renewMs, false);
        const renewed = await promise;
        clearTimeout(late);
        return renewed && !dead;
      },
      locate,
      kill() {
        settle();
        kill();
      },
    };
  }

  return { guest, end };
}

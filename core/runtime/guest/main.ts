// The guest process: one run at a time for one environment, each in a fresh realm, with no credential and no way out but
// this pipe to the host.
import { Socket } from 'node:net';
import { createFrameReader, encodeFrame, type ToGuest, writeFrame } from '../protocol.ts';
import type { Bridge } from './bridge.ts';
import { createCollectGarbage } from './collect-garbage.ts';
import { createNodeObjects } from './node-objects.ts';
import { type CompiledBundle, compileBundle, createRealms, type FreshRealm } from './realm.ts';

/** What Node calls our own work. Another name is work that a run began and that goes on: hashing in a thread, a stream. */
const ours = new Set(['PipeWrap', 'WriteWrap', 'Immediate']);

/** @param realmSource of in-realm.ts. @param realmCode V8's code for it; empty: `ready` brings it */
export function serve(realmSource: string, realmCode: Buffer): void {
  const { exit, getActiveResourcesInfo, getBuiltinModule, hrtime, nextTick } = process;
  const timers = { setTimeout, setInterval, setImmediate, clearTimeout, clearImmediate };
  const objects = createNodeObjects((name) => getBuiltinModule(name) as object);
  const realms = createRealms(realmSource, realmCode);
  const collectGarbage = createCollectGarbage();
  // Of `module`, what failures are described with, and only when there is one.
  const lend = (name: string) =>
    name === 'module' ? { SourceMap: getBuiltinModule('node:module').SourceMap } : (objects.lendModule(name) as object);
  const bundles = new Map<number, CompiledBundle>();
  const pipe = new Socket({ fd: 3, readable: true, writable: true });
  let broken = false;
  let calls = 0;

  function send(header: object, body?: Buffer): void {
    const parts = encodeFrame(header, body);
    if (broken) return;
    try {
      writeFrame(pipe, parts);
    } catch (error) {
      broken = true; // a script at the end of its stack: half a frame may be out
      throw error;
    }
  }

  interface Slot {
    realm: FreshRealm;
    running: boolean;
    /** It was used: nothing of it is heard any more once `running` is false. */
    used: boolean;
  }

  function prepare(): Slot {
    const bridge: Bridge = {
      ...objects,
      send: (header, body) => {
        if (slot.running) send(header, body);
      },
      nextCallId: () => ++calls,
      intrinsic: (name) => (globalThis as unknown as Record<string, unknown>)[name],
      timers,
      nextTick,
      now: () => Number(hrtime.bigint()) / 1e6, // `performance` would be loaded for it: 5 ms
      facts: {
        version: process.version,
        versions: process.versions,
        platform: process.platform,
        arch: process.arch,
      },
    };
    const slot: Slot = { realm: realms.createRealm(bridge, lend), running: false, used: false };
    return slot;
  }

  let current = prepare();

  function begin(start: Extract<ToGuest, { t: 'start' }>, body: Buffer): void {
    const slot = current;
    if (slot.used) return; // the host begins a run only after `ready`
    slot.used = slot.running = true;
    const bundle = recall(start, body);
    slot.realm.run({
      start,
      js: bundle.js,
      load: () => slot.realm.evaluate(bundle),
      end(result) {
        if (!slot.running) return;
        if ('error' in result) send({ t: 'failed', error: result.error });
        else send({ t: 'done' }, result.output === undefined ? undefined : Buffer.from(result.output));
        finish(slot);
      },
    });
  }

  /** The host sends a bundle once and then names its place. */
  function recall({ bundle: place, file }: { bundle: number; file: string }, body: Buffer): CompiledBundle {
    if (body.length > 0) bundles.set(place, compileBundle({ js: body.toString(), file }));
    return bundles.get(place)!;
  }

  /** Behind everything that the run still had to do at once: a script that never lets go is never heard of again. */
  function finish(slot: Slot): void {
    slot.running = false;
    slot.realm.close();
    timers.setImmediate(() => {
      if (broken) exit(1);
      const spent = uncaught || getActiveResourcesInfo().some((name) => !ours.has(name));
      current = undefined as never; // garbage by now
      objects.restoreSettings();
      collectGarbage();
      current = prepare();
      send({ t: 'ready', spent });
    });
  }

  let uncaught = false;
  // A promise that the script dropped must not end the run; what it awaited fails there.
  process.on('unhandledRejection', (reason, promise) => current.running && current.realm.unhandled(reason, promise));
  process.on('uncaughtException', (error) => {
    uncaught = true;
    if (current.running) current.realm.fail(error);
  });
  const read = createFrameReader<ToGuest>(
    ({ header, body }) => {
      if (header.t === 'start') begin(header, body);
      else if (header.t === 'abort') current.realm.abort();
      else if (current.running) current.realm.reply(header, body);
    },
    (text) => current.realm.parse(text),
  );
  pipe.on('data', read);
  pipe.on('close', () => exit(0)); // the host is gone: so is the reason to run
  disarm();
  send({ t: 'ready', spent: false }, realmCode.length === 0 ? realms.code() : undefined);
}

/** Nothing of ours needs these. A script that found its way into this realm finds less. */
function disarm(): void {
  const unused = ['abort', 'binding', 'chdir', 'dlopen', 'execve', 'getBuiltinModule', 'kill'];
  for (const name of [...unused, '_debugProcess', '_kill', '_linkedBinding']) Reflect.deleteProperty(process, name);
}

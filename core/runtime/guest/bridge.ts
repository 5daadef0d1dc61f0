// What passes between a realm and the process around it. Types alone: each side has its own objects.
import type { Failed, Reply, Start } from '../protocol.ts';

/** What the process gives to each new realm. Nothing of it is for the script's hands. */
export interface Bridge {
  /** A frame to the host; ignored once the run is over. @throws when the header has no JSON */
  send(header: object, body?: Buffer): void;
  /** Unique in the process: a late answer to an earlier run must not meet a call of this one. */
  nextCallId(): number;
  /** A built-in module of Node, frozen. */
  lendModule(name: string): unknown;
  /** A global of Node, frozen. */
  lendGlobal(name: string): unknown;
  /** The process's own `Error`, `Uint8Array`, …: objects that Node makes are theirs. */
  intrinsic(name: string): unknown;
  timers: Pick<typeof globalThis, 'setTimeout' | 'setInterval' | 'setImmediate' | 'clearTimeout' | 'clearImmediate'>;
  nextTick(work: () => void): void;
  /** Milliseconds of a clock that only goes forward, from whenever. */
  now(): number;
  facts: { version: string; versions: Record<string, string | undefined>; platform: string; arch: string };
}

/** A module of CommonJS: fills `module.exports`. */
export type ModuleBody = (module: { exports: object }, exports: object, require: (name: string) => unknown) => void;

export interface Execution {
  start: Start;
  js: string;
  /** Evaluates the bundle in the realm. @throws SyntaxError */
  load(): ModuleBody;
  /** Called once. The output is JSON text. */
  end(result: { output?: string } | { error: Failed['error'] }): void;
}

/** What a realm gives to the process. */
export interface Realm {
  /** The realm's own `JSON.parse`, taken before a script could replace it. */
  parse(text: string): unknown;
  run(execution: Execution): void;
  reply(reply: Reply, body: Buffer): void;
  abort(): void;
  /** A promise that the script dropped was rejected. */
  unhandled(reason: unknown, promise: unknown): void;
  /** An error that nothing awaits, from a timer's callback for instance: it ends the run. */
  fail(error: unknown): void;
  /** Ends what the script left behind. */
  close(): void;
}

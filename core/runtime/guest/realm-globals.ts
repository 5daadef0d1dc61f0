// The globals of a realm besides JavaScript's own: what Node lends, timers that end with the run, and a `process` that tells
// nothing of the real one. Imported for its effect, before any module that uses them. `console` and `fetch` are made with the
// `nango` object.
import type { Bridge } from './bridge.ts';
import { given } from './given.ts';
import { nodeGlobals } from './node-names.ts';
import { createRealmProcess } from './realm-process.ts';
import { timers } from './timers.ts';

for (const name of nodeGlobals) defineLazily(name, () => given.lendGlobal(name));
const own = {
  ...timers.functions,
  performance: createPerformance(given),
  process: createRealmProcess(given),
  global: globalThis,
};
for (const [name, value] of Object.entries(own))
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

/** Times of the run alone: marks of Node's own would be seen by later ones. */
function createPerformance({ now }: Bridge) {
  const timeOrigin = Date.now();
  const started = now();
  const sinceStart = () => now() - started;
  return { timeOrigin, now: sinceStart, toJSON: () => ({ timeOrigin, now: sinceStart() }) };
}

/** Some of them take Node 10 ms to load: not before the script names them. */
function defineLazily(name: string, load: () => unknown): void {
  const become = (value: unknown) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      const value = load();
      become(value);
      return value;
    },
    set: become,
  });
}

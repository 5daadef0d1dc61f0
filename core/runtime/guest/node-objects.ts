// Lends Node's objects to the realms of this process, frozen when they are first asked for.
import { freezeShared } from './freeze-shared.ts';

/** Functions that change what all realms of the process share. Removed before anything that leads to them is frozen. */
const shared = {
  'node:buffer': ['resolveObjectURL'],
  'node:crypto': ['setEngine', 'setFips'],
  'node:events': ['setMaxListeners'],
  'node:stream': ['setDefaultHighWaterMark'],
  'node:util': ['setTraceSigInt'],
} as const;

/** @param load of the built-in modules, as long as the process still has it */
export function createNodeObjects(load: (name: string) => object) {
  const lent = new Map<string, unknown>();
  const withoutShared = (name: string) => {
    const found = load(name);
    for (const key of shared[name as keyof typeof shared] ?? []) Reflect.deleteProperty(found, key);
    return found;
  };
  for (const name of ['node:buffer', 'node:events', 'node:stream', 'node:util']) withoutShared(name); // Node has loaded them
  for (const name of ['createObjectURL', 'revokeObjectURL']) Reflect.deleteProperty(URL, name);

  function lend(name: string, find: () => unknown): unknown {
    if (!lent.has(name)) {
      const found = find();
      lent.set(name, found);
      freezeShared(found, ...behindGetters(name, found));
    }
    return lent.get(name);
  }

  const events = load('node:events') as typeof import('node:events');
  const { inspect } = load('node:util') as typeof import('node:util');
  const initially = { maxListeners: events.defaultMaxListeners, inspection: { ...inspect.defaultOptions } };

  return {
    /** Settings that their owners keep to themselves, where nothing is frozen. */
    restoreSettings() {
      events.defaultMaxListeners = initially.maxListeners;
      inspect.defaultOptions = initially.inspection;
    },
    lendModule: (name: string) => lend(`node:${name}`, () => withoutShared(`node:${name}`)),
    lendGlobal: (name: string) => lend(name, () => (globalThis as unknown as Record<string, unknown>)[name]),
  };
}

/** What a module makes on first use, and wants to write then; and the one object behind `crypto.subtle`. */
function behindGetters(name: string, found: unknown): unknown[] {
  if (name.startsWith('node:')) return Object.values(found as object) as unknown[];
  return name === 'crypto' ? [(found as Crypto).subtle] : [];
}

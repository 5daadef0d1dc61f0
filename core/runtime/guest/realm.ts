// A fresh realm for a run: a context of V8 with its own JavaScript objects, in which the guest's part and then the script are
// evaluated. The realm keeps runs apart; what keeps a script from the machine is the process.
import { constants, createContext, Script } from 'node:vm';
import type { Bridge, ModuleBody, Realm } from './bridge.ts';

export interface BundleSource {
  js: string;
  file: string;
}

export interface FreshRealm extends Realm {
  evaluate(bundle: CompiledBundle): ModuleBody;
}

/** Compiled once, evaluated in each realm anew. */
export interface CompiledBundle {
  js: string;
  script(): Script;
}

type Entry = (module: { exports: { realm: Realm } }, require: (name: string) => unknown, bridge: Bridge) => void;

/**
 * @param source of in-realm.ts, bundled as CommonJS
 * @param code what `code` gave in another process; empty when there is none
 */
export function createRealms(source: string, code: Buffer) {
  const entry = new Script(`(function (module, require, bridge) {'use strict';${source}\n})`, {
    filename: 'syncline-guest.js',
    ...(code.length > 0 && { cachedData: code }),
  });

  /** @param lend what the guest's own part imports of Node, each when it is first touched */
  function createRealm(bridge: Bridge, lend: (name: string) => object): FreshRealm {
    const context = createContext(constants.DONT_CONTEXTIFY);
    const module = { exports: {} } as Parameters<Entry>[0];
    const lazily = (name: string) =>
      new Proxy({}, { get: (_, key) => Reflect.get(lend(name.replace(/^node:/, '')), key) as unknown });
    (entry.runInContext(context) as Entry)(module, lazily, bridge);
    return {
      ...module.exports.realm,
      evaluate: ({ script }) => script().runInContext(context) as ModuleBody,
    };
  }

  return { createRealm, code: () => entry.createCachedData() };
}

export function compileBundle({ js, file }: BundleSource): CompiledBundle {
  let compiled: Script | undefined;
  return {
    js,
    script: () => (compiled ??= new Script(`(function (module, exports, require) {${js}\n})`, { filename: file })),
  };
}

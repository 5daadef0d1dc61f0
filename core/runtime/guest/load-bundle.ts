// Turns the text of a bundle into its default export. Only modules that need no socket, file or process can be required.
import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
import * as functionsSdk from '@syncline/functions';
import { unzipper } from './unzipper.ts';

// The guest runs as one bundled file elsewhere; its host says from where packages are found.
const require = createRequire(process.argv[2] ?? import.meta.url);
const builtins = new Set([
  'assert',
  'buffer',
  'crypto',
  'events',
  'path',
  'punycode',
  'querystring',
  'stream',
  'string_decoder',
  'timers',
  'url',
  'util',
  'zlib',
]); // prettier-ignore

function requireModule(name: string): unknown {
  if (name === 'nango' || name === 'syncline' || name === '@syncline/functions') return functionsSdk;
  if (name === 'zod' || name.startsWith('zod/')) return require(name);
  if (name === 'unzipper') return unzipper;
  const bare = name.startsWith('node:') ? name.slice(5) : name;
  if (builtins.has(bare)) return require(`node:${bare}`);
  throw Object.assign(new Error(`Module '${name}' is not available to functions.`), { code: 'module_not_allowed' });
}

/** Nearly every function needs it; loaded while the guest waits, it costs a run nothing. */
export const preload = () => void requireModule('zod');

export interface LoadedFunction {
  exec: (nango: unknown, input?: unknown) => Promise<unknown>;
  legacy: boolean;
}

/** @param file what stack traces call the bundle, so that people find their own source */
export function loadBundle(js: string, file: string): LoadedFunction {
  const module = { exports: {} as { default?: unknown } };
  // The parameters shadow what a module of the script must not see as its own.
  const wrapper = runInThisContext(`(function (module, exports, require) {${js}\n})`, { filename: file }) as (
    module: object,
    exports: object,
    load: typeof requireModule,
  ) => void;
  wrapper(module, module.exports, requireModule);
  const exported = module.exports.default ?? module.exports;
  if (typeof exported === 'function') return { exec: exported as LoadedFunction['exec'], legacy: true };
  const { exec } = exported as { exec?: unknown };
  if (typeof exec !== 'function') throw new Error('The bundle has no default export with an exec function.');
  return { exec: exec as LoadedFunction['exec'], legacy: false };
}

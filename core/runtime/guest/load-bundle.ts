// Turns a bundle into its default export. Only modules that need no socket, file or process can be required.
import * as functionsSdk from '@syncline/functions';
import { z } from 'zod';
import type { FunctionKind } from '../protocol.ts';
import type { Bridge, ModuleBody } from './bridge.ts';
import { builtinModules } from './node-names.ts';
import { unzipper } from './unzipper.ts';

export interface LoadedFunction {
  exec: (nango: unknown, input?: unknown) => Promise<unknown>;
  /** `legacy`: the default export is the function itself. `createFunction`: its second argument tells why it runs. */
  form: 'legacy' | 'by kind' | 'createFunction';
}

/** As CommonJS sees an ES module. The realm's own objects: nobody else has them. */
const commonJs = (exports: object) => Object.defineProperty(exports, '__esModule', { value: true });

const sdk = () => commonJs({ ...functionsSdk });
/** One copy: schemas made with one of them are known to the others. */
const zod = () => commonJs(Object.assign(z, { z, default: z }));
function zodCore() {
  const { core } = z; // not `z.core`: see host/lean-namespaces.ts
  return commonJs({ ...core });
}
const packages: Record<string, () => unknown> = {
  nango: sdk,
  syncline: sdk,
  '@syncline/functions': sdk,
  zod,
  'zod/v4': zod,
  'zod/v4/core': zodCore,
  unzipper: () => commonJs({ ...unzipper, default: unzipper }),
};

export function createRequire({ lendModule }: Pick<Bridge, 'lendModule'>, timers: object): (name: string) => unknown {
  const loaded = new Map<string, unknown>();

  function find(name: string): unknown {
    if (Object.hasOwn(packages, name)) return packages[name]!();
    const bare = name.startsWith('node:') ? name.slice(5) : name;
    if (bare === 'timers') return timers;
    if ((builtinModules as readonly string[]).includes(bare)) return lendModule(bare);
    throw notAvailable(name);
  }

  return function requireModule(name) {
    if (!loaded.has(name)) loaded.set(name, find(name));
    return loaded.get(name);
  };
}

export function notAvailable(name: string): Error {
  const message =
    `${name === 'import()' ? name : `Module '${name}'`} is not available to functions. These modules are: ${Object.keys(packages).join(', ')}; of Node: ` +
    `${builtinModules.join(', ')}. A package in plain JavaScript becomes part of the bundle when it is installed in the project.`;
  return Object.assign(new Error(message), { code: 'module_not_allowed' });
}

export function loadBundle(
  load: () => ModuleBody,
  requireModule: (name: string) => unknown,
  kind: FunctionKind = 'action',
): LoadedFunction {
  const module = { exports: {} as { default?: unknown; onWebhookPayloadReceived?: unknown } };
  load()(module, module.exports, requireModule);
  const exported = module.exports.default ?? module.exports;
  if (kind === 'webhook') return webhookOf(exported, module.exports.onWebhookPayloadReceived);
  if (typeof exported === 'function') return { exec: exported as LoadedFunction['exec'], form: 'legacy' };
  const { exec, type } = exported as { exec?: unknown; type?: unknown };
  if (typeof exec !== 'function') throw new Error('The bundle has no default export with an exec function.');
  return { exec: exec as LoadedFunction['exec'], form: type === 'function' ? 'createFunction' : 'by kind' };
}

/** The handler beside a sync's `exec`; in the older form, an export of its own beside the default one. */
function webhookOf(exported: unknown, legacy: unknown): LoadedFunction {
  const { type, exec, onWebhook } = exported as { type?: unknown; exec?: unknown; onWebhook?: unknown };
  if (type === 'function' && typeof exec === 'function')
    return { exec: exec as LoadedFunction['exec'], form: 'createFunction' };
  const form = typeof exported === 'function' ? 'legacy' : 'by kind';
  const handler = form === 'legacy' ? legacy : onWebhook;
  if (typeof handler === 'function') return { exec: handler as LoadedFunction['exec'], form };
  throw new Error(`The bundle has no ${form === 'legacy' ? 'export onWebhookPayloadReceived' : 'onWebhook'}.`);
}

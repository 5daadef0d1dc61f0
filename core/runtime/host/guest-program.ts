// The guest's program as text: it crosses the pipe to each new guest, which so needs no file at all. Built once per process.
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { leanNamespaces } from './lean-namespaces.ts';

/** Sources in the checkout, JavaScript in the published command line. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const pathOf = (name: string) => fileURLToPath(new URL(`../guest/${name}.${extension}`, import.meta.url));

export interface GuestProgram {
  /** CommonJS of guest/main.ts. */
  main: Buffer;
  /** CommonJS of guest/in-realm.ts, with zod and the functions SDK in it. */
  realm: Buffer;
  /** V8's code for the realm, from a guest that had run no script yet: the next ones start with 20 ms of CPU less. */
  realmCode?: Buffer;
}

let built: Promise<GuestProgram> | undefined;

export function guestProgram(): Promise<GuestProgram> {
  built ??= bundleProgram().catch((error) => {
    built = undefined; // the next guest tries again
    throw error;
  });
  return built;
}

async function bundleProgram(): Promise<GuestProgram> {
  const { outputFiles } = await build({
    entryPoints: { main: pathOf('main'), realm: pathOf('in-realm') },
    outdir: 'guest',
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    legalComments: 'none',
  });
  await stop(); // its service process has nothing else to do here
  const textOf = (name: string) => outputFiles.find(({ path }) => path.endsWith(`${name}.js`))!.text;
  const realm = leanNamespaces(textOf('realm'), ['external_exports']); // zod's `z`
  return { main: Buffer.from(textOf('main')), realm: Buffer.from(realm) };
}

/**
 * What `node -e` gets: reads main, realm and code from the pipe, each with its length before it, and begins. Under `--permission` a
 * descriptor that is already open can be read.
 */
export const loader = `
const { readSync } = require('node:fs');
const take = (size) => {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const got = readSync(3, bytes, at, size - at);
    if (got === 0) process.exit(0);
    at += got;
  }
  return bytes;
};
const part = () => take(take(4).readUInt32BE(0));
const module = { exports: {} };
const { Script } = require('node:vm');
const main = new Script('(function (module, exports, require) {' + part() + '})', { filename: 'guest.js' });
main.runInThisContext()(module, module.exports, require);
module.exports.serve(part().toString(), part());
`;

/** As the loader reads it. */
export function writeProgram(pipe: Writable, { main, realm, realmCode = Buffer.alloc(0) }: GuestProgram): void {
  for (const part of [main, realm, realmCode]) {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(part.length);
    pipe.write(size);
    pipe.write(part);
  }
}

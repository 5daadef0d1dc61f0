// The guest's program as text: it crosses the pipe to each new guest, which so needs no file at all. Built once.
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { leanNamespaces } from './lean-namespaces.ts';
import { type CachedProgram, keepProgram, readProgram, statesOf } from './program-cache.ts';

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

let program: Promise<GuestProgram> | undefined;

export function guestProgram(): Promise<GuestProgram> {
  program ??= load().catch((error) => {
    program = undefined; // the next guest tries again
    throw error;
  });
  return program;
}

async function load(): Promise<GuestProgram> {
  const { main, realm } = readProgram(pathOf('main')) ?? (await bundle());
  return { main: Buffer.from(main), realm: Buffer.from(realm) };
}

async function bundle(): Promise<CachedProgram> {
  const { build, stop } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: { main: pathOf('main'), realm: pathOf('in-realm') },
    outdir: 'guest',
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: '/',
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    legalComments: 'none',
  });
  await stop(); // its service process has nothing else to do here
  const textOf = (entry: string) => outputFiles.find(({ path }) => path.endsWith(`${entry}.js`))!.text;
  const made = {
    inputs: statesOf(Object.keys(metafile.inputs).map((file) => resolve('/', file))),
    main: textOf('main'),
    realm: leanNamespaces(textOf('realm'), ['external_exports']), // zod's `z`
  };
  keepProgram(pathOf('main'), made);
  return made;
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

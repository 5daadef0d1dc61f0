// One function and everything it imports, as one CommonJS file: what is deployed, hashed and run.
import { existsSync, realpathSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import type { BuildOptions, BuildResult, Message, Plugin } from 'esbuild';
import { build, context } from 'esbuild';
import type { Diagnostic } from '../errors.ts';
import { CliError, exitCodes } from '../errors.ts';
import { runtimeModules } from './own-modules.ts';

export interface Bundle {
  /** CommonJS with an inline source map; the same sources give the same bytes on every machine. */
  js: string;
  /** The local modules in it, absolute. */
  inputs: string[];
}

/** Built-ins that open sockets, files or processes past the guest's wall; functions call `nango.get` and friends. */
const refusedBuiltins = new Set([
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'http',
  'http2',
  'https',
  'inspector',
  'net',
  'tls',
  'worker_threads',
]); // prettier-ignore

/** Packages that the peer's guest has. The first needs no sockets, so the runtime can offer it. */
const guestPackages = ['unzipper'];
const socketPackages = ['soap', 'botbuilder'];

interface Source {
  file: string;
  dir: string;
}

/** @throws CliError (exit code 10) with file, line and column of each problem. */
export async function bundle({ file, dir }: Source): Promise<Bundle> {
  return toBundle(() => build(optionsOf({ file, dir })), dir);
}

export interface Rebundler {
  /** Of what the files are now; what has not changed is not parsed again. @throws CliError as `bundle` */
  rebuild(): Promise<Bundle>;
  dispose(): Promise<void>;
}

/** For one file that is bundled again and again. */
export async function createRebundler({ file, dir }: Source): Promise<Rebundler> {
  const made = await context(optionsOf({ file, dir }));
  return { rebuild: () => toBundle(() => made.rebuild(), dir), dispose: () => made.dispose() };
}

function optionsOf({ file, dir }: Source) {
  const root = realpathSync(dir);
  return {
    absWorkingDir: root,
    entryPoints: [realpathSync(file)],
    // Only a name: it makes the paths in the source map relative to the project.
    outfile: path.join(root, 'bundle.cjs'),
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'esnext',
    treeShaking: true,
    sourcemap: 'inline',
    metafile: true,
    logLevel: 'silent',
    charset: 'utf8',
    external: runtimeModules,
    // The project's own tsconfig must not change the bytes, nor keep unused imports alive.
    tsconfigRaw: { compilerOptions: { target: 'esnext', strict: true, verbatimModuleSyntax: false } },
    plugins: [guestWalls()],
  } satisfies BuildOptions;
}

type Built = BuildResult<ReturnType<typeof optionsOf>>;

async function toBundle(run: () => Promise<Built>, dir: string): Promise<Bundle> {
  try {
    const { outputFiles, metafile } = await run();
    const root = realpathSync(dir);
    const inputs = Object.keys(metafile.inputs).map((input) => path.resolve(root, input));
    return { js: outputFiles[0]?.text ?? '', inputs };
  } catch (cause) {
    const messages = (cause as { errors?: Message[] }).errors;
    if (messages === undefined) throw cause;
    const diagnostics = messages.map(toDiagnostic);
    throw new CliError('bundle_failed', `${diagnostics[0]?.message ?? 'The bundle could not be made.'}`, {
      exitCode: exitCodes.compile,
      diagnostics,
      cause,
    });
  }
}

function guestWalls(): Plugin {
  const builtins = builtinModules.filter((name) => refusedBuiltins.has(name.split('/')[0] ?? ''));
  const anyOf = (names: string[]) => names.map((name) => name.replaceAll('/', '\\/')).join('|');
  return {
    name: 'guest-walls',
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`^(node:)?(${anyOf(builtins)})$`) }, ({ path: name, importer }) => ({
        errors: [
          { text: `${nameOf(importer)} needs ${name}, which functions do not have. Call nango.get, post, … instead.` },
        ],
      }));
      onResolve({ filter: new RegExp(`^(${anyOf(socketPackages)})(/|$)`) }, ({ path: name }) => ({
        errors: [{ text: `${name} opens its own sockets, which functions do not have.` }],
      }));
      onResolve({ filter: /\.node$/ }, ({ path: name, importer }) => ({
        errors: [{ text: `${nameOf(importer)} loads the native addon ${name}; functions take JavaScript only.` }],
      }));
      onResolve({ filter: new RegExp(`^(${anyOf(guestPackages)})$`) }, ({ path: name, resolveDir }) =>
        isInstalled(name, resolveDir) ? undefined : { path: name, external: true },
      );
    },
  };
}

/** The package a file belongs to, or the file's own name. */
function nameOf(importer: string): string {
  const parts = importer.split(/[/\\]node_modules[/\\]/);
  if (parts.length === 1) return path.basename(importer);
  const [scope = '', name = ''] = (parts.at(-1) ?? '').split(/[/\\]/);
  return `The package ${scope.startsWith('@') ? `${scope}/${name}` : scope}`;
}

function isInstalled(name: string, from: string): boolean {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'node_modules', name))) return true;
    if (folder === path.dirname(folder)) return false;
  }
}

function toDiagnostic({ text, location, notes }: Message): Diagnostic {
  const hint = notes.find((note) => note.text.startsWith('You can mark the path')) ? ' Install it in the project.' : '';
  return {
    severity: 'error',
    code: 'bundle_failed',
    message: `${text}${/[.!?]$/.test(text) ? '' : '.'}${hint}`,
    ...(location && { file: location.file, line: location.line, column: location.column + 1 }),
  };
}

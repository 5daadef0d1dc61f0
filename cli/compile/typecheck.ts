// The type check of functions: the compiler as a child process, with settings of ours whatever tsconfig the project has for its editor.
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Diagnostic } from '../errors.ts';
import { CliError, exitCodes } from '../errors.ts';
import { declarationModules, declarationTypes, packageFolder } from './own-modules.ts';

/** `@ts-expect-error` with nothing to expect: our types accept some calls that a script had to excuse elsewhere. */
const unusedExpectError = 'TS2578';

const timeoutMs = 300_000;

/** Up to here one checker and a lazy garbage collector: each further checker looks at zod's types again. Measured: half the CPU. */
const smallProject = 50;

interface Typecheck {
  files: string[];
  dir: string;
  /** Further packages, by name: the file that has their types. */
  modules?: Record<string, string>;
  /** In place of ours. */
  compilerOptions?: Record<string, unknown>;
}

/** @returns The errors of the files and of what they import, with paths relative to `dir`. */
export async function typecheck({ files, dir, modules = {}, compilerOptions = {} }: Typecheck): Promise<Diagnostic[]> {
  if (files.length === 0) return [];
  const work = mkdtempSync(path.join(realpathSync(tmpdir()), 'syncline-typecheck-'));
  try {
    const ambient = path.join(work, 'guest-packages.d.ts');
    writeFileSync(ambient, "declare module 'unzipper';\n");
    const config = path.join(work, 'tsconfig.json');
    const settings = toTsconfig([...files.map((file) => realpathSync(file)), ambient], modules);
    Object.assign(settings.compilerOptions, compilerOptions);
    writeFileSync(config, JSON.stringify(settings));
    return parseOutput(await runCompiler(config, files.length <= smallProject), work, realpathSync(dir));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function toTsconfig(files: string[], modules: Record<string, string>) {
  const declarations = declarationTypes();
  const zod = packageFolder('zod');
  // The peer's older scripts take types from its internal package.
  const names = [...declarationModules, '@nangohq/runner-sdk'];
  return {
    files,
    compilerOptions: {
      strict: true,
      module: 'nodenext',
      moduleResolution: 'nodenext',
      target: 'esnext',
      lib: ['esnext'],
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      noPropertyAccessFromIndexSignature: true,
      noImplicitReturns: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [path.dirname(packageFolder('@types/node'))],
      paths: {
        ...Object.fromEntries(names.map((name) => [name, [declarations]])),
        ...Object.fromEntries(Object.entries(modules).map(([name, file]) => [name, [file]])),
        // One zod for the declarations and the scripts, as at run time: two copies have types that do not mix.
        zod: [path.join(zod, 'index.d.ts')],
        'zod/*': [path.join(zod, '*/index.d.ts')],
      },
    },
  };
}

/** Started in the folder of the config: the compiler tells paths relative to where it was started. */
function runCompiler(config: string, small: boolean): Promise<string> {
  const tsc = path.join(packageFolder('typescript'), 'bin', 'tsc');
  return new Promise((resolve, reject) => {
    const args = [tsc, '-p', config, '--pretty', 'false', ...(small ? ['--checkers', '1'] : [])];
    const env = { ...(small && { GOGC: '400' }), ...process.env };
    const options = { cwd: path.dirname(config), timeout: timeoutMs, maxBuffer: 64 << 20, env };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null || stdout.includes('error TS')) return resolve(stdout);
      reject(
        new CliError('typecheck_failed', `The type check did not run: ${stderr || error.message}`, {
          exitCode: exitCodes.compile,
        }),
      );
    });
  });
}

/** `path(line,col): error TS1234: message`, then indented lines that explain. */
export function parseOutput(output: string, from: string, dir: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const line of output.split(/\r?\n/)) {
    const match = /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/.exec(line);
    if (match !== null) {
      const [, file, row, column, code = '', message = ''] = match;
      diagnostics.push({
        severity: 'error',
        code,
        message,
        ...(file !== undefined && { file: toRelative(path.resolve(from, file), dir) }),
        ...(file !== undefined && { line: Number(row), column: Number(column) }),
      });
    } else if (line.startsWith('  ')) {
      const last = diagnostics.at(-1);
      if (last !== undefined) last.message += `\n${line}`;
    }
  }
  return diagnostics.filter(({ code }) => code !== unusedExpectError);
}

export function toRelative(file: string, dir: string): string {
  return path.relative(dir, file).replaceAll('\\', '/');
}

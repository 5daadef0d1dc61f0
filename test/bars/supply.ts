// Bar 16: what an installation brings along, and what it may run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createFolder } from '../e2e/system.ts';
import { judgeLicences } from './licences.ts';
import { judgeLockfile, type Lockfile } from './lockfile.ts';
import { type Outcome, renderFigure, type Skipped } from './outcome.ts';

const root = join(import.meta.dirname, '..', '..');
const maxDirect = 60;

export async function supply(): Promise<Outcome | Skipped> {
  const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    allowScripts?: Record<string, boolean>;
  };
  const decisions = Object.entries(manifest.allowScripts ?? {});
  const { registryEntries, withIntegrity, directProduction, violations } = judgeLockfile(
    lockfile,
    new Set(decisions.map(([name]) => name)),
  );
  const copy = createFolder();
  try {
    await copyCheckout(copy.path);
    const clean = await npm(copy.path, 'ci', '--foreground-scripts');
    if (clean.code !== 0 && /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ENETUNREACH/.test(clean.output)) {
      return { skipped: 'packages cannot be fetched from here' };
    }
    if (clean.code !== 0) violations.push(`npm ci ended with ${clean.code}: ${clean.output.slice(-1_000)}`);
    const allowed = new Set(decisions.filter(([, yes]) => yes).map(([name]) => name));
    const ran = scriptsOf(clean.output);
    for (const name of ran) if (!allowed.has(name)) violations.push(`${name} ran an install script`);
    if (ran.size === 0) violations.push('npm did not say which install scripts it ran, or ran none');
    violations.push(...judgeLicences(lockfile, copy.path));
    const bill = await npm(copy.path, 'sbom', '--sbom-format', 'cyclonedx');
    const components = bill.code === 0 ? (JSON.parse(bill.output) as { components: unknown[] }).components.length : 0;
    if (components === 0) violations.push(`npm sbom ended with ${bill.code}: ${bill.output.slice(-500)}`);

    const steps: [string, Promise<Done>][] = [];
    const bare = await npm(copy.path, 'ci', '--ignore-scripts');
    steps.push(['npm ci --ignore-scripts', Promise.resolve(bare)]);
    if (scriptsOf(bare.output).size > 0) violations.push('npm ci --ignore-scripts ran scripts');
    const script = (file: string, ...args: string[]) =>
      run(copy.path, process.execPath, [join('node_modules', file), ...args]);
    steps.push(['type-check', script('typescript/bin/tsc', '-p', 'tsconfig.json')]);
    await steps.at(-1)![1];
    steps.push(['unit tests', script('vitest/vitest.mjs', 'run', '--config', 'test/bars/supply.vitest.ts')]);
    for (const [what, done] of steps) {
      const { code, output } = await done;
      if (code !== 0) violations.push(`${what} ended with ${code}: ${output.slice(-1_500)}`);
    }
    if (directProduction.length > maxDirect) violations.push(`${directProduction.length} direct dependencies`);
    for (const violation of violations) console.log(violation);
    const figure = renderFigure({
      violations: violations.length,
      registry_entries: registryEntries,
      with_integrity: withIntegrity,
      direct_production: directProduction.length,
      scripts_run: [...ran].sort().join(',') || 'none',
      sbom_components: components,
    });
    return { holds: violations.length === 0, figure };
  } finally {
    copy.remove();
  }
}

/** What git knows or would add: nobody's packages, nobody's build. */
async function copyCheckout(to: string): Promise<void> {
  const { output } = await run(root, 'git', ['ls-files', '-co', '--exclude-standard', '-z']);
  for (const file of output.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(root, file), join(to, file), { verbatimSymlinks: true, force: true });
  }
}

/** npm shows a script it runs as `> name@version postinstall`. */
const scriptsOf = (output: string): Set<string> =>
  new Set([...output.matchAll(/^> (@?[^@\s]+)@\S+ (?:pre|post)?(?:install|prepare)\b/gm)].map(([, name]) => name!));

const npm = (cwd: string, ...args: string[]): Promise<Done> => run(cwd, 'npm', args);

interface Done {
  code: number | null;
  output: string;
}

async function run(cwd: string, command: string, args: string[]): Promise<Done> {
  // Without our own packages' commands: the copy must do with its own, and with this Node.
  const path = [
    dirname(process.execPath),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules')),
  ];
  const child = spawn(command, args, {
    cwd,
    env: { ...withoutNpm(), PATH: path.join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number | null, output };
}

/** `npm run` hands its own settings on: with its log level, the inner npm would not name the scripts it runs. */
const withoutNpm = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_)/.test(name)));

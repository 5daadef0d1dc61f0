// The workflow code as the worker loads it, built when it changed: 2 s, else nothing.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Print } from './print.ts';
import { StartError } from './start-error.ts';

export interface BundleOptions {
  cacheDir: string;
  print: Print;
  signal?: AbortSignal | undefined;
  /** Has `index.ts`. */
  folder?: string;
}

const keptDays = 30;

/** Path of the bundle. @throws StartError when the workflows do not bundle. */
export async function buildWorkflowBundle({
  cacheDir,
  print,
  signal,
  folder = join(import.meta.dirname, '..', 'workflows'),
}: BundleOptions): Promise<string> {
  const target = join(cacheDir, `workflows-${hashOf(folder)}.js`);
  if (existsSync(target)) {
    utimesSync(target, new Date(), new Date());
    return target;
  }
  await bundle(folder, target, signal);
  print.step('workflows', 'bundled (kept for the next start)');
  prune(cacheDir);
  return target;
}

/** Sources and SDK version: a worker refuses a bundle of another version. */
function hashOf(folder: string): string {
  const hash = createHash('sha256').update(sdkVersion());
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 24);
}

function sdkVersion(): string {
  const manifest = createRequire(import.meta.url).resolve('@temporalio/worker/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function bundle(folder: string, target: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'bundle-workflows.ts'), target, folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk).slice(-4000);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new StartError(`The workflows could not be bundled:\n${output.trim()}`));
    });
  });
}

/** A running worker may be started again with an old bundle; one that nobody used for a month is nobody's. */
function prune(cacheDir: string): void {
  for (const name of readdirSync(cacheDir)) {
    if (!/^workflows-[0-9a-f]{24}\.js$/.test(name)) continue;
    const path = join(cacheDir, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > keptDays * 86_400_000) rmSync(path, { force: true });
  }
}

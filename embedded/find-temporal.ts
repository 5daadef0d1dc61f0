// The Temporal server's binary: on the PATH, in our cache, downloaded by the SDK, or built from source. No step can hang.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTemporal } from './build-temporal.ts';
import { downloadTemporal } from './download-temporal.ts';
import type { Print } from './print.ts';
import { cliVersion, isRecentEnough, versionOf } from './temporal-version.ts';

export interface FindOptions {
  cacheDir: string;
  print: Print;
  signal?: AbortSignal | undefined;
  /** Searched for `temporal`. */
  path?: string | undefined;
}

export interface TemporalBinary {
  path: string;
  version: string;
}

const cached = (cacheDir: string) => join(cacheDir, `temporal-${cliVersion}`);

/** What is there already: half a second. */
export async function findInstalled({
  cacheDir,
  print,
  path = process.env['PATH'],
}: FindOptions): Promise<TemporalBinary | undefined> {
  const onPath = (path ?? '').split(delimiter).flatMap((folder) => (folder ? join(folder, 'temporal') : []));
  for (const candidate of [...onPath, cached(cacheDir)]) {
    if (!isExecutable(candidate)) continue;
    const version = await versionOf(candidate);
    if (version !== undefined && isRecentEnough(version)) return { path: candidate, version };
    print.warn(
      'temporal',
      version ? `${candidate} is too old (${version}), looking further` : `${candidate} does not run, looking further`,
    );
  }
  return undefined;
}

/** All ways in turn. Undefined when none worked; each said why. */
export async function findTemporal(options: FindOptions): Promise<TemporalBinary | undefined> {
  const installed = await findInstalled(options);
  if (installed) return installed;
  const { cacheDir, print, signal } = options;
  const target = cached(cacheDir);
  for (const obtain of [downloadTemporal, buildTemporal]) {
    signal?.throwIfAborted();
    if (!(await obtain({ target, print, signal }))) continue;
    const version = await versionOf(target);
    if (version !== undefined && isRecentEnough(version)) return { path: target, version };
    print.warn('temporal', `${target} does not run`);
  }
  return undefined;
}

/** As `findTemporal`, but never gives up: installing it by hand while we serve is enough. */
export async function awaitTemporal(options: FindOptions & { onMissing?(): void }): Promise<TemporalBinary> {
  let found = await findTemporal(options);
  if (!found) {
    options.print.warn('temporal', howToInstall);
    options.onMissing?.();
  }
  while (!found) {
    await sleep(30_000, undefined, { ...(options.signal && { signal: options.signal }) });
    found = await findInstalled({ ...options, print: { ...options.print, warn: () => {} } });
  }
  return found;
}

const howToInstall =
  `no Temporal server: syncs, async actions and webhook deliveries wait for one; everything else serves. ` +
  `Install the Temporal CLI ${cliVersion} (https://docs.temporal.io/cli) or Go 1.26 (https://go.dev/dl), or set TEMPORAL_ADDRESS. ` +
  `A \`temporal\` on the PATH is found within 30 s.`;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

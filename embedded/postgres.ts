// The embedded database: a real PostgreSQL server on a port of its own, kept running until we stop it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, isPortFree } from './free-port.ts';
import { findPostgres } from './postgres-binaries.ts';
import { openCluster, postgresEnv } from './postgres-cluster.ts';
import { settingArguments } from './postgres-settings.ts';
import { postgresUser } from './postgres-user.ts';
import type { Print } from './print.ts';
import { commandLineOf, startedAtOf } from './process-identity.ts';
import { diskFullSentence, type StartError } from './start-error.ts';
import { type Supervised, supervise } from './supervise.ts';

export interface PostgresOptions {
  /** Must exist. The database's files go into `postgres` in it. */
  dataDir: string;
  /** Wanted; another one is taken when it is in use. */
  port?: number | undefined;
  takenPorts?: readonly number[];
  print: Print;
  /** Over ours; for tests. */
  settings?: Record<string, string>;
  signal?: AbortSignal | undefined;
  onPid?(pid: number | undefined): void;
  onFatal?(error: StartError): void;
}

export interface Postgres {
  url: string;
  port: number;
  process: Supervised<void>;
  /** Fast: open transactions are rolled back. After 1.5 s the immediate way, which recovers at the next start. */
  stop(): Promise<void>;
}

/** Ready to serve when it resolves. @throws StartError */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dataDir, print, settings, signal, onPid, onFatal } = options;
  const user = postgresUser();
  const binaries = findPostgres(user);
  const { dir, password, fresh } = await openCluster({ dataDir, binaries, user, signal });
  if (fresh) print.step('postgres', `new database in ${dir}`);
  let port = await freePort({ wanted: options.port, taken: options.takenPorts ?? [] });
  let announced = false;
  signal?.throwIfAborted();

  const postgres = supervise<void>(
    {
      name: 'postgres',
      async spawn() {
        await endPredecessor(dir);
        if (!announced && !(await isPortFree(port))) port = await freePort();
        // A group of its own: Ctrl-C goes to the whole foreground group, and the database must outlive the drain.
        return spawn(binaries.postgres, ['-D', dir, ...settingArguments(port, settings)], {
          ...user,
          cwd: '/',
          env: postgresEnv,
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true,
        });
      },
      ready: (child, gone) => statusReady(dir, child, gone),
      stopSignal: 'SIGINT',
      stopWithinMs: 1500,
      killSignal: 'SIGQUIT',
      shows: (line) => /^(FATAL|PANIC)|was terminated by signal|No space left/.test(line),
      hopeless: (lines) => diskFullSentence('the database', lines.join('\n')),
    },
    { print, ...(onPid && { onPid }), ...(onFatal && { onFatal }) },
  );
  const abort = () => void postgres.stop();
  signal?.addEventListener('abort', abort);
  try {
    await postgres.ready;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  announced = true;
  return {
    url: `postgres://syncline:${password}@127.0.0.1:${port}/syncline`,
    port,
    process: postgres,
    stop: postgres.stop,
  };
}

/** As pg_ctl does it: the eighth line of postmaster.pid is the status, the first the pid. No connection, no log to read. */
async function statusReady(dir: string, child: ChildProcess, gone: AbortSignal): Promise<void> {
  for (;;) {
    gone.throwIfAborted();
    const lines = readPidFile(dir)?.split('\n');
    if (Number(lines?.[0]) === child.pid && lines?.[7]?.trim() === 'ready') return;
    await sleep(20, undefined, { signal: gone });
  }
}

/**
 * After a SIGKILL of the supervisor the server may still run: it is stopped first. A dead one's file stays, because Postgres
 * finds in it whether backends of that server still live; only a pid that somebody else has by now would make it refuse, so
 * that one becomes ours: Postgres knows that its parent is not another server.
 */
async function endPredecessor(dir: string): Promise<void> {
  const file = readPidFile(dir);
  const pid = Number(file?.split('\n')[0]);
  if (file === undefined || !pid) return;
  const isServer = () => commandLineOf(pid)?.includes(` -D ${dir} `) ?? false;
  for (let waitedMs = 0; isServer(); waitedMs += 50) {
    if (waitedMs % 10_000 === 0) process.kill(pid, waitedMs === 0 ? 'SIGINT' : 'SIGQUIT');
    await sleep(50);
  }
  if (startedAtOf(pid) !== null && existsSync(join(dir, 'postmaster.pid'))) {
    writeFileSync(join(dir, 'postmaster.pid'), file.replace(/^\d+/, String(process.pid)));
  }
}

function readPidFile(dir: string): string | undefined {
  try {
    return readFileSync(join(dir, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined; // not there, or being replaced
  }
}

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgresJs from 'postgres';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts';
import { createPrint } from './print.ts';
import { startedAtOf } from './process-identity.ts';

const isRoot = process.getuid?.() === 0;
const folders: string[] = [];
const running: Postgres[] = [];
const lines: string[] = [];
const print = createPrint({ format: 'json', write: (line) => lines.push(line) });

function newFolder(parentMode = 0o755): string {
  const parent = mkdtempSync(join(tmpdir(), 'postgres-'));
  chmodSync(parent, parentMode);
  folders.push(parent);
  const folder = join(parent, 'data');
  mkdirSync(folder, { mode: 0o711 });
  return folder;
}

async function start(dataDir: string, more: Partial<PostgresOptions> = {}): Promise<Postgres> {
  const postgres = await startPostgres({ dataDir, print, ...more });
  running.push(postgres);
  return postgres;
}

async function query<T = unknown>(url: string, text: string): Promise<T> {
  const sql = postgresJs(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    const [row] = await sql.unsafe(text);
    return (row && Object.values(row)[0]) as T;
  } finally {
    await sql.end();
  }
}

const dirOf = (folder: string) =>
  (JSON.parse(readFileSync(join(folder, 'postgres.json'), 'utf8')) as { dir: string }).dir;

afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

it('serves a database whose owner may do all the migrations need and is no superuser', async () => {
  const { url } = await start(newFolder());
  expect(await query(url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toBe(false);
  await query(url, 'CREATE ROLE some_app NOLOGIN');
  await query(url, 'CREATE DATABASE another');
  expect(await query(url, "SELECT upper('é') || current_setting('fsync') || current_setting('jit')")).toBe('Éonoff');
  expect(() => readFileSync('/tmp/.s.PGSQL.5432.lock')).toThrow();
});

it('comes back on the same port with its data after a SIGKILL', async () => {
  const folder = newFolder();
  const postgres = await start(folder);
  await query(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const killed = postgres.process.pid!;
  process.kill(killed, 'SIGKILL');
  await expect.poll(() => query(postgres.url, 'SELECT answer FROM kept').catch(() => 0), { timeout: 15_000 }).toBe(42);
  expect(postgres.process.pid).not.toBe(killed);

  await postgres.stop();
  expect(existsSync(join(dirOf(folder), 'postmaster.pid'))).toBe(false);
  const again = await start(folder, { port: postgres.port });
  expect(again.url).toBe(postgres.url);
  expect(await query(again.url, 'SELECT answer FROM kept')).toBe(42);
});

it('takes another port when its own is in use', async () => {
  const first = await start(newFolder());
  const second = await start(newFolder(), { port: first.port });
  expect(second.port).not.toBe(first.port);
  expect(await query(second.url, 'SELECT 1')).toBe(1);
});

it('starts although the pid in a dead server’s file belongs to somebody else by now', async () => {
  const folder = newFolder();
  const first = await start(folder);
  const file = join(dirOf(folder), 'postmaster.pid');
  const left = readFileSync(file, 'utf8');
  await first.stop();
  writeFileSync(file, left.replace(/^\d+/, '1'));
  chmodSync(file, 0o666); // as its owner may
  expect(await query((await start(folder)).url, 'SELECT 1')).toBe(1);
});

it('ends a server that a killed supervisor left', async () => {
  const folder = newFolder();
  const here = (file: string) => JSON.stringify(join(import.meta.dirname, file));
  const script = `
    import { startPostgres } from ${here('postgres.ts')};
    import { createPrint } from ${here('print.ts')};
    const postgres = await startPostgres({ dataDir: ${JSON.stringify(folder)}, print: createPrint({ format: 'json' }) });
    process.send(postgres.process.pid);`;
  const entry = join(folder, 'supervisor.ts');
  writeFileSync(entry, script);
  const supervisor = spawn(process.execPath, [entry], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const left = await new Promise<number>((resolve) => supervisor.once('message', (pid) => resolve(pid as number)));
  supervisor.kill('SIGKILL');
  expect(startedAtOf(left)).not.toBeNull();
  expect(await query((await start(folder)).url, 'SELECT 1')).toBe(1);
  expect(startedAtOf(left)).toBeNull();
});

it.runIf(isRoot)('runs as another user, also when that user cannot reach the data folder', async () => {
  const folder = newFolder(0o700);
  const postgres = await start(folder);
  const owner = execFileSync('ps', ['-o', 'user=', '-p', String(postgres.process.pid)], { encoding: 'utf8' }).trim();
  expect(owner).not.toBe('root');
  expect(dirOf(folder)).toMatch(/^\/var\/lib\/syncline\/data-/);
  await postgres.stop();
  folders.push(dirOf(folder));
});

it.runIf(isRoot && process.platform === 'linux')(
  'says that the disk is full, and starts when there is room again',
  async () => {
    const folder = newFolder();
    const tmpfs = ['-t', 'tmpfs', '-o', 'size=20m,mode=711', 'tmpfs', folder];
    try {
      execFileSync('mount', tmpfs, { stdio: 'ignore' });
    } catch {
      return; // a container without the right to mount
    }
    try {
      await expect(start(folder)).rejects.toThrow('The disk of the database is full');
      execFileSync('mount', ['-o', 'remount,size=300m', folder]);
      const postgres = await start(folder);
      await postgres.stop();
    } finally {
      execFileSync('umount', [folder]);
    }
  },
);

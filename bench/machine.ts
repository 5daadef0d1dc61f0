// The machine, versions and settings that a figure belongs to.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type postgres from 'postgres';

const root = join(import.meta.dirname, '..');

export function printMachine(): void {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const changed = git('status', '--porcelain') === '' ? '' : ' with changes';
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `Syncline ${version}, commit ${git('rev-parse', '--short', 'HEAD')}${changed}, ${new Date().toISOString()}`,
  );
  console.log(
    `${availableParallelism()} cores, ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, load ${load.join(' ')}`,
  );
  console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}, OpenSSL ${process.versions.openssl}`);
  console.log('Load generator, upstream, Postgres and Temporal share these cores with us.');
}

export async function printDatabase(sql: ReturnType<typeof postgres>): Promise<void> {
  const names = [
    'server_version',
    'shared_buffers',
    'fsync',
    'synchronous_commit',
    'jit',
    'max_connections',
    'wal_level',
  ];
  const rows = await sql<{ name: string; setting: string }[]>`
    SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name IN ${sql(names)} ORDER BY name`;
  console.log(`Postgres: ${rows.map(({ name, setting }) => `${name} ${setting}`).join(', ')}`);
  console.log('On: encryption, row-level security, journal, logs, change numbers.\n');
}

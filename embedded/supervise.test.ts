import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { nodeChild } from './child.ts';
import { createPrint } from './print.ts';
import type { StartError } from './start-error.ts';
import { type Supervised, supervise } from './supervise.ts';

const folder = mkdtempSync(join(tmpdir(), 'supervise-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const running: Supervised<unknown>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.stop()));
  rmSync(join(folder, 'log'), { force: true });
});

const serves = `process.send({ type: 'ready' }); setInterval(() => {}, 1000);`;

function run(source: string, more: { stopWithinMs?: number } = {}) {
  const entry = join(folder, `child-${Math.random()}.mjs`);
  writeFileSync(entry, source);
  const lines: string[] = [];
  const pids: number[] = [];
  let fatal: StartError | undefined;
  const spec = nodeChild({
    name: 'child',
    entry,
    env: { PATH: process.env['PATH'], LOG: join(folder, 'log') },
    dataDir: folder,
    parse: (m) => m,
  });
  const supervised = supervise(
    { ...spec, ...more },
    {
      print: createPrint({ format: 'json', write: (line) => lines.push(line) }),
      onPid: (pid) => pid !== undefined && pids.push(pid),
      onFatal: (error) => {
        fatal = error;
      },
      backoffMs: { first: 20, max: 60 },
    },
  );
  running.push(supervised);
  return { supervised, lines, pids, fatal: () => fatal };
}

it('starts a killed process again and tells its new pid', async () => {
  const { supervised, pids, lines } = run(serves);
  await supervised.ready;
  process.kill(supervised.pid!, 'SIGKILL');
  await expect.poll(() => pids.length).toBe(2);
  expect(supervised.pid).toBe(pids[1]);
  expect(lines.join('')).toContain('was killed by SIGKILL; starting it again in 0.02 s');
});

it('waits longer after each death', async () => {
  const { supervised, lines } = run(serves);
  await supervised.ready;
  const killAndRead = () => {
    if (supervised.pid !== undefined) process.kill(supervised.pid, 'SIGKILL');
    return lines.join('');
  };
  await expect.poll(killAndRead, { interval: 10 }).toMatch(/0\.02 s.*0\.04 s.*0\.06 s.*0\.06 s/s);
});

it('does not start again what has a configuration mistake, and repeats its last words', async () => {
  const { supervised, pids, fatal } = run(`
    console.log('some noise');
    process.stderr.write('The key does not open this data.\\n', () => process.exit(78));`);
  await expect(supervised.ready).rejects.toThrow('The key does not open this data.');
  expect(fatal()?.message).toBe('The key does not open this data.');
  expect(pids).toHaveLength(1);
});

it('gives up a start after five deaths, saying why', async () => {
  const { supervised, pids } = run(`console.error('no such table'); process.exit(3);`);
  await expect(supervised.ready).rejects.toThrow('child ended with code 3 5 times in a row: no such table');
  expect(pids).toHaveLength(5);
});

it('lets a process drain before it is gone', async () => {
  const { supervised } = run(`
    import { writeFileSync } from 'node:fs';
    process.on('SIGTERM', () => setTimeout(() => { writeFileSync(process.env.LOG, 'drained'); process.exit(0); }, 200));
    ${serves}`);
  await supervised.ready;
  await supervised.stop();
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('drained');
  expect(supervised.pid).toBeUndefined();
});

it('kills what does not drain in time', async () => {
  const { supervised } = run(`process.on('SIGTERM', () => {}); ${serves}`, { stopWithinMs: 100 });
  await supervised.ready;
  const startedAt = performance.now();
  await supervised.stop();
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

it('passes the lines of a process on', async () => {
  const { supervised, lines } = run(`console.log('hello'); console.log('{"level":"info"}'); ${serves}`);
  await supervised.ready;
  await expect.poll(() => lines).toContain('{"level":"info"}\n');
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ process: 'child', msg: 'hello' }),
  );
});

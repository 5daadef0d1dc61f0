import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { endLeftOvers, saveProcesses } from './left-overs.ts';
import { createPrint } from './print.ts';
import { startedAtOf } from './process-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'left-overs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const print = createPrint({ format: 'json', write: () => {} });

it('ends what the last start left, and nobody who got such a pid since', async () => {
  const start = (title: string) => {
    const child = spawn(process.execPath, [`--title=${title}`, '-e', 'console.log(1); setInterval(() => {}, 1000)']);
    return new Promise<number>((resolve) => child.stdout.once('data', () => resolve(child.pid!)));
  };
  const [ours, stranger] = await Promise.all([start(`syncline api ${folder}`), start('syncline api /somewhere/else')]);
  saveProcesses(folder, [
    { name: 'api', pid: ours },
    { name: 'worker', pid: stranger },
  ]);
  await endLeftOvers(folder, print);
  await expect.poll(() => startedAtOf(ours)).toBeNull(); // killed, it lives on for a moment under no name
  expect(startedAtOf(stranger)).not.toBeNull();
  process.kill(stranger);
});

it('has nothing to do in a new folder', async () => {
  await endLeftOvers(join(folder, 'new'), print);
});

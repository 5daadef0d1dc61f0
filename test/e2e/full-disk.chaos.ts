// The disk of the database runs full in the middle of a run: the run waits, and goes on by itself when there is room.
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployExactCopy } from './exact-copy.ts';
import { listRuns, waitForRun } from './syncs.ts';
import { createFolder, type System, startSystem } from './system.ts';
import { waitFor } from './wait-for.ts';

const contacts = 600;
const folder = createFolder();
let system: System;

beforeAll(async () => {
  // Mounting takes root, as containers have it; without it this test cannot say anything and fails.
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=500m,mode=755', 'tmpfs', folder.path]);
  system = await startSystem({
    port: 3219,
    simulator: { dataset: { count: contacts, seed: 7 } },
    settings: { SYNCLINE_DATA: join(folder.path, 'data') },
  });
});

afterAll(async () => {
  await system?.end();
  execFileSync('umount', ['-l', folder.path]);
  folder.remove();
});

it('waits while the disk is full and ends with an exact copy', async () => {
  const copy = await deployExactCopy(system, contacts);
  system.simulator.faults.set([{ match: { path: '/paged/contacts' }, fault: { delayMs: 80 } }]);
  const place = await copy.begin();
  await copy.pagesAreOut(5);

  const filler = join(folder.path, 'filler');
  fill(filler);
  const refused = await waitFor('a write is refused', async () => {
    const body = { provider: 'simulator-api-key', unique_key: `x-${Date.now()}` };
    const answer = await system.api.call('POST', '/integrations', { body });
    return answer.status === 200 ? undefined : answer;
  });
  expect(refused).toMatchObject({
    status: 503,
    body: { error: { code: 'unavailable', message: expect.stringContaining('database') } },
  });
  await new Promise((resolve) => setTimeout(resolve, 4_000));

  rmSync(filler);
  await waitFor('the API writes again', async () => (await system.api.call('GET', '/integrations')).status === 200);
  expect((await listRuns(system.api, place))[0]).toMatchObject({ state: 'running' });
  await copy.expectExact(place, await waitForRun(system.api, place, 1, 120_000));
});

function fill(file: string): void {
  const { bavail, bsize } = statfsSync(folder.path);
  for (let left = bavail * bsize, size = 1 << 20; size >= 4096; size >>= 4) {
    const block = Buffer.alloc(size);
    for (; left > 0; left -= size) {
      try {
        writeFileSync(file, block, { flag: 'a' });
      } catch {
        break; // no room for a block of this size; the smaller ones follow
      }
    }
  }
}

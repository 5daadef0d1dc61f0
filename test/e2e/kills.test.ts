// SIGKILL of every process in the middle of a run. What a run then holds is checked against what the provider served.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { watchOthers } from '../../bench/quiet-box.ts';
import { createRandom } from '../../simulator/random.ts';
import { deployExactCopy, type ExactCopy } from './exact-copy.ts';
import { type BorrowedSystem, borrowSystem } from './join-system.ts';
import { waitForRun } from './syncs.ts';
import { waitFor } from './wait-for.ts';

const pages = 30;
const contacts = pages * 20;
const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
const random = createRandom(seed);

let system: BorrowedSystem;
let copy: ExactCopy;

beforeAll(async () => {
  system = await borrowSystem('kills', { dataset: { count: contacts, seed } });
  copy = await deployExactCopy(system, contacts);
});

afterAll(() => system?.end());

beforeEach(() => {
  system.simulator.faults.set([{ match: { path: '/paged/contacts' }, fault: { delayMs: 80 } }]);
  system.simulator.requests.clear();
});

it(`goes on within 10 s after each of two kills of the worker, and asks nothing again (seed ${seed})`, async () => {
  const othersSince = watchOthers(() => [{ name: 'test', pid: process.pid }]);
  const place = await copy.begin();
  const resumedAfterMs: number[] = [];
  for (let kill = 1; kill <= 2; kill++) {
    await copy.pagesAreOut(copy.requests().length + 2 + Math.floor(random() * 3));
    await new Promise((resolve) => setTimeout(resolve, random() * 100));
    const known = copy.requests().length;
    const killedAt = await system.kill('worker');
    // The request that was in flight may still be noted by the provider: what counts is one that began after the kill.
    const resumed = await waitFor(
      'the next attempt asks on',
      () =>
        copy
          .requests()
          .slice(known)
          .find(({ at }) => Date.parse(at) > killedAt),
      { everyMs: 20 },
    );
    resumedAfterMs.push(Date.parse(resumed.at) - killedAt);
  }
  const run = await waitForRun(system.api, place, 1);
  console.info(`seed ${seed}: resumed after ${resumedAfterMs.join(', ')} ms; ${copy.requests().length} requests`);
  await copy.expectExact(place, run);
  expect(run.attempts).toBe(3);
  // A busy neighbour makes every start slow: the promise is about a machine that is ours.
  expect(Math.max(...resumedAfterMs)).toBeLessThan(othersSince().noisy ? 30_000 : 10_000);
  // At most the one in flight at each kill is made again.
  const perPage = Map.groupBy(copy.requests(), ({ query }) => query);
  expect(perPage.size).toBe(pages);
  expect(copy.requests().length).toBeLessThanOrEqual(pages + 2);
});

it('does not notice a kill of the API', async () => {
  const place = await copy.begin();
  await copy.pagesAreOut(5);
  await system.kill('api');
  await waitFor('the API serves again', () => fetch(`${system.url}/health`).then(({ ok }) => ok));
  const run = await waitForRun(system.api, place, 1);
  await copy.expectExact(place, run);
  expect(run.attempts).toBe(1);
  expect(copy.requests()).toHaveLength(pages);
});

it('goes on after a kill of Temporal', async () => {
  const place = await copy.begin();
  await copy.pagesAreOut(5);
  await system.kill('temporal');
  const run = await waitForRun(system.api, place, 1);
  await copy.expectExact(place, run);
  expect(copy.requests().length).toBeLessThanOrEqual(pages + 1);
});

it('goes on after a kill of Postgres, which loses the journal and nothing else', async () => {
  const place = await copy.begin();
  await copy.pagesAreOut(5);
  await system.kill('postgres');
  await waitFor('the API reads again', () => system.api.ok('GET', '/integrations'));
  const run = await waitForRun(system.api, place, 1);
  await copy.expectExact(place, run);
});

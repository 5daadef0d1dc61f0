// SIGKILL of every process in the middle of a run. What a run then holds is checked against what the provider served.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { watchOthers } from '../../bench/quiet-box.ts';
import { createRandom } from '../../simulator/random.ts';
import { deployFunctions } from './deploy.ts';
import { readStreamFacts } from './stream-facts.ts';
import { createIntegration, importConnection, type Place, type Run, readRecords, waitForRun } from './syncs.ts';
import { type System, startSystem } from './system.ts';
import { waitFor } from './wait-for.ts';

const pages = 30;
const contacts = pages * 20;
const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
const random = createRandom(seed);

let system: System;
let connections = 0;

beforeAll(async () => {
  system = await startSystem({ port: 3211, simulator: { dataset: { count: contacts, seed } } });
  await createIntegration(system.api, 'crm');
  await deployFunctions(system.api, 'crm', ['syncs/copy-contacts']);
});

afterAll(() => system?.end());

beforeEach(() => {
  system.simulator.faults.set([{ match: { path: '/paged/contacts' }, fault: { delayMs: 80 } }]);
  system.simulator.requests.clear();
});

const requests = () => system.simulator.requests.list({ path: '/paged/contacts' });

/** A new connection: its first run begins by itself. */
async function beginRun(): Promise<Place> {
  const connection = `account-${++connections}`;
  await importConnection(system.api, { integration: 'crm', connection, simulator: system.simulator });
  return { integration: 'crm', connection, sync: 'copy-contacts' };
}

const pagesAreOut = (count: number) =>
  waitFor(`${count} requests`, () => requests().length >= count, { everyMs: 10, deadlineMs: 90_000 });

/** What every run must have left, whatever was killed: each contact as it was served last, and no change counted twice. */
async function expectExact(place: Place, run: Run): Promise<void> {
  expect(run).toMatchObject({
    state: 'succeeded',
    results: { Contact: { added: contacts, updated: 0, deleted: 0 } },
  });
  const served = system.simulator.served.latest();
  const records = await readRecords(system.api, place);
  expect(records).toHaveLength(served.size);
  for (const { _nango_metadata: _, position, ...contact } of records) {
    expect(contact).toEqual(system.simulator.dataset.at(contact.id, served.get(contact.id)!));
    expect(position).toBe(Number(contact.id.slice(1))); // the script's own count
  }
  expect(await readStreamFacts(system.read().databaseUrl, place.connection)).toEqual({
    lastSeq: contacts,
    distinctSeqs: contacts,
    records: contacts,
    changes: contacts,
  });
}

it(`goes on within 10 s after each of 5 kills of the worker, and asks nothing again (seed ${seed})`, async () => {
  const othersSince = watchOthers(() => [{ name: 'test', pid: process.pid }]);
  const place = await beginRun();
  const resumedAfterMs: number[] = [];
  for (let kill = 1; kill <= 5; kill++) {
    await pagesAreOut(requests().length + 2 + Math.floor(random() * 3));
    await new Promise((resolve) => setTimeout(resolve, random() * 100));
    const known = requests().length;
    const killedAt = await system.kill('worker');
    // The request that was in flight may still be noted by the provider: what counts is one that began after the kill.
    const resumed = await waitFor(
      'the next attempt asks on',
      () =>
        requests()
          .slice(known)
          .find(({ at }) => Date.parse(at) > killedAt),
      { everyMs: 20 },
    );
    resumedAfterMs.push(Date.parse(resumed.at) - killedAt);
  }
  const run = await waitForRun(system.api, place, 1);
  console.info(`seed ${seed}: resumed after ${resumedAfterMs.join(', ')} ms; ${requests().length} requests`);
  await expectExact(place, run);
  expect(run.attempts).toBe(6);
  // A busy neighbour makes every start slow: the promise is about a machine that is ours.
  expect(Math.max(...resumedAfterMs)).toBeLessThan(othersSince().noisy ? 30_000 : 10_000);
  // At most the one in flight at each kill is made again.
  const perPage = Map.groupBy(requests(), ({ query }) => query);
  expect(perPage.size).toBe(pages);
  expect(requests().length).toBeLessThanOrEqual(pages + 5);
});

it('does not notice a kill of the API', async () => {
  const place = await beginRun();
  await pagesAreOut(5);
  await system.kill('api');
  await waitFor('the API serves again', () => fetch(`${system.url}/health`).then(({ ok }) => ok));
  const run = await waitForRun(system.api, place, 1);
  await expectExact(place, run);
  expect(run.attempts).toBe(1);
  expect(requests()).toHaveLength(pages);
});

it('goes on after a kill of Temporal', async () => {
  const place = await beginRun();
  await pagesAreOut(5);
  await system.kill('temporal');
  const run = await waitForRun(system.api, place, 1);
  await expectExact(place, run);
  expect(requests().length).toBeLessThanOrEqual(pages + 1);
});

it('goes on after a kill of Postgres, which loses the journal and nothing else', async () => {
  const place = await beginRun();
  await pagesAreOut(5);
  await system.kill('postgres');
  await waitFor('the API reads again', () => system.api.ok('GET', '/integrations'));
  const run = await waitForRun(system.api, place, 1);
  await expectExact(place, run);
});

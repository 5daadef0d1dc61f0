import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../conformance/api.ts';
import { deployFunctions, runCli } from './deploy.ts';
import { type BorrowedSystem, borrowSystem } from './join-system.ts';
import {
  command,
  createIntegration,
  importConnection,
  listRuns,
  type Place,
  readRecords,
  readStatus,
  runOnce,
  type StoredRecord,
  waitForRun,
} from './syncs.ts';
import { createFolder } from './system.ts';
import { waitFor } from './wait-for.ts';

const contacts = 250;
const place: Place = { integration: 'simulator', connection: 'acme', sync: 'contacts' };
const paced: Place = { integration: 'paced', connection: 'acme', sync: 'copy-contacts' };
const pages = Math.ceil(contacts / 20);

let system: BorrowedSystem;
let folder: ReturnType<typeof createFolder>;
/** When the sync of `place` is to run next, by its new frequency. */
let announced: string;

beforeAll(async () => {
  folder = createFolder();
  system = await borrowSystem('main-job', { dataset: { count: contacts, seed: 7 } });
  await createIntegration(system.api, place.integration);
  await createIntegration(system.api, paced.integration);
});

afterAll(async () => {
  await system?.end();
  folder.remove();
});

const setFrequency = (frequency: string | null) =>
  system.api.ok('PUT', '/sync/update-connection-frequency', {
    body: {
      provider_config_key: place.integration,
      connection_id: place.connection,
      sync_name: place.sync,
      frequency,
    },
  });

const byId = (records: StoredRecord[]) => new Map(records.map((record) => [record.id, record]));

/** What the demo's sync keeps of a contact as it is at the provider now. */
function expectedContact(id: string) {
  const { name, email, company, updated_at } = system.simulator.dataset.get(id)!;
  return { id, name, email, company, updated_at };
}

const withoutMetadata = ({ _nango_metadata: _, ...fields }: StoredRecord) => fields;

describe('the main job', () => {
  let lastCursor: string;

  it('copies an account by itself once there are a connection and a deployed project, which is only its sources', async () => {
    await importConnection(system.api, { ...place, simulator: system.simulator });
    const demo = join(import.meta.dirname, '..', '..', 'templates', 'demo');
    for (const part of ['index.ts', 'simulator'])
      cpSync(join(demo, part), join(folder.path, part), { recursive: true });
    const { code, output } = await runCli(['deploy', 'dev', '--dir', folder.path, '--auto-confirm'], system.settings);
    expect(code, output).toBe(0);

    const run = await waitForRun(system.api, place, 1);
    expect(run).toMatchObject({
      state: 'succeeded',
      results: { Contact: { added: contacts, updated: 0, deleted: 0 } },
    });
    const records = await readRecords(system.api, place);
    expect(records).toHaveLength(contacts);
    for (const [id, record] of byId(records)) expect(withoutMetadata(record)).toEqual(expectedContact(id));
    lastCursor = records.at(-1)!._nango_metadata.cursor;
  });

  it('changes nothing in a run that finds nothing new', async () => {
    const run = await runOnce(system.api, place);
    expect(run.results['Contact']).toMatchObject({ added: 0, updated: 0, deleted: 0, unchanged: contacts });
    expect(await readRecords(system.api, place, { cursor: lastCursor })).toEqual([]);
  });

  it('tells a reader that follows the cursor exactly what was created, edited and deleted', async () => {
    const { dataset } = system.simulator;
    const [first, ...rest] = dataset.sample(8);
    const edited = rest.slice(0, 4).concat(first!);
    const deleted = rest.slice(4);
    for (const id of edited) dataset.edit(id, { company: `Moved ${id}` });
    for (const id of deleted) dataset.remove(id);
    const created = [dataset.create({}), dataset.create({})];

    const run = await runOnce(system.api, place);
    expect(run.results['Contact']).toMatchObject({ added: 2, updated: 5, deleted: 3, unchanged: contacts - 8 });
    const changed = byId(await readRecords(system.api, place, { cursor: lastCursor, limit: 3 }));
    expect([...changed.keys()].sort()).toEqual([...edited, ...deleted, ...created].sort());
    for (const id of deleted) expect(changed.get(id)!._nango_metadata.last_action).toBe('DELETED');
    for (const id of created) expect(changed.get(id)!._nango_metadata.last_action).toBe('ADDED');
    for (const id of edited) expect(withoutMetadata(changed.get(id)!)).toEqual(expectedContact(id));
    expect((await readStatus(system.api, place)).recordCount['Contact']).toBe(contacts - 1);
    dataset.restore(deleted[0]!);
    expect((await runOnce(system.api, place)).results['Contact']).toMatchObject({ added: 1, updated: 0, deleted: 0 });
  });

  it('announces a new frequency at once', async () => {
    expect(await setFrequency('every 30 seconds')).toEqual({ frequency: '30 seconds' });
    const { frequency, nextScheduledSyncAt } = await readStatus(system.api, place);
    expect(frequency).toBe('30 seconds');
    announced = nextScheduledSyncAt!;
    expect(Date.parse(announced) - Date.now()).toBeLessThanOrEqual(30_000);
  });
});

describe('commands around a run that takes its time', () => {
  const slowPages = (delayMs: number) =>
    system.simulator.faults.set([{ match: { path: '/paged/contacts' }, fault: { delayMs } }]);
  const requests = () => system.simulator.requests.list({ path: '/paged/contacts' }).length;
  const pagesAreOut = (count: number) => waitFor(`${count} requests`, () => requests() >= count, { everyMs: 20 });

  beforeAll(async () => {
    await importConnection(system.api, { ...paced, simulator: system.simulator });
    await deployFunctions(system.api, paced.integration, ['syncs/copy-contacts', 'actions/behave']);
    await waitForRun(system.api, paced, 1);
  });

  beforeEach(() => {
    slowPages(150);
    system.simulator.requests.clear();
  });

  it('answers queued to triggers during a run and makes them one more run together', async () => {
    expect(await command(system.api, 'trigger', paced)).toEqual({ success: true });
    await pagesAreOut(2);
    const queued = [{ connection_id: paced.connection, name: paced.sync, variant: 'base' }];
    for (let times = 0; times < 3; times++) {
      expect(await command(system.api, 'trigger', paced)).toEqual({ success: true, status: 'queued', queued });
    }
    await waitForRun(system.api, paced, 3);
    system.simulator.faults.clear();
    await waitFor('nothing is left to do', async () => (await readStatus(system.api, paced)).status === 'SUCCESS');
    expect((await listRuns(system.api, paced)).map(({ number, state }) => [number, state])).toEqual([
      [3, 'succeeded'],
      [2, 'succeeded'],
      [1, 'succeeded'],
    ]);
    expect(requests()).toBe(2 * pages);
  });

  it('pauses within seconds, through the death of the worker, and starts the same run where it was', async () => {
    slowPages(600); // a stop travels with a heartbeat's answer, every 2 s
    await command(system.api, 'trigger', paced);
    await pagesAreOut(3);
    const pausedAt = Date.now();
    await command(system.api, 'pause', paced);
    await waitFor('it is paused', async () => (await readStatus(system.api, paced)).status === 'PAUSED');
    await waitFor('the run is parked', async () => (await listRuns(system.api, paced))[0]!.state === 'queued');
    expect(Date.now() - pausedAt).toBeLessThan(10_000);
    const before = requests();
    expect(before).toBeLessThan(pages);

    await system.kill('worker');
    await sleep(2_000); // what must not happen has this long to happen
    expect(requests()).toBe(before);
    expect(await readStatus(system.api, paced)).toMatchObject({ status: 'PAUSED', nextScheduledSyncAt: null });

    system.simulator.faults.clear();
    await command(system.api, 'start', paced);
    const run = await waitForRun(system.api, paced, 4);
    expect(run).toMatchObject({ state: 'succeeded', attempts: 2, results: { Contact: { added: 0, deleted: 0 } } });
    expect((await listRuns(system.api, paced))[0]!.number).toBe(4);
    expect(requests()).toBeLessThanOrEqual(pages + 1); // the one that the pause found in flight
  });

  it('runs by its new frequency meanwhile, and goes back to the declared one', async () => {
    const run = await waitForRun(system.api, place, 5, 45_000);
    expect(run).toMatchObject({ state: 'succeeded', trigger: 'schedule' });
    expect(Date.parse(run.started_at)).toBeGreaterThanOrEqual(Date.parse(announced));

    expect(await setFrequency(null)).toEqual({ frequency: 'every hour' });
    await waitFor('the next run is an hour or less away', async () => {
      const { nextScheduledSyncAt } = await readStatus(system.api, place);
      return Date.parse(nextScheduledSyncAt!) - Date.now() < 3_600_000;
    });
  });
});

describe('an action', () => {
  const act = (how: string) =>
    system.api.call('POST', '/action/trigger', {
      headers: { 'provider-config-key': paced.integration, 'connection-id': paced.connection },
      body: { action_name: 'behave', input: { how } },
    });

  it('answers with what the function returned', async () => {
    const { email } = system.simulator.dataset.get('c0000001')!;
    expect(await act('echoes')).toEqual({ status: 200, body: { how: 'echoes', email } });
  });

  it('hands an ActionError on as it is', async () => {
    const { status, body } = await act('refuses');
    expect(status).toBe(500);
    expect(errorOf(body)).toMatchObject({
      code: 'action_script_runtime_error',
      payload: { message: 'Not today.', retry_on: 'Monday' },
    });
  });

  it('that throws is answered with the error and its place in the source', async () => {
    const { status, body } = await act('throws');
    expect(status).toBe(500);
    const error = errorOf(body);
    expect(error).toMatchObject({ code: 'script_internal_error', message: 'The amount is negative.' });
    expect(JSON.stringify(error.payload)).toContain('RangeError');
    expect(JSON.stringify(error.payload)).toContain('behave');
  });

  it.each(['spins', 'hangs'])('that never returns is ended in time: %s', async (how) => {
    const { status, body } = await act(how);
    expect(status).toBe(500);
    expect(errorOf(body)).toMatchObject({ code: 'execution_timeout' });
    expect((await act('echoes')).status).toBe(200);
  });
});

// One data folder through its lives: stopped, started, misconfigured, bereft of Temporal.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instancePath } from '../../embedded/instance-file.ts';
import { createSimulator, type Simulator } from '../../simulator/index.ts';
import { workflowIds } from '../../workflows/names.ts';
import { deployFunctions } from './deploy.ts';
import { type InstanceProcess, type Settings, spawnInstance, startInstance } from './instance-process.ts';
import {
  createIntegration,
  importConnection,
  type Place,
  readRecords,
  readStatus,
  runOnce,
  waitForRun,
} from './syncs.ts';
import { connect, createFolder } from './system.ts';
import { waitFor } from './wait-for.ts';

const port = 3221;
const contacts = 60;
const place: Place = { integration: 'crm', connection: 'acme', sync: 'copy-contacts' };

let folder: ReturnType<typeof createFolder>;
let simulator: Simulator;
let settings: Settings & { SYNCLINE_DATA: string };
let instance: InstanceProcess;

beforeAll(async () => {
  folder = createFolder();
  simulator = createSimulator({ dataset: { count: contacts } });
  await simulator.listen();
  settings = {
    SYNCLINE_DATA: join(folder.path, 'first'),
    SYNCLINE_PORT: String(port),
    SYNCLINE_ALLOW_EGRESS: new URL(simulator.url).host,
  };
  instance = await startInstance(settings);
  const { api } = connect(instance);
  await createIntegration(api, place.integration);
  await importConnection(api, { ...place, simulator });
  await deployFunctions(api, place.integration, ['syncs/copy-contacts', 'actions/behave']);
  await waitForRun(api, place, 1);
});

afterAll(async () => {
  await instance?.stop();
  await simulator?.close();
  folder.remove();
});

const ready = async (url: string) => {
  const answer = await fetch(`${url}/ready`);
  return { status: answer.status, body: (await answer.json()) as { components: Record<string, { ok: boolean }> } };
};

/** A start that has to fail: its exit code, and what it told the person, without the steps on the way. */
async function failedStart(
  wrong: Settings & { SYNCLINE_DATA: string },
): Promise<{ code: number | null; sentence: string }> {
  const failing = spawnInstance(wrong, { quiet: true });
  const code = await failing.exited;
  return { code, sentence: failing.output().trim().split('\n').at(-1) ?? '' };
}

it('runs beside another instance, and tells in a sentence that its port is taken', async () => {
  const second = { ...settings, SYNCLINE_DATA: join(folder.path, 'second'), SYNCLINE_PORT: String(port + 1) };
  const [other, refused] = await Promise.all([
    startInstance(second),
    failedStart({ ...settings, SYNCLINE_DATA: join(folder.path, 'third') }),
  ]);
  try {
    expect(refused.code).toBe(1);
    expect(refused.sentence).toMatch(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use: .*SYNCLINE_PORT`));
    const [mine, theirs] = [connect(instance), connect(other)];
    expect(mine.key).not.toBe(theirs.key);
    expect([(await ready(mine.url)).status, (await ready(theirs.url)).status]).toEqual([200, 200]);
    expect(await theirs.api.ok('GET', '/connections')).toMatchObject({ connections: [] });
    expect(
      (await theirs.api.call('GET', '/connections', { headers: { authorization: `Bearer ${mine.key}` } })).status,
    ).toBe(401);
  } finally {
    expect((await other.stop()).code).toBe(0);
  }
});

it('refuses a second start on the same folder', async () => {
  const { code, sentence } = await failedStart({ ...settings, SYNCLINE_PORT: String(port + 1) });
  expect(code).toBe(1);
  expect(sentence).toMatch(/already runs on/);
});

it('stops within 10 s, goes on with the same keys, data and workflows, and not with a wrong encryption key', async () => {
  const before = {
    environments: instance.read().environments,
    records: await readRecords(connect(instance).api, place),
  };
  expect(before.records).toHaveLength(contacts);
  const { code, ms } = await instance.stop();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(existsSync(instancePath(settings.SYNCLINE_DATA))).toBe(false);

  const wrong = Buffer.alloc(32, 7).toString('base64');
  const refused = await failedStart({ ...settings, SYNCLINE_ENCRYPTION_KEY: wrong });
  expect(refused.code).toBe(1);
  expect(refused.sentence).toMatch(/SYNCLINE_ENCRYPTION_KEY|encryption key/);
  expect(refused.sentence).not.toContain(wrong);

  instance = await startInstance(settings);
  const { api } = connect(instance);
  expect(instance.read().environments).toEqual(before.environments);
  expect(await readRecords(api, place)).toEqual(before.records);
  const run = await runOnce(api, place);
  expect(run).toMatchObject({ number: 2, state: 'succeeded', results: { Contact: { unchanged: contacts, added: 0 } } });
});

it('makes the workflows again when Temporal has lost everything', async () => {
  await instance.stop();
  rmSync(join(settings.SYNCLINE_DATA, 'temporal'), { recursive: true });
  instance = await startInstance(settings);
  const { api } = connect(instance);
  // Not by a trigger, which would start a missing workflow by itself.
  const { id } = await readStatus(api, place);
  const connection = await Connection.connect({ address: instance.read().temporalAddress });
  const workflow = new Client({ connection, namespace: 'syncline' }).workflow.getHandle(workflowIds.sync(id));
  const found = () => workflow.describe().then(({ status }) => status.name === 'RUNNING');
  await waitFor('the reconciler has made the workflow', found, { deadlineMs: 60_000, everyMs: 500 });
  await connection.close();

  simulator.dataset.edit('c0000001');
  const run = await runOnce(api, place);
  expect(run).toMatchObject({
    number: 3,
    state: 'succeeded',
    results: { Contact: { updated: 1, added: 0, deleted: 0 } },
  });
});

it('serves everything but runs while Temporal is away', async () => {
  await instance.stop();
  instance = await startInstance({ ...settings, TEMPORAL_ADDRESS: '127.0.0.1:9' }); // the port `discard`: nobody listens
  const { api, url } = connect(instance);
  const headers = { 'provider-config-key': place.integration, 'connection-id': place.connection };

  expect(await ready(url)).toMatchObject({
    status: 503,
    body: { ready: false, components: { postgres: { ok: true }, temporal: { ok: false } } },
  });
  expect(await readRecords(api, place)).toHaveLength(contacts);
  const { email } = simulator.dataset.get('c0000002')!;
  expect(await api.ok('GET', '/proxy/contacts/c0000002', { headers })).toMatchObject({ email });
  const action = { action_name: 'behave', input: { how: 'echoes' } };
  expect(await api.ok('POST', '/action/trigger', { headers, body: action })).toMatchObject({ how: 'echoes' });
  await deployFunctions(api, place.integration, ['syncs/copy-contacts', 'syncs/misbehave', 'actions/behave']);
  expect(await api.ok('GET', `/integrations/${place.integration}/functions`)).toMatchObject({
    pagination: { total: 3 },
  });
  expect((await instance.stop()).code).toBe(0);
});

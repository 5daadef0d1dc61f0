// Lives of a data folder that restart.test.ts leaves out: beside another instance, bereft of Temporal's data, without Temporal.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../../workflows/names.ts';
import { deployFunctions } from './deploy.ts';
import { startInstance } from './instance-process.ts';
import { beside, type OneFolder, portAfter, startInOneFolder } from './one-folder.ts';
import { readRecords, readStatus, runOnce } from './syncs.ts';
import { connect } from './system.ts';
import { waitFor } from './wait-for.ts';

let life: OneFolder;

beforeAll(async () => {
  life = await startInOneFolder(3231);
});

afterAll(() => life?.end());

const ready = async (url: string) => {
  const answer = await fetch(`${url}/ready`);
  return { status: answer.status, body: (await answer.json()) as { components: Record<string, { ok: boolean }> } };
};

it('runs beside another instance, and neither takes the keys of the other', async () => {
  const other = await startInstance({ ...beside(life, 'second'), SYNCLINE_PORT: portAfter(life) });
  try {
    const [mine, theirs] = [connect(life.instance), connect(other)];
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

it('makes the workflows again when Temporal has lost everything', async () => {
  await life.instance.stop();
  rmSync(join(life.settings.SYNCLINE_DATA, 'temporal'), { recursive: true });
  life.instance = await startInstance(life.settings);
  const { api } = connect(life.instance);
  // Not by a trigger, which would start a missing workflow by itself.
  const { id } = await readStatus(api, life.place);
  const connection = await Connection.connect({ address: life.instance.read().temporalAddress });
  const workflow = new Client({ connection, namespace: 'syncline' }).workflow.getHandle(workflowIds.sync(id));
  const found = () => workflow.describe().then(({ status }) => status.name === 'RUNNING');
  await waitFor('the reconciler has made the workflow', found, { deadlineMs: 60_000, everyMs: 500 });
  await connection.close();

  life.simulator.dataset.edit('c0000001');
  const run = await runOnce(api, life.place);
  expect(run).toMatchObject({
    number: 2,
    state: 'succeeded',
    results: { Contact: { updated: 1, added: 0, deleted: 0 } },
  });
});

it('serves everything but runs while Temporal is away', async () => {
  await life.instance.stop();
  life.instance = await startInstance({ ...life.settings, TEMPORAL_ADDRESS: '127.0.0.1:9' }); // the port `discard`: nobody listens
  const { api, url } = connect(life.instance);
  const headers = { 'provider-config-key': life.place.integration, 'connection-id': life.place.connection };

  expect(await ready(url)).toMatchObject({
    status: 503,
    body: { ready: false, components: { postgres: { ok: true }, temporal: { ok: false } } },
  });
  expect(await readRecords(api, life.place)).toHaveLength(life.contacts);
  const { email } = life.simulator.dataset.get('c0000002')!;
  expect(await api.ok('GET', '/proxy/contacts/c0000002', { headers })).toMatchObject({ email });
  const action = { action_name: 'behave', input: { how: 'echoes' } };
  expect(await api.ok('POST', '/action/trigger', { headers, body: action })).toMatchObject({ how: 'echoes' });
  await deployFunctions(api, life.place.integration, ['syncs/copy-contacts', 'syncs/misbehave', 'actions/behave']);
  expect(await api.ok('GET', `/integrations/${life.place.integration}/functions`)).toMatchObject({
    pagination: { total: 3 },
  });
  expect((await life.instance.stop()).code).toBe(0);
});

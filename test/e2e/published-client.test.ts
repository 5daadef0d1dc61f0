// The published client of the peer, unmodified, against every route that this version answers.
import { Nango } from '@nangohq/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployFunctions } from './deploy.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import { type Place, readStatus, waitForRun } from './syncs.ts';

import { waitFor } from './wait-for.ts';

const contacts = 60;
const place: Place = { integration: 'crm', connection: 'acme', sync: 'copy-contacts' };
const { integration, connection, sync } = place;
const proxied = { providerConfigKey: integration, connectionId: connection };

let system: SharedSystem;
let nango: Nango;

beforeAll(async () => {
  system = await joinSystem('published-client', { dataset: { count: contacts } });
  nango = new Nango({ host: system.url, secretKey: system.key });
});

afterAll(() => system?.end());

it('lists providers, and manages integrations', async () => {
  const { data: providers } = await nango.listProviders({});
  expect(providers.map(({ name }) => name)).toContain('simulator-api-key');
  const created = await nango.createIntegration({ provider: 'simulator-api-key', unique_key: integration });
  expect(created.data).toMatchObject({ unique_key: integration, provider: 'simulator-api-key' });
  await nango.createIntegration({ provider: 'simulator-api-key', unique_key: 'second' });
  await nango.updateIntegration({ uniqueKey: 'second' }, { display_name: 'The second' });
  const { data: second } = await nango.getIntegration({ uniqueKey: 'second' }, { include: ['webhook'] });
  expect(second).toMatchObject({ unique_key: 'second', display_name: 'The second' });
  expect((await nango.listIntegrations()).configs.map(({ unique_key }) => unique_key).sort()).toEqual([
    integration,
    'second',
  ]);
  expect((await nango.deleteIntegration('second')).status).toBe(200);
  expect((await nango.listIntegrations()).configs).toHaveLength(1);
  await expect(nango.getIntegration({ uniqueKey: 'second' })).rejects.toMatchObject({ response: { status: 404 } });
});

it('reads, tags, describes and deletes connections', async () => {
  const imported = {
    provider_config_key: integration,
    credentials: { type: 'API_KEY', apiKey: 'sim-key' },
    connection_config: { base_url: system.simulator.url },
  };
  // The client has no call for an import: its documentation says to use the REST API.
  for (const connection_id of [connection, 'other'])
    await system.api.ok('POST', '/connections', { body: { ...imported, connection_id } });
  expect(await nango.getConnection(integration, connection)).toMatchObject({
    connection_id: connection,
    provider_config_key: integration,
    credentials: { type: 'API_KEY', apiKey: 'sim-key' },
  });
  expect(await nango.getToken(integration, connection)).toMatchObject({ apiKey: 'sim-key' });
  const { connections } = await nango.listConnections();
  expect(connections.map(({ connection_id }) => connection_id).sort()).toEqual([connection, 'other']);

  await nango.setMetadata(integration, connection, { region: 'eu', plan: 'free' });
  await nango.updateMetadata(integration, [connection, 'other'], { plan: 'paid' });
  expect(await nango.getMetadata(integration, connection)).toEqual({ region: 'eu', plan: 'paid' });
  expect(await nango.getMetadata(integration, 'other')).toEqual({ plan: 'paid' });

  await nango.patchConnection(
    { connectionId: connection, provider_config_key: integration },
    { tags: { team: 'blue' } },
  );
  const tagged = await nango.listConnections({ tags: { team: 'blue' } });
  expect(tagged.connections.map(({ connection_id }) => connection_id)).toEqual([connection]);

  expect((await nango.deleteConnection(integration, 'other')).status).toBe(200);
  await expect(nango.getConnection(integration, 'other')).rejects.toMatchObject({ response: { status: 404 } });
});

it('sees what is deployed, and the environment variables', async () => {
  await deployFunctions(system.api, integration, ['syncs/copy-contacts', 'actions/behave']);
  const config = await nango.getScriptsConfig();
  expect(config).toMatchObject([
    { providerConfigKey: integration, syncs: [{ name: sync }], actions: [{ name: 'behave' }] },
  ]);
  const { data } = await nango.listFunctions({ uniqueKey: integration });
  expect(data.map(({ name, type }) => `${type} ${name}`).sort()).toEqual(['action behave', `sync ${sync}`]);
  expect((await nango.getFunction({ uniqueKey: integration, name: 'behave' })).data).toMatchObject({ type: 'action' });

  await system.api.ok('PUT', '/environment-variables', { body: { variables: [{ name: 'REGION', value: 'eu' }] } });
  expect(await nango.getEnvironmentVariables()).toEqual([{ name: 'REGION', value: 'eu' }]);
});

it('triggers, pauses, starts and reschedules syncs, and reads their records', async () => {
  await waitForRun(system.api, place, 1);
  await nango.triggerSync(integration, [sync], connection);
  expect(await waitForRun(system.api, place, 2)).toMatchObject({ state: 'succeeded', trigger: 'api' });

  await nango.pauseSync(integration, [sync], connection);
  const status = async () => (await nango.syncStatus(integration, '*', connection)).syncs[0];
  expect(await status()).toMatchObject({ name: sync, status: 'PAUSED', nextScheduledSyncAt: null });
  await nango.startSync(integration, [{ name: sync, variant: 'base' }], connection);
  await waitFor('it is scheduled again', async () => (await status())?.status === 'SUCCESS');
  expect(await status()).toMatchObject({
    recordCount: { Contact: contacts },
    latestResult: { Contact: { added: 0, updated: 0, deleted: 0 } },
  });

  expect(await nango.updateSyncConnectionFrequency(integration, sync, connection, 'every 2 hours')).toEqual({
    frequency: '2 hours',
  });
  expect((await readStatus(system.api, place)).frequency).toBe('2 hours');
  await nango.updateSyncConnectionFrequency(integration, sync, connection, null);

  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof nango.listRecords<{ position: number }>>> = await nango.listRecords({
      ...proxied,
      model: 'Contact',
      limit: 25,
      cursor,
    });
    ids.push(...page.records.map(({ id }) => String(id)));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(new Set(ids).size).toBe(contacts);
  const two = await nango.listRecords({ ...proxied, model: 'Contact', ids: ids.slice(0, 2) });
  expect(two.records.map(({ id }) => id).sort()).toEqual(ids.slice(0, 2).sort());
});

it('resets a sync with its records', async () => {
  await nango.triggerSync(integration, [sync], connection, { reset: true, emptyCache: true });
  const run = await waitForRun(system.api, place, 3);
  expect(run).toMatchObject({ state: 'succeeded', results: { Contact: { added: contacts, updated: 0, deleted: 0 } } });
});

it('runs actions, and throws what they refuse with', async () => {
  const { email } = system.simulator.dataset.get('c0000001')!;
  expect(await nango.triggerAction(integration, connection, 'behave', { how: 'echoes' })).toEqual({
    how: 'echoes',
    email,
  });
  await expect(nango.triggerAction(integration, connection, 'behave', { how: 'refuses' })).rejects.toMatchObject({
    response: { data: { error: { payload: { retry_on: 'Monday' } } } },
  });
});

it('calls the provider through the proxy', async () => {
  const one = await nango.get<{ id: string }>({ ...proxied, endpoint: '/contacts/c0000003' });
  expect([one.status, one.data.id]).toEqual([200, 'c0000003']);
  const made = await nango.post<{ id: string; name: string }>({
    ...proxied,
    endpoint: '/contacts',
    data: { name: 'Grace' },
  });
  expect([made.status, made.data.name]).toEqual([201, 'Grace']);
  const changed = await nango.patch<{ name: string }>({
    ...proxied,
    endpoint: `/contacts/${made.data.id}`,
    data: { name: 'Ada' },
  });
  expect(changed.data.name).toBe('Ada');
  expect(
    (await nango.put<{ name: string }>({ ...proxied, endpoint: `/contacts/${made.data.id}`, data: { name: 'Bo' } }))
      .data.name,
  ).toBe('Bo');
  expect((await nango.delete({ ...proxied, endpoint: `/contacts/${made.data.id}` })).status).toBe(204);
  const listed = await nango.proxy<unknown[]>({
    ...proxied,
    method: 'GET',
    endpoint: '/contacts',
    params: { per_page: '7' },
  });
  expect(listed.data).toHaveLength(7);
  await expect(nango.get({ ...proxied, endpoint: '/contacts/none' })).rejects.toMatchObject({
    response: { status: 404 },
  });
});

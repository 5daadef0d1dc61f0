// @syncline/node against every route that this version answers, and beside the published client, whose answers it must give.
import { Nango as Published } from '@nangohq/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Nango as Syncline, SynclineApiError } from '../../sdk/node/src/index.ts';
import { deployFunctions } from './deploy.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import { type Place, waitForRun } from './syncs.ts';
import { waitFor } from './wait-for.ts';

const contacts = 60;
const place: Place = { integration: 'crm', connection: 'acme', sync: 'copy-contacts' };
const { integration, connection, sync } = place;
const acme = { providerConfigKey: integration, connectionId: connection };

let system: SharedSystem;
let syncline: Syncline;
let published: Published;

beforeAll(async () => {
  system = await joinSystem('sdk-node', { dataset: { count: contacts } });
  syncline = new Syncline({ host: system.url, secretKey: system.key });
  published = new Published({ host: system.url, secretKey: system.key });
});

afterAll(() => system?.end());

/** The answer of ours, after it was compared with the published client's, which takes the same arguments. */
async function same<T>(call: (client: Syncline) => Promise<T>): Promise<T> {
  const [ours, theirs] = [await call(syncline), await call(published as unknown as Syncline)];
  expect(comparable(ours)).toEqual(comparable(theirs));
  return ours;
}

/** Of a whole response what both have; the time of a read and the request's id differ from call to call. */
function comparable(answer: unknown): unknown {
  const whole = answer as { data: unknown; status: number; statusText: string; headers: object };
  if (typeof answer === 'object' && answer !== null && 'headers' in answer)
    return {
      data: plain(whole.data),
      status: whole.status,
      statusText: whole.statusText,
      type: contentType(whole.headers),
    };
  return plain(answer);
}

const contentType = (headers: object) => (headers as Record<string, unknown>)['content-type'];
const plain = (value: unknown): unknown =>
  Buffer.isBuffer(value)
    ? value.toString('hex')
    : JSON.parse(JSON.stringify(value ?? null), (key, inner) => (key === 'last_fetched_at' ? undefined : inner));

it('reads providers, and manages integrations', async () => {
  const { data } = await same((client) => client.listProviders({ search: 'simulator' }));
  expect(data.map(({ name }) => name)).toContain('simulator-api-key');
  expect((await same((client) => client.getProvider({ provider: 'simulator-api-key' }))).data.auth_mode).toBe(
    'API_KEY',
  );
  await same((client) => client.getProviderTemplates({ provider: 'simulator-api-key' }));

  await syncline.createIntegration({ provider: 'simulator-api-key', unique_key: integration });
  await syncline.createIntegration({ provider: 'simulator-api-key', unique_key: 'second' });
  const { data: changed } = await syncline.updateIntegration({ uniqueKey: 'second' }, { forward_webhooks: false });
  expect(changed.forward_webhooks).toBe(false);
  await same((client) => client.getIntegration({ uniqueKey: 'second' }));
  const both = await syncline.getIntegration({ uniqueKey: 'second' }, { include: ['webhook', 'credentials'] });
  expect(both.data).toHaveProperty('webhook_url');
  expect(both.data).toHaveProperty('credentials');
  expect((await same((client) => client.listIntegrations())).configs).toHaveLength(2);
  expect(await syncline.deleteIntegration('second')).toMatchObject({ status: 200, data: { success: true } });
  expect((await same((client) => client.listIntegrations())).configs).toHaveLength(1);
});

it('imports, reads, lists, tags, describes and deletes connections', async () => {
  const imported = {
    provider_config_key: integration,
    credentials: { type: 'API_KEY' as const, apiKey: 'sim-key' },
    connection_config: { base_url: system.simulator.url },
  };
  for (const connection_id of [connection, 'other', 'third'])
    expect(await syncline.importConnection({ ...imported, connection_id })).toMatchObject({ connection_id });

  await same((client) => client.getConnection(integration, connection));
  await same((client) => client.getConnection(integration, connection, false, true));
  expect(await same((client) => client.getToken(integration, connection))).toMatchObject({ apiKey: 'sim-key' });
  await same((client) => client.getRawTokenResponse(integration, connection));
  expect((await same((client) => client.listConnections())).connections).toHaveLength(3);
  expect(
    (await same((client) => client.listConnections({ integrationId: ['crm', 'x'], limit: 2 }))).connections,
  ).toHaveLength(2);
  expect((await same((client) => client.listConnections('other'))).connections).toHaveLength(1);
  const walked = await Array.fromAsync(syncline.connections({ limit: 1 }), ({ connection_id }) => connection_id);
  expect(walked).toEqual(['third', 'other', connection]);

  await same((client) => client.setMetadata(integration, connection, { region: 'eu', plan: 'free' }));
  await same((client) => client.updateMetadata(integration, [connection, 'other'], { plan: 'paid' }));
  expect(await same((client) => client.getMetadata(integration, connection))).toEqual({ region: 'eu', plan: 'paid' });

  const key = { connectionId: connection, provider_config_key: integration };
  const change = { tags: { team: 'blue' }, end_user: { id: 'u1', email: 'ada@example.com', display_name: 'Ada' } };
  expect(await same((client) => client.patchConnection(key, change))).toEqual({ success: true });
  for (const filter of [
    { tags: { Team: 'blue' } },
    { tags: { email: 'ada@example.com' } },
    { tags: { displayName: 'Ada' } },
    { userId: 'u1' },
  ])
    expect((await same((client) => client.listConnections(filter))).connections, JSON.stringify(filter)).toHaveLength(
      1,
    );

  expect(await syncline.deleteConnection(integration, 'other')).toMatchObject({ status: 200, data: { success: true } });
  await syncline.deleteConnection(integration, 'third');
});

it('confirms a connection that waits for it', async () => {
  const { data: session } = await syncline.createConnectSession({ tags: { team: 'red' }, require_confirmation: true });
  const query = new URLSearchParams({
    connect_session_token: session.token,
    'params[base_url]': system.simulator.url,
  });
  const made = await fetch(`${system.url}/api-auth/api-key/${integration}?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiKey: 'sim-key' }),
  });
  const { connectionId: id, isPending } = (await made.json()) as { connectionId: string; isPending: boolean };
  expect(isPending).toBe(true);
  expect((await syncline.getConnection(integration, id)).credentials).toEqual({});
  for (let times = 0; times < 2; times++)
    expect(await syncline.confirmConnection(integration, id)).toEqual({ success: true });
  expect(await syncline.getToken(integration, id)).toMatchObject({ apiKey: 'sim-key' });
  await syncline.deleteConnection(integration, id);
});

it('sees what is deployed, and sets environment variables', async () => {
  await deployFunctions(system.api, integration, ['syncs/copy-contacts', 'actions/behave']);
  expect(await same((client) => client.getScriptsConfig())).toMatchObject([{ syncs: [{ name: sync }] }]);
  expect(await same((client) => client.getScriptsConfig('openai'))).toMatchObject({
    data: [{ name: 'behave' }, {}],
  });
  expect(
    (await same((client) => client.listFunctions({ uniqueKey: integration }, { type: 'action' }))).data,
  ).toHaveLength(1);
  const behave = { uniqueKey: integration, name: 'behave' };
  await same((client) => client.getFunction(behave));
  expect((await same((client) => client.getFunctionCode(behave))).code).toContain('createAction');
  await expect(syncline.deleteFunction(behave, { type: 'action' })).rejects.toMatchObject({
    code: 'function_managed_by_deploy',
  });

  await syncline.setEnvironmentVariables([{ name: 'REGION', value: 'eu' }]);
  expect(await syncline.setEnvironmentVariable('PLAN', 'paid')).toEqual({ name: 'PLAN', value: 'paid' });
  await syncline.deleteEnvironmentVariable('REGION');
  expect(await same((client) => client.getEnvironmentVariables())).toEqual([{ name: 'PLAN', value: 'paid' }]);
});

describe('syncs', () => {
  it('are triggered, paused, started, rescheduled and read', async () => {
    await waitForRun(system.api, place, 1);
    expect(await syncline.triggerSync(integration, [sync], connection)).toMatchObject({
      status: 200,
      data: { success: true },
    });
    await waitForRun(system.api, place, 2);
    await syncline.triggerSync(integration, [{ name: sync, variant: 'base' }], connection, 'full_refresh');
    await waitForRun(system.api, place, 3);
    await same((client) => client.pauseSync(integration, [sync], connection));
    const status = async () => (await same((client) => client.syncStatus(integration, [sync], connection))).syncs[0];
    expect(await status()).toMatchObject({ name: sync, status: 'PAUSED' });
    await same((client) => client.startSync(integration, [sync], connection));
    await waitFor('it is scheduled again', async () => (await status())?.status === 'SUCCESS');
    expect((await same((client) => client.syncStatus(integration, '*'))).syncs).toHaveLength(1);
    for (const frequency of ['every 2 hours', null])
      await same((client) => client.updateSyncConnectionFrequency(integration, sync, connection, frequency));
  });

  it('and their runs are listed, read and cancelled', async () => {
    const syncs = await Array.fromAsync(syncline.syncs({ ...acme, limit: 1 }));
    expect(syncs).toMatchObject([{ name: sync, provider_config_key: integration, auto_start: true }]);
    const { id } = syncs[0]!;
    const runs = await Array.fromAsync(syncline.runs(id, { states: ['succeeded'], limit: 2 }));
    expect(runs.map(({ number }) => number)).toEqual([3, 2, 1]);
    expect((await syncline.getRun(runs[0]!.id)).data).toEqual(runs[0]);
    await expect(syncline.cancelRun(runs[0]!.id)).rejects.toMatchObject({ status: 409, code: 'run_finished' });
  });

  it('tell when deletes wait, and take a decision', async () => {
    const { dataset } = system.simulator;
    for (let index = 1; index <= 55; index++) dataset.remove(`c${String(index).padStart(7, '0')}`);
    await syncline.triggerSync(integration, [sync], connection);
    const run = await waitForRun(system.api, place, 4);
    expect(run.state).toBe('needs_confirmation');
    const { id } = (await syncline.listSyncs(acme)).data[0]!;
    expect(await syncline.confirmDeletes(id, { runId: run.id, decision: 'delete' })).toEqual({
      success: true,
      deleted: { Contact: 55 },
    });
  });
});

describe('records', () => {
  const query = { ...acme, model: 'Contact' };

  it('come in pages as the published client has them', async () => {
    const first = await same((client) => client.listRecords({ ...query, limit: 25 }));
    expect(first.records).toHaveLength(25);
    await same((client) => client.listRecords({ ...query, limit: 25, cursor: first.next_cursor }));
    const ids = first.records.slice(0, 3).map(({ id }) => String(id));
    expect((await same((client) => client.listRecords({ ...query, ids }))).records).toHaveLength(3);
    expect((await same((client) => client.listRecords({ ...query, filter: 'deleted' }))).records).toHaveLength(55);
    expect((await syncline.listRecords({ ...query, filter: ['updated', 'deleted'] })).records).toHaveLength(60);
    const longAgo = new Date(Date.now() - 86_400_000).toISOString();
    expect((await same((client) => client.listRecords({ ...query, modifiedAfter: longAgo }))).records).toHaveLength(60);
  });

  it('are walked to the end by name, and the cursor to keep leads to what comes later', async () => {
    const all = await Array.fromAsync(syncline.records('Contact', { ...acme, limit: 7 }), ({ id }) => id);
    expect(new Set(all).size).toBe(contacts);
    expect(all).toHaveLength(contacts);

    const batches = await Array.fromAsync(syncline.recordBatches('Contact', { ...acme, limit: 50 }));
    expect(batches.map(({ records }) => records.length)).toEqual([50, 10]);
    const { cursor } = batches.at(-1)!;
    expect(await Array.fromAsync(syncline.records('Contact', { ...acme, cursor }))).toEqual([]);
    expect(await Array.fromAsync(syncline.recordBatches('Contact', { ...acme, cursor }))).toEqual([
      { records: [], cursor },
    ]);

    system.simulator.dataset.edit('c0000060', { company: 'Moved' });
    await syncline.triggerSync(integration, [sync], connection);
    await waitForRun(system.api, place, 5);
    const later = await Array.fromAsync(syncline.records('Contact', { ...acme, cursor }), ({ id }) => id);
    expect(later).toContain('c0000060');
  });

  it('are read by a client that knows its connection', async () => {
    const ours = syncline.with(acme);
    expect((await ours.listRecords('Contact', { limit: 3 })).records).toHaveLength(3);
    expect(() => syncline.listRecords('Contact')).toThrow(/providerConfigKey is missing/);
  });

  it('are pruned up to a cursor', async () => {
    const [first] = (await syncline.listRecords({ ...query, limit: 1 })).records;
    const untilCursor = first!._nango_metadata.cursor;
    expect(await syncline.pruneRecords({ ...query, untilCursor })).toEqual({ count: 1, has_more: false });
  });

  it('of a cursor that is none are refused as an error of the API', async () => {
    const error = await syncline.listRecords({ ...query, cursor: 'forged' }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SynclineApiError);
    expect(error).toMatchObject({ status: 400, code: 'invalid_cursor' });
  });
});

it('runs actions by both forms, and throws what they refuse with', async () => {
  system.simulator.dataset.restore('c0000001');
  const { email } = system.simulator.dataset.get('c0000001')!;
  const input = { how: 'echoes' };
  expect(await same((client) => client.triggerAction(integration, connection, 'behave', input))).toEqual({
    ...input,
    email,
  });
  expect(await syncline.triggerAction('behave', input, acme)).toEqual({ ...input, email });
  expect(await syncline.with({ ...acme, timeoutMs: 20_000 }).triggerAction('behave', input)).toEqual({
    ...input,
    email,
  });
  await expect(syncline.triggerAction(integration, connection, 'behave', { how: 'refuses' })).rejects.toMatchObject({
    code: 'action_script_runtime_error',
    payload: { retry_on: 'Monday' },
    response: { status: 500, data: { error: { payload: { retry_on: 'Monday' } } } },
  });
});

describe('the proxy', () => {
  const contact = { ...acme, endpoint: '/contacts/c0000060' };

  it('gives what the published client gets', async () => {
    const { data, status } = await same((client) => client.get<{ id: string }>(contact));
    expect([status, data.id]).toEqual([200, 'c0000060']);
    const list = { ...acme, endpoint: '/contacts', method: 'GET' as const };
    expect((await same((client) => client.proxy<unknown[]>({ ...list, params: { per_page: '3' } }))).data).toHaveLength(
      3,
    );
    expect((await same((client) => client.proxy<unknown[]>({ ...list, params: 'per_page=2' }))).data).toHaveLength(2);
    await same((client) => client.get({ ...contact, responseType: 'arraybuffer' }));
    const refusals = await Promise.all(
      [syncline, published].map((client) =>
        client.get({ ...acme, endpoint: '/contacts/none' }).catch(({ response }) => [response.status, response.data]),
      ),
    );
    expect(refusals[0]).toEqual(refusals[1]);
  });

  it('sends bodies of every kind', async () => {
    const made = await syncline.post<{ id: string; name: string }>({
      ...acme,
      endpoint: '/contacts',
      data: { name: 'Grace' },
    });
    expect([made.status, made.data.name]).toEqual([201, 'Grace']);
    const one = { ...acme, endpoint: `/contacts/${made.data.id}`, headers: { 'Content-Type': 'application/json' } };
    const named = async (data: unknown) => (await syncline.patch<{ name: string }>({ ...one, data })).data.name;
    expect(await named('{"name":"text"}')).toBe('text');
    expect(await named(Buffer.from('{"name":"bytes"}'))).toBe('bytes');
    expect(await named(new Blob(['{"name":"blob"}']).stream())).toBe('blob');
    expect((await syncline.put<{ name: string }>({ ...one, data: { name: 'Bo' } })).data.name).toBe('Bo');
    expect(await syncline.delete(one)).toMatchObject({ status: 204, data: '' });
  });

  it('streams an answer', async () => {
    const { data } = await syncline.get<AsyncIterable<Buffer>>({ ...contact, responseType: 'stream' });
    const chunks = await Array.fromAsync(data);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ id: 'c0000060' });
  });

  it('does not let an endpoint climb into the API', () => {
    expect(() => syncline.delete({ ...acme, endpoint: '/../connections/acme' })).toThrow(TypeError);
    expect(() => syncline.delete({ ...acme, endpoint: '/%2e%2e/connections/acme' })).toThrow(TypeError);
  });
});

it('reads the logs of all this, and follows one to its end', async () => {
  const { data } = await syncline.listOperations({ types: ['sync:run'], states: ['success'], limit: 1 });
  expect(data).toHaveLength(1);
  const { id } = data[0]!;
  expect((await syncline.getOperation(id)).data).toEqual(data[0]);
  const tail = await Array.fromAsync(syncline.messages(id, { follow: true }));
  expect(tail.length).toBeGreaterThan(0);
  expect(await Array.fromAsync(syncline.messages(id))).toEqual(tail);
  const calls = () => Array.fromAsync(syncline.operations({ types: ['proxy'], connections: [connection], limit: 2 }));
  await waitFor('the proxied calls in the log, on several pages', async () => (await calls()).length > 5);
});

it('makes, lists and revokes keys', async () => {
  const scopes = ['environment:connections:list'];
  const { data } = await syncline.createApiKey({ display_name: 'reader', scopes });
  const reader = new Syncline({ host: system.url, apiKey: data.secret });
  expect((await reader.listConnections()).connections).toHaveLength(1);
  await expect(reader.listIntegrations()).rejects.toMatchObject({ status: 403, code: 'forbidden' });
  expect(await Array.fromAsync(syncline.apiKeys(), ({ display_name }) => display_name)).toContain('reader');
  await syncline.deleteApiKey(data.id);
  // The API asks for a key again after a second.
  const refusal = () =>
    reader.listConnections().then(
      () => undefined,
      (error: SynclineApiError) => error,
    );
  expect(await waitFor('the key is refused', refusal)).toMatchObject({ status: 401, code: 'unknown_account' });
});

// Every member of the `nango` object, used by functions that run in a guest against a simulated provider.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf, type WireError } from '../conformance/api.ts';
import { deployFunctions } from './deploy.ts';
import { type BorrowedSystem, borrowSystem } from './join-system.ts';
import {
  command,
  createIntegration,
  importConnection,
  listRuns,
  type Place,
  readRecords,
  runOnce,
  waitForRun,
} from './syncs.ts';
import { waitFor } from './wait-for.ts';

type Json = Record<string, unknown>;

const place: Place = { integration: 'crm', connection: 'acme', sync: 'sync-members' };
const secretValue = 'variable-4f9a7c21d0';

let system: BorrowedSystem;

beforeAll(async () => {
  system = await borrowSystem('nango-object', { dataset: { count: 60, seed: 5 } });
  const { api, simulator } = system;
  await createIntegration(api, place.integration);
  await api.ok('POST', '/integrations', { body: { provider: 'hooked', unique_key: 'hooked' } });
  for (const integration of ['crm', 'hooked']) await importConnection(api, { ...place, integration, simulator });
  await deployFunctions(api, 'crm', [
    'actions/use-members',
    'actions/answer',
    'syncs/sync-members',
    'syncs/delete-previous',
  ]);
  await deployFunctions(api, 'hooked', ['actions/use-members']);
});

afterAll(() => system?.end());

const act = (input: Json, { integration = 'crm', action = 'use-members' } = {}) =>
  system.api.call('POST', '/action/trigger', {
    headers: { 'provider-config-key': integration, 'connection-id': place.connection },
    body: { action_name: action, input },
  });

/** The action's output. */
async function use<T = Json>(what: string, given: Record<string, string> = {}, integration = 'crm'): Promise<T> {
  const { status, body } = await act({ what, with: given }, { integration });
  expect(status, JSON.stringify(body)).toBe(200);
  return body as T;
}

async function failure(input: Json): Promise<{ status: number; error: WireError & Json }> {
  const { status, body } = await act(input);
  return { status, error: errorOf(body) as WireError & Json };
}

interface Line {
  level: string;
  message: string;
  source: string;
  meta?: { payload?: unknown };
}

/** Of the newest operation with this title. */
async function linesOf(title: string): Promise<Line[]> {
  const { data } = await system.api.ok<{ data: { id: string; title: string }[] }>('GET', '/logs', {
    query: { search: title, limit: '20' },
  });
  const { id } = data.find((operation) => operation.title.startsWith(title))!;
  return (await system.api.ok<{ data: Line[] }>('GET', `/logs/${id}/messages`, { query: { limit: '100' } })).data;
}

const setVariables = (variables: { name: string; value: string }[]) =>
  system.api.ok('PUT', '/environment-variables', { body: { variables } });

const setMetadata = (metadata: Json) =>
  system.api.ok('POST', '/connections/metadata', {
    body: { connection_id: place.connection, provider_config_key: 'crm', metadata },
  });

describe('in an action', () => {
  it('properties say where it runs; members of syncs are not there', async () => {
    expect(await use('properties')).toEqual({
      connectionId: 'acme',
      providerConfigKey: 'crm',
      provider: 'simulator-api-key',
      environmentName: system.environmentName,
      scriptType: 'action',
      isCLI: false,
      aborted: false,
      attributes: null,
      environment: [],
      others: [],
    });
  });

  it('requests are made with the credential, retried, decoded and paged', async () => {
    system.simulator.faults.set([
      { match: { path: '/contacts/c0000001' }, fault: { status: 503, headers: { 'retry-after': '0' } }, times: 2 },
    ]);
    const seen = await use('requests', { id: 'c0000001' });
    system.simulator.faults.clear();
    expect(seen).toMatchObject({
      first: { id: 'c0000001', status: 200 },
      echo: { method: 'POST' },
      bytes: 10,
      pages: [20, 20],
      proxied: '',
    });
    expect(JSON.stringify(seen['echo'])).toContain('sim-key');
    expect(system.simulator.requests.list({ path: '/contacts/c0000001' })).toHaveLength(3);
  });

  it('requests that fail are axios-shaped errors of the script’s own realm', async () => {
    const seen = await use<Record<string, Json>>('failures');
    expect(seen['notFound']).toMatchObject({
      isError: true,
      name: 'AxiosError',
      isAxiosError: true,
      code: 'ERR_BAD_REQUEST',
      status: 404,
      response: { status: 404 },
    });
    expect(seen['cut']).toMatchObject({ isError: true, isAxiosError: true });
    expect(seen['cut']!['code']).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/);
    expect(seen['cut']!['response']).toBeUndefined();
    expect(seen['denied']).toMatchObject({ isError: true, code: 'base_url_override_not_allowed' });
    expect(seen['waits']).toMatchObject({ status: 429 });
    expect(seen['stranger']).toMatchObject({ isError: true, code: 'unknown_connection', response: { status: 404 } });
  });

  it('the connection, its integration and the environment’s variables can be read', async () => {
    await setVariables([{ name: 'SERVICE_KEY', value: secretValue }]);
    const seen = await use('connection');
    expect(seen).toMatchObject({
      id: 'number',
      credentials: { type: 'API_KEY', apiKey: 'sim-key' },
      connection: {
        connection_id: 'acme',
        provider_config_key: 'crm',
        provider: 'simulator-api-key',
        connection_config: { base_url: system.simulator.url },
        errors: [],
        tags: {},
        end_user: null,
        webhook_url_override: null,
      },
      token: { type: 'API_KEY', apiKey: 'sim-key' },
      integration: { unique_key: 'crm', provider: 'simulator-api-key', forward_webhooks: true, webhook_url: null },
      webhookUrl: null,
      variables: [{ name: 'SERVICE_KEY', value: secretValue }],
    });
    expect(seen['bare']).not.toContain('webhook_url');
    const hooked = await use('connection', {}, 'hooked');
    expect(hooked['webhookUrl']).toBe(`${system.url}/webhook/${system.environmentId}/hooked`);
  });

  it('metadata is replaced and merged', async () => {
    const seen = await use('metadata');
    const data = { provider_config_key: 'crm', connection_id: 'acme' };
    expect(seen).toMatchObject({
      before: {},
      set: { status: 200, data: { ...data, metadata: { plan: 'free', fieldMapping: { a: 'b' } } } },
      after: { plan: 'free', fieldMapping: { a: 'b' }, region: 'eu' },
      mapping: { a: 'b' },
      refused: { code: 'invalid_metadata' },
      last: {},
    });
  });

  it('log lines have their level and payload, and no secret', async () => {
    await setVariables([{ name: 'SERVICE_KEY', value: secretValue }]);
    expect(await use('logs', { secret: secretValue })).toBe('debug');
    const lines = await waitFor('the lines are stored', async () => {
      const found = (await linesOf('use-members')).filter(({ source }) => source === 'user');
      return found.length >= 4 ? found : undefined;
    });
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warn a line',
      'error from console {"b":2}',
      'debug with [secret]',
      'info large',
    ]);
    expect(lines[0]!.meta).toEqual({ payload: { a: 1 } });
    expect(lines[2]!.meta).toEqual({ payload: { nested: ['the key is [secret]'] } });
    expect(JSON.stringify(lines[3]!.meta).length).toBeLessThan(101_000);
  });

  it('the environment sets the threshold of its log', async () => {
    await setVariables([{ name: 'NANGO_LOGGER_LEVEL', value: 'off' }]);
    expect(await use('logs', { secret: 'x' })).toBe('off');
    await setVariables([{ name: 'SYNCLINE_LOGGER_LEVEL', value: 'warn' }]);
    await use('properties');
    await setVariables([]);
  });

  it('locks are the execution’s, and end with it', async () => {
    const expected = {
      first: true,
      again: true,
      released: true,
      twice: false,
      left: true,
      bad: { code: 'invalid_lock' },
      held: true,
    };
    expect(await use('locks', { key: 'mine' })).toMatchObject(expected);
    expect(await use('tryLock', { key: 'mine-held' })).toBe(true);
  });

  it('a checkpoint lives from one execution to the next', async () => {
    const saved = { page: 2, since: '1970-01-01T00:00:00.000Z' };
    expect(await use('checkpoint')).toEqual({ found: null, seen: saved });
    expect(await use('checkpoint', { next: 'clear' })).toEqual({ found: saved, seen: null });
    expect(await use('checkpoint', { next: 'clear' })).toEqual({ found: null, seen: null });
    expect((await failure({ what: 'escapes', with: { how: 'checkpoint' } })).error).toMatchObject({
      code: 'invalid_checkpoint',
    });
  });

  it('uncontrolledFetch and fetch go out without the credential, behind the guard', async () => {
    const seen = await use<Record<string, Json>>('fetches', { url: system.simulator.url });
    expect(seen['own']).toMatchObject({ status: 401, isResponse: true });
    expect(JSON.stringify(seen)).not.toContain('sim-key');
    expect(seen['denied']).toMatchObject({ isError: true, payload: { code: 'url_not_allowed' } });
  });

  it('other actions are called here, with one guest for both, and their refusals come as the API’s', async () => {
    const seen = await use<Record<string, Json>>('delegates', { how: 'refuses' });
    const answer = { how: 'echoes', connection: 'acme' };
    expect(seen).toMatchObject({ here: answer, there: answer });
    expect(seen['failed']).toMatchObject({
      isError: true,
      isAxiosError: true,
      status: 500,
      response: {
        status: 500,
        data: { error: { code: 'action_script_runtime_error', payload: { retry_on: 'Monday' } } },
      },
    });
    const vain = await use<Record<string, Json>>('delegates', { how: 'asks in vain' });
    expect(vain['failed']).toMatchObject({ response: { status: 424, data: { error: { code: 'script_http_error' } } } });
  });

  it('functions that call each other without end are stopped', async () => {
    const { status, error } = await failure({ what: 'recursion' });
    expect(status).toBe(424);
    expect(JSON.stringify(error)).toContain('action_depth_exceeded');
    expect((await act({ what: 'properties' })).status).toBe(200);
  });

  it('syncs are started and triggered; one that is not there is refused', async () => {
    await setMetadata({ what: 'properties' });
    const before = (await listRuns(system.api, place))[0]?.number ?? 0;
    expect(await use('commands')).toMatchObject({ isError: true, code: 'no_syncs_found', response: { status: 400 } });
    await waitForRun(system.api, place, before + 1);
    await command(system.api, 'pause', place);
  });

  it('input that does not match is an ActionError with its issues', async () => {
    const { status, error } = await failure({ what: 'validate' });
    expect(status).toBe(500);
    expect(error).toMatchObject({
      code: 'action_script_runtime_error',
      payload: { message: 'Invalid input provided', issues: [{ path: ['name'], code: 'invalid_type' }] },
    });
  });

  it('what escapes has its type, status and hint, and names the line of the source', async () => {
    const http = await failure({ what: 'escapes', with: { how: 'http' } });
    expect(http).toMatchObject({ status: 424, error: { code: 'script_http_error', upstream: { status: 404 } } });
    const nested = await failure({ what: 'escapes', with: { how: 'nested' } });
    expect(nested).toMatchObject({ status: 424, error: { code: 'script_http_error', upstream: { status: 500 } } });
    const own = await failure({ what: 'escapes', with: { how: 'badly' } });
    expect(own).toMatchObject({ status: 500, error: { code: 'script_internal_error', hint: expect.any(String) } });
    const { stacktrace } = own.error.payload as { stacktrace: string[] };
    expect(stacktrace[0]).toBe('RangeError: No way to escape: badly.');
    expect(stacktrace[1]).toMatch(/^ {4}at fail \(actions\/use-members\.ts:\d+:\d+\)$/);
  });
});

/** One run of the sync with this wish; what it saved of what it saw. */
async function sees<T = Json>(what: string, more: Json = {}): Promise<T> {
  await setMetadata({ what, ...more });
  const run = await runOnce(system.api, place);
  expect(run, JSON.stringify(run.error)).toMatchObject({ state: 'succeeded' });
  const records = await readRecords(system.api, place, { model: 'Seen' });
  return records.find(({ id }) => id === what)!['value'] as T;
}

describe('in a sync', () => {
  it('properties are those of the run', async () => {
    const seen = await sees('properties');
    expect(seen).toMatchObject({
      scriptType: 'sync',
      variant: 'base',
      syncId: expect.any(String),
      syncJobId: expect.any(Number),
      track_deletes: false,
      emptyCache: false,
      environmentName: system.environmentName,
      lastSyncDate: true,
      attributes: {},
    });
  });

  it('records are saved, updated, deleted, read and listed', async () => {
    const seen = await sees('records');
    expect(seen).toMatchObject({
      found: {
        b: { id: 'b', name: 'B', extra: { n: 2, kept: true } },
        c: { id: 'c' },
        e: { id: 'e', name: 7 },
      },
      unknownModel: { code: 'unknown_model' },
      checkpoint: null,
    });
    expect(new Set(seen['listed'] as string[])).toEqual(
      new Set(['a ADDED', 'b UPDATED', 'c DELETED', 'd ADDED', 'e ADDED']),
    );
    const lines = (await linesOf(place.sync)).map(({ message }) => message);
    for (const text of [
      '1 records had an id that came again',
      'batchUpdate ignored 1 ids',
      'not saved (id_missing)',
      'Schema drift: Item.name is a number',
    ])
      expect(
        lines.some((line) => line.includes(text)),
        `${text} in ${lines.join('\n')}`,
      ).toBe(true);
    const items = await readRecords(system.api, place, { model: 'Item' });
    expect(items.find(({ id }) => id === 'a')).toMatchObject({ name: 'a again', extra: {} });
  });

  it('a merging strategy does not stand in the way of the run’s own writes', async () => {
    expect(await sees('merging')).toEqual({
      wrong: { code: 'invalid_merging_strategy', message: expect.any(String) },
      name: 'two',
    });
  });

  it('the base members are there as in actions', async () => {
    await setVariables([{ name: 'SERVICE_KEY', value: secretValue }]);
    expect(await sees('calls', { url: system.simulator.url })).toEqual({
      variables: [{ name: 'SERVICE_KEY', value: secretValue }],
      answer: { how: 'echoes', connection: 'acme' },
      page: 401,
      token: { type: 'API_KEY', apiKey: 'sim-key' },
      lock: true,
    });
    await waitForRun(system.api, { ...place, sync: 'delete-previous' }, 1);
    expect(await use('tryLock', { key: 'of the sync' })).toBe(true);
  });

  it('a write whose failure nobody looked at fails the run', async () => {
    await setMetadata({ what: 'drops' });
    const run = await runOnce(system.api, place);
    expect(run).toMatchObject({ state: 'failed', error: { type: 'invalid_merging_strategy' } });
  });

  it('deletes what earlier executions saved and this one did not, unless it began from a checkpoint', async () => {
    const old = { ...place, sync: 'delete-previous' };
    const runWith = async (metadata: Json) => {
      await setMetadata(metadata);
      return runOnce(system.api, old);
    };
    await runWith({ list: ['a', 'b', 'c'] });
    const second = await runWith({ list: ['a', 'c'], keeps: true });
    expect(second.results['Listed']).toMatchObject({ deleted: 1, unchanged: 2 });
    const third = await runWith({ list: ['a'] });
    expect(third).toMatchObject({ state: 'failed', error: { type: 'delete_tracking_incomplete' } });
    const listed = await readRecords(system.api, old, { model: 'Listed' });
    expect(
      listed
        .filter(({ _nango_metadata }) => _nango_metadata.last_action !== 'DELETED')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'c']);
  });

  it('a variant’s runs save records of its own; a reset with emptied cache, and its removal, are its own too', async () => {
    const old = { ...place, sync: 'delete-previous' };
    const eu = { ...old, sync: 'delete-previous::eu' };
    const connection = { provider_config_key: old.integration, connection_id: old.connection };
    const variantPath = '/sync/delete-previous/variant/eu';
    const listed = async (variant: string) =>
      (await readRecords(system.api, old, { model: 'Listed', variant })).map(({ id }) => id).sort();
    const before = await listed('base');
    await setMetadata({ list: ['x', 'y'] });
    await system.api.ok('POST', variantPath, { body: connection });
    expect(await runOnce(system.api, eu)).toMatchObject({ results: { Listed: { added: 2 } } });
    expect([await listed('base'), await listed('eu')]).toEqual([before, ['x', 'y']]);

    const reset = { ...connection, syncs: ['delete-previous::eu'], opts: { reset: true, emptyCache: true } };
    await setMetadata({ list: ['z'] });
    await system.api.ok('POST', '/sync/trigger', { body: reset });
    expect(await waitForRun(system.api, eu, 2)).toMatchObject({ results: { Listed: { added: 1, deleted: 0 } } });
    expect([await listed('base'), await listed('eu')]).toEqual([before, ['z']]);

    await system.api.ok('DELETE', variantPath, { body: connection });
    await waitFor('its records are gone', async () => (await listed('eu')).length === 0);
    expect(await listed('base')).toEqual(before);
  });

  it('a lock survives the death of its worker and nobody else gets it meanwhile', async () => {
    system.simulator.faults.set([{ match: { path: '/paged/contacts' }, fault: { delayMs: 300 } }]);
    system.simulator.requests.clear();
    await setMetadata({ what: 'holdsLock' });
    const before = (await listRuns(system.api, place))[0]!.number;
    await command(system.api, 'trigger', place);
    const requests = () => system.simulator.requests.list({ path: '/paged/contacts' }).length;
    await waitFor('the lock is taken and the run is on its way', () => requests() >= 3, { everyMs: 20 });
    expect(await use('tryLock', { key: 'of the sync' })).toBe(false);
    await system.kill('worker');
    expect(await use('tryLock', { key: 'of the sync' })).toBe(false);
    const run = await waitForRun(system.api, place, before + 1);
    system.simulator.faults.clear();
    expect(run, JSON.stringify(run.error)).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(requests()).toBeLessThanOrEqual(11);
    const seen = (await readRecords(system.api, place, { model: 'Seen' })).find(({ id }) => id === 'holdsLock');
    expect(seen!['value']).toEqual({ before: true, after: true, released: true });
    const lines = (await linesOf(place.sync)).filter(({ message }) => message === 'the lock is taken');
    expect(lines).toHaveLength(1);
    expect(await use('tryLock', { key: 'of the sync' })).toBe(true);
  });

  it('a script is told by its signal that the run was cancelled, and may say a last word', async () => {
    await setMetadata({ what: 'waits' });
    const before = (await listRuns(system.api, place))[0]!.number;
    await command(system.api, 'trigger', place);
    const run = await waitFor('it waits', async () => {
      const [newest] = await listRuns(system.api, place);
      const waiting =
        newest!.number === before + 1 && (await linesOf(place.sync)).some(({ message }) => message === 'waiting');
      return waiting ? newest : undefined;
    });
    await system.api.ok('POST', `/runs/${run.id}/cancel`);
    expect(await waitForRun(system.api, place, before + 1)).toMatchObject({ state: 'cancelled' });
    await waitFor('the last word', async () =>
      (await linesOf(place.sync)).some(({ message }) => message === 'told to stop'),
    );
  });
});

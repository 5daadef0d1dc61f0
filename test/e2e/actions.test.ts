// Asynchronous actions while their processes are killed, and functions of a connection's events: none is lost, none
// runs twice, and the app is told once.
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { errorOf } from '../conformance/api.ts';
import {
  type Accepted,
  chargeThroughKills,
  connection,
  place,
  prepareActions,
  requestsOf,
  trigger,
} from './charge-through-kills.ts';
import { deployFunctions } from './deploy.ts';
import { type BorrowedSystem, borrowSystem } from './join-system.ts';
import { createIntegration, importConnection } from './syncs.ts';
import { waitFor } from './wait-for.ts';

let system: BorrowedSystem;

beforeAll(async () => {
  system = await borrowSystem('actions');
  await prepareActions(system);
  await createIntegration(system.api, 'events');
});

afterAll(() => system?.end());
beforeEach(() => system.simulator.requests.clear());

it('sixteen, with a kill of the API and one of the worker: none lost, none charged twice, each told once', () =>
  chargeThroughKills(system, 16, ['api', 'worker']));

it('tells a null output as null, a failure as the synchronous call does, and an unknown id as such', async () => {
  const { api } = system;
  const ended = async ({ statusUrl }: Accepted) =>
    waitFor('it has ended', async () => {
      const answer = await api.call('GET', statusUrl);
      return errorOf(answer.body).code === 'in_progress' ? undefined : answer;
    });
  expect(await ended(await trigger(api, 'say-nothing', undefined))).toEqual({ status: 200, body: null });
  const refused = await ended(await trigger(api, 'behave', { how: 'refuses' }));
  const direct = await api.call('POST', '/action/trigger', {
    headers: place,
    body: { action_name: 'behave', input: { how: 'refuses' } },
  });
  const { request_id: _, ...said } = errorOf(refused.body) as Record<string, unknown>;
  expect([refused.status, direct.status]).toEqual([500, 500]);
  expect(errorOf(direct.body)).toMatchObject(said);
  const unknown = await api.call('GET', '/action/00000000-0000-4000-8000-000000000000');
  expect([unknown.status, errorOf(unknown.body).code]).toEqual([404, 'not_found']);
});

it('an action of a key runs once, however often it is asked for while it waits', async () => {
  const headers = { ...place, 'idempotency-key': 'direct' };
  const call = () =>
    system.api.call('POST', '/action/trigger', {
      headers,
      body: { action_name: 'charge', input: { order: 'direct' } },
    });
  const answers = await Promise.all([call(), call(), call()]);
  const later = await call();
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1);
  expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
  expect(later).toMatchObject({ status: 200, body: { order: 'direct' } });
  expect(requestsOf(system, '/echo', 'order').filter(({ value }) => value === 'direct')).toHaveLength(1);
});

it('a createFunction without a trigger is invoked, waited for or not', async () => {
  const { api, simulator } = system;
  await createIntegration(api, 'invoked');
  await deployFunctions(api, 'invoked', ['functions/add']);
  await importConnection(api, { integration: 'invoked', connection, simulator });
  const invoke = (invocation_type: string, input: unknown) =>
    api.call('POST', '/functions/invocations', {
      body: { connection_id: connection, integration_id: 'invoked', name: 'add', input, invocation_type },
    });
  const sum = { sum: 5, kind: 'invoke', connection };
  expect(await invoke('wait', { a: 2, b: 3 })).toEqual({ status: 200, body: sum });
  const { status, body } = await invoke('no_wait', { a: 2, b: 3 });
  expect(status).toBe(202);
  const { statusUrl } = body as Accepted;
  const ended = await waitFor('it has ended', async () => {
    const answer = await api.call('GET', statusUrl);
    return errorOf(answer.body).code === 'in_progress' ? undefined : answer;
  });
  expect(ended).toEqual({ status: 200, body: sum });
});

const steps = (of: string) =>
  system.simulator.requests
    .list({ path: '/echo' })
    .map(({ query }) => new URLSearchParams(query))
    .filter((query) => query.get('of') === of)
    .map((query) => query.get('step'));

it('functions of a connection’s events run in the order of their imports, through a kill of the worker, to the end', async () => {
  const { api, simulator } = system;
  const functions = ['check-workspace', 'check-account', 'welcome', 'introduce', 'say-goodbye'];
  await deployFunctions(
    api,
    'events',
    functions.map((name) => `on-events/${name}`),
  );
  await importConnection(api, { integration: 'events', connection: 'liked', simulator });
  expect(steps('liked').slice(0, 2)).toEqual(['check-workspace', 'check-account']);

  await waitFor('the first one is at work', () => steps('liked').includes('welcome'), { everyMs: 20 });
  await system.kill('worker');
  await waitFor('the last one is done', () => steps('liked').includes('introduce done'));
  const after = steps('liked').slice(2);
  expect(after.lastIndexOf('welcome done')).toBeLessThan(after.indexOf('introduce'));
  expect(after.filter((step) => step === 'introduce done')).toHaveLength(1);

  await api.ok('DELETE', '/connections/liked', { query: { provider_config_key: 'events' } });
  await waitFor('it said goodbye', () => steps('liked').includes('goodbye'));
  const sql = postgres(system.read().databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await waitFor('nothing is left of it', async () => {
      const [row] = await sql`SELECT count(*)::int AS rows FROM connections WHERE connection_id = 'liked'`;
      return row!['rows'] === 0;
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
});

it('a connection that the first function refuses is not there, and the second is not asked', async () => {
  const { api, simulator } = system;
  const answer = await api.call('POST', '/connections', {
    body: {
      provider_config_key: 'events',
      connection_id: 'refused',
      credentials: { type: 'API_KEY', apiKey: 'sim-key' },
      connection_config: { base_url: simulator.url },
      metadata: { refused_by: 'check-workspace' },
    },
  });
  expect(answer.status).toBe(400);
  expect(errorOf(answer.body)).toMatchObject({ code: 'connection_validation_failed', message: 'Not this one.' });
  expect(steps('refused')).toEqual(['check-workspace']);
  const { connections } = await api.ok<{ connections: { connection_id: string }[] }>('GET', '/connections');
  expect(connections.map(({ connection_id }) => connection_id)).not.toContain('refused');
});

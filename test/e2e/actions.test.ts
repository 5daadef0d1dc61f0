// A thousand asynchronous actions while their processes are killed, and functions of a connection's events: none is lost, none
// runs twice, and the app is told once.
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { errorOf } from '../conformance/api.ts';
import { deployFunctions } from './deploy.ts';
import { createIntegration, importConnection } from './syncs.ts';
import { type System, startSystem } from './system.ts';
import { waitFor } from './wait-for.ts';

const integration = 'acting';
const connection = 'c1';
const place = { 'provider-config-key': integration, 'connection-id': connection };

let system: System;

beforeAll(async () => {
  system = await startSystem({ port: 3221 });
  const { api, simulator } = system;
  for (const name of [integration, 'events']) await createIntegration(api, name);
  await deployFunctions(api, integration, ['actions/charge', 'actions/say-nothing', 'actions/behave']);
  await importConnection(api, { integration, connection, simulator });
});

afterAll(() => system?.end());
beforeEach(() => system.simulator.requests.clear());

interface Accepted {
  id: string;
  statusUrl: string;
}

/** As a careful client: the same key until there is an answer. */
async function trigger(action: string, input: unknown, headers: Record<string, string> = {}): Promise<Accepted> {
  return waitFor(
    `${action} is accepted`,
    async () => {
      const { status, body } = await system.api.call('POST', '/action/trigger', {
        headers: { ...place, 'x-async': 'true', ...headers },
        body: { action_name: action, input },
      });
      if (status === 202) return body as Accepted;
      if (status !== 409 && status < 500) throw new Error(`${status} ${JSON.stringify(body)}`);
      return undefined;
    },
    { everyMs: 300, deadlineMs: 90_000 },
  );
}

const inParallel = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>, callers = 16): Promise<R[]> => {
  const results: R[] = new Array(items.length);
  const left = [...items.entries()];
  const next = async () => {
    for (let entry = left.shift(); entry; entry = left.shift()) results[entry[0]] = await work(entry[1]);
  };
  await Promise.all(Array.from({ length: callers }, next));
  return results;
};

const requestsOf = (path: string, parameter: string) =>
  system.simulator.requests
    .list({ path, limit: 100_000 })
    .map(({ method, query }) => ({ method, value: new URLSearchParams(query).get(parameter) }));

it('a thousand, with two kills of the API and two of the worker: none lost, none charged twice, each told once', async () => {
  const total = 1_000;
  const orders = Array.from({ length: total }, (_, i) => `order-${i}`);
  const results = new Map<string, { status: number; body: unknown }>();
  const accepted = new Map<string, Accepted>();

  const accepting = inParallel(orders, async (order) => {
    const headers = { 'idempotency-key': order };
    const first = await trigger('charge', { order }, headers);
    accepted.set(order, first);
    // Somebody whose answer was lost asks again.
    if (Number(order.slice(6)) % 4 === 0) expect(await trigger('charge', { order }, headers)).toEqual(first);
  });
  const kills = (async () => {
    for (const name of ['api', 'worker', 'api', 'worker']) {
      const from = accepted.size;
      await waitFor(`${name} is at work`, () => accepted.size === total || accepted.size >= from + 120, {
        everyMs: 20,
      });
      await system.kill(name);
    }
  })();
  await Promise.all([accepting, kills]);
  expect(new Set([...accepted.values()].map(({ id }) => id)).size).toBe(total);

  const sql = postgres(system.read().databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const countOpen = async () =>
      (await sql`SELECT count(*)::int AS n FROM async_actions WHERE finished_at IS NULL`)[0]!['n'];
    await waitFor('every action has ended', async () => (await countOpen()) === 0, {
      everyMs: 1_000,
      deadlineMs: 400_000,
    });
    const [told] = await sql`
      SELECT count(*)::int AS events, count(DISTINCT payload->'payload'->>'id')::int AS actions
      FROM events WHERE type = 'action.completed'`;
    expect(told).toEqual({ events: total, actions: total });
    const [left] = await sql`SELECT count(*)::int AS entries FROM journal`;
    expect(left).toEqual({ entries: 0 });
  } finally {
    await sql.end({ timeout: 1 });
  }
  await inParallel(orders, async (order) => {
    results.set(order, await system.api.call('GET', accepted.get(order)!.statusUrl));
  });

  const charges = new Map<string, number>();
  for (const { method, value } of requestsOf('/echo', 'order'))
    if (method === 'POST') charges.set(value!, (charges.get(value!) ?? 0) + 1);
  const unknown: string[] = [];
  for (const [order, { status, body }] of results) {
    if (errorOf(body).code === 'outcome_unknown') {
      unknown.push(order);
      expect(charges.get(order) ?? 0).toBeLessThanOrEqual(1);
    } else {
      expect([order, status, body]).toEqual([order, 200, { order, email: expect.any(String) }]);
      expect([order, charges.get(order)]).toEqual([order, 1]);
    }
  }
  // What was on its way in a guest when its worker died.
  expect(unknown.length).toBeLessThanOrEqual(8);
}, 600_000);

it('tells a null output as null, a failure as the synchronous call does, and an unknown id as such', async () => {
  const { api } = system;
  const ended = async ({ statusUrl }: Accepted) =>
    waitFor('it has ended', async () => {
      const answer = await api.call('GET', statusUrl);
      return errorOf(answer.body).code === 'in_progress' ? undefined : answer;
    });
  expect(await ended(await trigger('say-nothing', undefined))).toEqual({ status: 200, body: null });
  const refused = await ended(await trigger('behave', { how: 'refuses' }));
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
  expect(requestsOf('/echo', 'order').filter(({ value }) => value === 'direct')).toHaveLength(1);
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

// Asynchronous actions as a careful client asks for them, while the processes that take and run them are killed: none is lost, none
// runs twice, and the app is told of each once.
import postgres from 'postgres';
import { expect } from 'vitest';
import { type Api, errorOf } from '../conformance/api.ts';
import { deployFunctions } from './deploy.ts';
import type { BorrowedSystem } from './join-system.ts';
import { createIntegration, importConnection } from './syncs.ts';
import { waitFor } from './wait-for.ts';

export const integration = 'acting';
export const connection = 'c1';
export const place = { 'provider-config-key': integration, 'connection-id': connection };

/** Before anything else is deployed to it. */
export async function prepareActions({ api, simulator }: BorrowedSystem): Promise<void> {
  await createIntegration(api, integration);
  await deployFunctions(api, integration, ['actions/charge', 'actions/say-nothing', 'actions/behave']);
  await importConnection(api, { integration, connection, simulator });
}

export interface Accepted {
  id: string;
  statusUrl: string;
}

/** As a careful client: the same key until there is an answer. */
export async function trigger(
  api: Api,
  action: string,
  input: unknown,
  headers: Record<string, string> = {},
): Promise<Accepted> {
  return waitFor(
    `${action} is accepted`,
    async () => {
      const { status, body } = await api.call('POST', '/action/trigger', {
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

export const requestsOf = (system: BorrowedSystem, path: string, parameter: string) =>
  system.simulator.requests
    .list({ path, limit: 100_000 })
    .map(({ method, query }) => ({ method, value: new URLSearchParams(query).get(parameter) }));

/** `total` orders, and among them a kill of each of the `victims`. */
export async function chargeThroughKills(system: BorrowedSystem, total: number, victims: string[]): Promise<void> {
  const orders = Array.from({ length: total }, (_, i) => `order-${i}`);
  const results = new Map<string, { status: number; body: unknown }>();
  const accepted = new Map<string, Accepted>();

  const accepting = inParallel(orders, async (order) => {
    const headers = { 'idempotency-key': order };
    const first = await trigger(system.api, 'charge', { order }, headers);
    accepted.set(order, first);
    // Somebody whose answer was lost asks again.
    if (Number(order.slice(6)) % 4 === 0)
      expect(await trigger(system.api, 'charge', { order }, headers)).toEqual(first);
  });
  const kills = (async () => {
    for (const name of victims) {
      const from = accepted.size;
      await waitFor(
        `${name} is at work`,
        () => accepted.size === total || accepted.size >= from + total / (2 * victims.length),
        {
          everyMs: 20,
        },
      );
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
      deadlineMs: 900_000,
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
  for (const { method, value } of requestsOf(system, '/echo', 'order'))
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
}

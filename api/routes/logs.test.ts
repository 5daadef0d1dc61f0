import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OperationStart } from '../../core/logs/log-writer.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp('logs_route');
});
afterAll(() => app.close());

interface Page {
  data: { id: string; message?: string; level?: string; title?: string; state?: string }[];
  next_cursor: string | null;
}
const read = async ({ call }: TestTenant, path: string) => {
  const response = await call('GET', path);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
};

function start({ env }: TestTenant, more: Partial<OperationStart> = {}): string {
  const id = randomUUID();
  app.services.logs.start({
    id,
    environmentId: env.environmentId,
    type: 'sync',
    action: 'run',
    title: 'contacts',
    ...more,
  });
  return id;
}

const say = ({ env }: TestTenant, operationId: string, message: string, level: 'info' | 'error' = 'info') =>
  app.services.logs.message({
    environmentId: env.environmentId,
    operationId,
    source: 'user',
    level,
    context: 'script',
    message,
  });

it('lists operations newest first, page by page', async () => {
  const tenant = await app.tenant();
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) {
    ids.unshift(start(tenant, { title: `run ${n}` }));
    await app.services.logs.flush();
  }
  const first = await read(tenant, '/logs?limit=4');
  const second = await read(tenant, `/logs?limit=4&cursor=${first.next_cursor}`);
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids);
  expect(second.next_cursor).toBeNull();
});

it('filters by type, state, names, time and words', async () => {
  const tenant = await app.tenant();
  const { env } = tenant;
  const sync = start(tenant, {
    title: 'fetch 100% of it',
    context: { integration: 'crm', connection: 'c1', sync: 'contacts', variant: 'eu' },
  });
  const action = start(tenant, { type: 'action', context: { integration: 'mail', connection: 'c2' } });
  app.services.logs.end(env.environmentId, action, {
    state: 'failed',
    error: { type: 'execution_timeout', message: 'too slow' },
  });
  await app.services.logs.flush();
  const ids = async (query: string) => (await read(tenant, `/logs?${query}`)).data.map(({ id }) => id);
  expect(await ids('types=sync')).toEqual([sync]);
  expect(await ids('types=action:run,deploy')).toEqual([action]);
  expect(await ids('states=failed')).toEqual([action]);
  expect(await ids('integrations=crm,other')).toEqual([sync]);
  expect(await ids('connections=c2')).toEqual([action]);
  expect(await ids('syncs=contacts')).toEqual([sync]);
  expect(await ids('search=slow%20timeout')).toEqual([action]);
  expect(await ids('search=100%25')).toEqual([sync]);
  expect(await ids('search=1_0')).toEqual([]);
  expect(await ids(`to=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([]);
  expect((await read(tenant, '/logs?syncs=contacts')).data[0]).toMatchObject({
    integration: { unique_key: 'crm' },
    connection: { connection_id: 'c1' },
    sync: { name: 'contacts', variant: 'eu' },
    error: null,
    ended_at: null,
    duration_ms: null,
  });
});

it('shows messages oldest first, filtered by level and word', async () => {
  const tenant = await app.tenant();
  const id = start(tenant);
  for (let n = 0; n < 5; n++) say(tenant, id, `line ${n}`, n === 3 ? 'error' : 'info');
  await app.services.logs.flush();
  const page = await read(tenant, `/logs/${id}/messages?limit=2`);
  expect(page.data.map(({ message }) => message)).toEqual(['line 0', 'line 1']);
  const next = await read(tenant, `/logs/${id}/messages?limit=3&cursor=${page.next_cursor}`);
  expect(next).toMatchObject({ data: { length: 3 }, next_cursor: null });
  expect((await read(tenant, `/logs/${id}/messages?levels=error,warn`)).data.map(({ message }) => message)).toEqual([
    'line 3',
  ]);
  expect((await read(tenant, `/logs/${id}/messages?search=line%204`)).data).toHaveLength(1);
});

it('follows an open operation: waits for lines, and ends when it does', async () => {
  const tenant = await app.tenant();
  const id = start(tenant);
  say(tenant, id, 'first');
  await app.services.logs.flush();
  const first = await read(tenant, `/logs/${id}/messages?wait=5`);
  expect(first).toMatchObject({ data: [{ message: 'first' }], next_cursor: expect.any(String) });
  const waiting = read(tenant, `/logs/${id}/messages?wait=20&cursor=${first.next_cursor}`);
  setTimeout(() => say(tenant, id, 'second'), 300);
  const second = await waiting;
  expect(second.data.map(({ message }) => message)).toEqual(['second']);
  app.services.logs.end(tenant.env.environmentId, id, { state: 'success' });
  expect(await read(tenant, `/logs/${id}/messages?wait=20&cursor=${second.next_cursor}`)).toEqual({
    data: [],
    next_cursor: null,
  });
});

it('answers an empty wait with the same place', async () => {
  const tenant = await app.tenant();
  const id = start(tenant);
  await app.services.logs.flush();
  const page = await read(tenant, `/logs/${id}/messages?wait=0.1`);
  expect(page).toMatchObject({ data: [], next_cursor: expect.any(String) });
});

it('knows nothing of other environments, and refuses what it cannot read', async () => {
  const tenant = await app.tenant();
  const other = await app.tenant();
  const id = start(tenant);
  say(tenant, id, 'secret');
  await app.services.logs.flush();
  expect((await other.call('GET', `/logs/${id}`)).status).toBe(404);
  expect((await other.call('GET', `/logs/${id}/messages`)).status).toBe(404);
  expect(await read(other, '/logs')).toEqual({ data: [], next_cursor: null });
  const code = async (path: string) =>
    ((await (await tenant.call('GET', path)).json()) as { error: { code: string } }).error.code;
  expect(await code('/logs/nonsense')).toBe('invalid_uri_params');
  expect(await code('/logs?cursor=nonsense')).toBe('invalid_cursor');
  expect(await code(`/logs/${id}/messages?cursor=nonsense`)).toBe('invalid_cursor');
  expect(await code('/logs?states=gone')).toBe('invalid_query_params');
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SynclineError } from '../../core/errors.ts';
import { pruneRequests } from '../../core/requests/prune-requests.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let app: TestApp;
let runs = 0;
let run = async (): Promise<string> => String(++runs);
beforeAll(async () => {
  app = await openTestApp('idempotency', {
    runAction: async () => ({ operationId: 'x', output: await run() }),
  });
});
afterAll(() => app.close());

const trigger = async (
  { call }: TestTenant,
  {
    key = 'order-7',
    input = 'a',
    headers = {},
  }: { key?: string; input?: unknown; headers?: Record<string, string> } = {},
) => {
  const response = await call('POST', '/action/trigger', {
    body: { action_name: 'charge', input },
    headers: { 'idempotency-key': key, ...headers },
  });
  return {
    status: response.status,
    replayed: response.headers.get('idempotency-replayed'),
    retryAfter: response.headers.get('retry-after'),
    text: await response.text(),
  };
};
const codeOf = ({ text }: { text: string }) => (JSON.parse(text) as { error: { code: string } }).error.code;
const alter = ({ env }: TestTenant, change: string) =>
  env.transaction((tx) => tx.execute(sql`UPDATE idempotent_requests SET ${sql.raw(change)}`));

it('does a thing once, and repeats its answer', async () => {
  const tenant = await app.tenant();
  const first = await trigger(tenant);
  const before = runs;
  expect(await trigger(tenant)).toEqual({ ...first, replayed: 'true' });
  expect([first.status, first.replayed, runs]).toEqual([200, null, before]);
});

it('keeps keys apart by API key, by environment and by route', async () => {
  const tenant = await app.tenant();
  const first = await trigger(tenant);
  const authorization = `Bearer ${await tenant.keyWith('*')}`;
  const others = [await trigger(tenant, { headers: { authorization } }), await trigger(await app.tenant())];
  for (const other of others) expect([other.replayed, other.text === first.text]).toEqual([null, false]);
  const metadata = await tenant.call('POST', '/connections/metadata', {
    body: { provider_config_key: 'crm', connection_id: 'c1', metadata: { a: 1 } },
    headers: { 'idempotency-key': 'order-7' },
  });
  expect([metadata.status, metadata.headers.get('idempotency-replayed')]).toEqual([201, null]);
});

it('refuses a key for another body, and for another connection', async () => {
  const tenant = await app.tenant();
  await trigger(tenant);
  for (const other of [{ input: 'b' }, { headers: { 'connection-id': 'c2' } }]) {
    const answer = await trigger(tenant, other);
    expect([answer.status, codeOf(answer)]).toEqual([422, 'idempotency_key_reused']);
  }
});

it('lets nobody in while the first is on its way', async () => {
  const tenant = await app.tenant();
  const { promise: gate, resolve: open } = Promise.withResolvers<string>();
  const before = run;
  run = () => gate;
  const first = trigger(tenant);
  await expect.poll(async () => (await trigger(tenant)).status).toBe(409);
  const second = await trigger(tenant);
  expect([codeOf(second), second.retryAfter]).toEqual(['idempotency_in_progress', '1']);
  open('"done"');
  run = before;
  expect((await first).text).toBe('"done"');
  expect(await trigger(tenant)).toMatchObject({ text: '"done"', replayed: 'true' });
});

it('keeps how the script failed: it was carried out', async () => {
  const tenant = await app.tenant();
  const before = run;
  run = async () => {
    runs++;
    throw new SynclineError('action_script_runtime_error', 'No.', { status: 500, payload: { a: 1 } });
  };
  const first = await trigger(tenant);
  run = before;
  expect(await trigger(tenant)).toEqual({ ...first, replayed: 'true' });
  expect([first.status, codeOf(first)]).toEqual([500, 'action_script_runtime_error']);
});

it('frees the key when nothing was begun', async () => {
  const tenant = await app.tenant();
  const before = run;
  run = async () => {
    throw new SynclineError('action_start_timeout', 'Busy.', { status: 503, retryable: true });
  };
  expect((await trigger(tenant)).status).toBe(503);
  run = before;
  expect(await trigger(tenant)).toMatchObject({ status: 200, replayed: null });
});

it('does not run again what a process died of, and says that nobody knows how far it came', async () => {
  const tenant = await app.tenant();
  await trigger(tenant);
  await alter(tenant, "status = NULL, answer = NULL, claimed_until = now() - interval '1 second'");
  const before = runs;
  const unknown = await trigger(tenant);
  expect([unknown.status, codeOf(unknown), runs]).toEqual([500, 'outcome_unknown', before]);
  expect(await trigger(tenant)).toMatchObject({ status: 500, replayed: 'true' });
});

it('runs again what may be done twice', async () => {
  const tenant = await app.tenant();
  const send = () =>
    tenant.call('POST', '/connections/metadata', {
      body: { provider_config_key: 'crm', connection_id: 'c1', metadata: { a: 1 } },
      headers: { 'idempotency-key': 'k' },
    });
  await send();
  await alter(tenant, "status = NULL, answer = NULL, claimed_until = now() - interval '1 second'");
  expect((await send()).status).toBe(201);
});

it('forgets a key after a day', async () => {
  const tenant = await app.tenant();
  const first = await trigger(tenant);
  await alter(tenant, "created_at = created_at - interval '25 hours'");
  const second = await trigger(tenant);
  expect([second.replayed, second.text === first.text]).toEqual([null, false]);
  await alter(tenant, "created_at = created_at - interval '25 hours'");
  expect(await pruneRequests(app.database.platform)).toBeGreaterThanOrEqual(1);
});

it('stores answers encrypted', async () => {
  const tenant = await app.tenant();
  const before = run;
  run = async () => '"a secret answer"';
  await trigger(tenant);
  run = before;
  const [row] = await tenant.env.transaction((tx) =>
    tx.execute<{ answer: Buffer }>(sql`SELECT answer FROM idempotent_requests`),
  );
  expect(row!.answer.includes('secret')).toBe(false);
});

it('refuses a key that is none', async () => {
  const tenant = await app.tenant();
  for (const key of ['x'.repeat(256), 'a\tb']) {
    const answer = await trigger(tenant, { key });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_headers']);
  }
});

it('leaves reading alone', async () => {
  const tenant = await app.tenant();
  for (const replayed of [null, null]) {
    const response = await tenant.call('GET', '/integrations', { headers: { 'idempotency-key': 'k' } });
    expect([response.status, response.headers.get('idempotency-replayed')]).toEqual([200, replayed]);
  }
});

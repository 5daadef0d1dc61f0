import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { abandonAction } from '../../core/actions/abandon-action.ts';
import { finishAction } from '../../core/actions/end-attempt.ts';
import { deployTestAction } from '../../core/actions/test-action.ts';
import { functions } from '../../core/db/schema/functions.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ActionCall } from '../../core/runtime/run-action.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let app: TestApp;
const calls: ActionCall[] = [];
beforeAll(async () => {
  app = await openTestApp('actions_route', {
    async runAction(call) {
      calls.push(call);
      if (call.actionName === 'broken') {
        throw new SynclineError('script_http_error', '', { status: 424, payload: { reason: 'no' } });
      }
      if (call.actionName === 'crowded') {
        const details = { status: 503, retryable: true, retryAfterMs: 5_000 };
        throw new SynclineError('action_start_timeout', 'No function process became free in time.', details);
      }
      return { operationId: 'x', output: '{"big":12345678901234567890}' };
    },
  });
});
afterAll(() => app.close());

const accepted = async ({ call }: TestTenant, options: { body?: unknown; headers?: Record<string, string> } = {}) => {
  const response = await call('POST', '/action/trigger', {
    body: { action_name: 'send-mail', input: { to: 'a' } },
    ...options,
    headers: { 'x-async': 'true', ...options.headers },
  });
  return { response, answer: (await response.json()) as { id: string; statusUrl: string; error?: { code: string } } };
};

async function tenantWithAction(): Promise<TestTenant> {
  const tenant = await app.tenant();
  await deployTestAction(tenant);
  return tenant;
}

it('answers with the bytes of the output', async () => {
  const { call, env } = await app.tenant();
  const response = await call('POST', '/action/trigger', { body: { action_name: 'send-mail', input: { to: ['a'] } } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.text()).toBe('{"big":12345678901234567890}');
  expect(calls.at(-1)).toMatchObject({
    providerConfigKey: 'crm',
    connectionId: 'c1',
    actionName: 'send-mail',
    input: { to: ['a'] },
  });
  expect(calls.at(-1)?.environment.environmentId).toBe(env.environmentId);
});

it('passes on how the script failed, and marks that it is ours to say so', async () => {
  const { call } = await app.tenant();
  const response = await call('POST', '/action/trigger', { body: { action_name: 'broken' } });
  expect(response.status).toBe(424);
  expect(response.headers.get('x-syncline-error')).toBe('1');
  expect(await response.json()).toMatchObject({ error: { code: 'script_http_error', payload: { reason: 'no' } } });
});

it('says when to come again when every process is busy', async () => {
  const { call } = await app.tenant();
  const response = await call('POST', '/action/trigger', { body: { action_name: 'crowded' } });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await response.json()).toMatchObject({ error: { code: 'action_start_timeout' } });
});

it('refuses a bad name, an unknown field and a bad number of retries', async () => {
  const { call } = await app.tenant();
  const code = async (body: unknown, headers = {}) => {
    const response = await call('POST', '/action/trigger', { body, headers });
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  expect(await code({ action_name: 'a b' })).toEqual([400, 'invalid_body']);
  expect(await code({ action_name: 'a', x: 1 })).toEqual([400, 'invalid_body']);
  expect(await code({ action_name: 'a' }, { 'x-max-retries': '9' })).toEqual([400, 'invalid_headers']);
  expect(await code({ action_name: 'a' }, { 'x-async': 'perhaps' })).toEqual([400, 'invalid_headers']);
});

it('takes an asynchronous call, starts it, and tells its result when there is one', async () => {
  const tenant = await tenantWithAction();
  const { response, answer } = await accepted(tenant);
  expect(response.status).toBe(202);
  expect(answer).toEqual({ id: expect.any(String), statusUrl: `/action/${answer.id}` });
  expect(response.headers.get('location')).toBe(answer.statusUrl);
  expect(app.followed).toContain(answer.id);

  const pending = await tenant.call('GET', answer.statusUrl);
  expect([pending.status, pending.headers.get('retry-after')]).toEqual([404, '1']);
  expect(await pending.json()).toMatchObject({ error: { code: 'in_progress', payload: { state: 'queued' } } });

  const { env } = tenant;
  await env.transaction((tx) => finishAction(tx, env, { id: answer.id }, { output: 'null' }));
  const done = await tenant.call('GET', answer.statusUrl);
  expect([done.status, done.headers.get('content-type'), await done.text()]).toEqual([200, 'application/json', 'null']);
});

it('tells how an asynchronous call failed as the synchronous one does', async () => {
  const tenant = await tenantWithAction();
  const { answer } = await accepted(tenant, { headers: { 'x-max-retries': '2' } });
  await abandonAction(tenant.env, { id: answer.id, message: 'The action was cancelled.' });
  const response = await tenant.call('GET', answer.statusUrl);
  expect(response.status).toBe(410);
  expect(await response.json()).toMatchObject({
    error: { code: 'script_aborted', message: 'The action was cancelled.' },
  });
});

it('knows no result of another environment, nor what is no id', async () => {
  const tenant = await tenantWithAction();
  const other = await app.tenant();
  const { answer } = await accepted(tenant);
  const code = async (response: Response) => [
    response.status,
    ((await response.json()) as { error: { code: string } }).error.code,
  ];
  expect(await code(await other.call('GET', answer.statusUrl))).toEqual([404, 'not_found']);
  expect(await code(await tenant.call('GET', '/action/7'))).toEqual([400, 'invalid_uri_params']);
  const reader = await tenant.keyWith('records:read');
  const headers = { authorization: `Bearer ${reader}` };
  expect(await code(await tenant.call('GET', answer.statusUrl, { headers }))).toEqual([403, 'forbidden']);
});

it('names at once what is not there to be called', async () => {
  const tenant = await tenantWithAction();
  const code = async (options: Parameters<typeof accepted>[1]) => {
    const { response, answer } = await accepted(tenant, options);
    return [response.status, answer.error?.code];
  };
  expect(await code({ headers: { 'provider-config-key': 'x' } })).toEqual([400, 'unknown_provider']);
  expect(await code({ headers: { 'connection-id': 'x' } })).toEqual([400, 'unknown_connection']);
  expect(await code({ body: { action_name: 'x' } })).toEqual([404, 'not_found']);
  await tenant.env.transaction((tx) =>
    tx.update(functions).set({ enabled: false }).where(eq(functions.type, 'action')),
  );
  expect(await code({})).toEqual([404, 'disabled_resource']);
});

it('leads a key to one action, also after the stored answer is gone', async () => {
  const tenant = await tenantWithAction();
  const headers = { 'idempotency-key': 'order-7' };
  const first = await accepted(tenant, { headers });
  const again = await accepted(tenant, { headers });
  expect(again.answer).toEqual(first.answer);
  expect([again.response.status, again.response.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
  expect(again.response.headers.get('location')).toBe(first.answer.statusUrl);
  await tenant.env.transaction((tx) => tx.execute(sql`DELETE FROM idempotent_requests`));
  const later = await accepted(tenant, { headers });
  expect([later.answer, later.response.headers.get('idempotency-replayed')]).toEqual([first.answer, null]);
  await tenant.env.transaction((tx) => tx.execute(sql`DELETE FROM idempotent_requests`));
  const other = await accepted(tenant, { headers, body: { action_name: 'send-mail', input: { to: 'b' } } });
  expect([other.response.status, other.answer.error?.code]).toEqual([422, 'idempotency_key_reused']);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishAction } from '../../core/actions/end-attempt.ts';
import { deployTestAction } from '../../core/actions/test-action.ts';
import { SynclineError } from '../../core/errors.ts';
import type { ActionCall } from '../../core/runtime/run-action.ts';
import { deploy } from '../../core/syncs/test-sync.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

const calls: ActionCall[] = [];
let app: TestApp;
beforeAll(async () => {
  app = await openTestApp('function_invocations', {
    async runAction(call) {
      calls.push(call);
      if (call.actionName === 'send-mail') return { operationId: 'x', output: '[1]' };
      const [code, status] = call.actionName.split('-');
      throw new SynclineError(code!, 'It did.', { status: Number(status), payload: { a: 1 } });
    },
  });
});
afterAll(() => app.close());

const invoke = async ({ call }: TestTenant, body: Record<string, unknown> = {}) => {
  const whole = { connection_id: 'c1', integration_id: 'crm', name: 'send-mail', invocation_type: 'wait', ...body };
  const response = await call('POST', '/functions/invocations', { body: whole });
  const answer = (await response.json()) as {
    id: string;
    statusUrl: string;
    error: { code: string; payload?: object };
  };
  return { response, answer, status: response.status };
};
const codeOf = async (tenant: TestTenant, body: Record<string, unknown>) => {
  const { status, answer } = await invoke(tenant, body);
  return [status, answer.error.code];
};

it('waits for the output', async () => {
  const tenant = await app.tenant();
  const { status, answer } = await invoke(tenant, { input: { a: 1 } });
  expect([status, answer]).toEqual([200, [1]]);
  expect(calls.at(-1)).toMatchObject({
    providerConfigKey: 'crm',
    connectionId: 'c1',
    actionName: 'send-mail',
    input: { a: 1 },
    via: 'function',
  });
});

it('or does not, and tells the result under its own address', async () => {
  const tenant = await app.tenant();
  await deployTestAction(tenant);
  const { status, answer, response } = await invoke(tenant, {
    invocation_type: 'no_wait',
    options: { max_retries: 1 },
  });
  expect([status, answer]).toEqual([202, { id: answer.id, statusUrl: `/functions/invocations/${answer.id}` }]);
  expect(response.headers.get('location')).toBe(answer.statusUrl);
  expect((await tenant.call('GET', answer.statusUrl)).status).toBe(404);
  const { env } = tenant;
  await env.transaction((tx) => finishAction(tx, env, { id: answer.id }, { output: '{"b":2}' }));
  expect(await (await tenant.call('GET', answer.statusUrl)).json()).toEqual({ b: 2 });
});

it('speaks its own words of what is not there, and of what failed', async () => {
  const tenant = await app.tenant();
  await deploy(tenant.env, tenant.integrationId, { name: 'unknown_connection-400' });
  expect(await codeOf(tenant, { name: 'unknown_connection-400' })).toEqual([404, 'connection_not_found']);
  expect(await codeOf(tenant, { name: 'unknown_provider-400' })).toEqual([404, 'connection_not_found']);
  expect(await codeOf(tenant, { name: 'not_found-404' })).toEqual([404, 'function_not_found']);
  expect(await codeOf(tenant, { name: 'disabled_resource-404' })).toEqual([403, 'function_disabled']);
  expect(await codeOf(tenant, { name: 'invalid_action_input-400' })).toEqual([400, 'validation_error']);
  expect(await codeOf(tenant, { name: 'action_start_timeout-503' })).toEqual([503, 'action_start_timeout']);
  const { status, answer } = await invoke(tenant, { name: 'action_script_runtime_error-500' });
  expect([status, answer.error]).toMatchObject([
    424,
    { code: 'function_failed', payload: { type: 'action_script_runtime_error', a: 1 } },
  ]);
  await deploy(tenant.env, tenant.integrationId, { name: 'not_found-404' });
  expect(await codeOf(tenant, { name: 'not_found-404' })).toEqual([400, 'invalid_invocation']);
});

it('refuses what it does not know', async () => {
  const tenant = await app.tenant();
  expect(await codeOf(tenant, { invocation_type: 'later' })).toEqual([400, 'invalid_body']);
  expect(await codeOf(tenant, { options: { x: 1 } })).toEqual([400, 'invalid_body']);
  expect(await codeOf(tenant, { more: 1 })).toEqual([400, 'invalid_body']);
});

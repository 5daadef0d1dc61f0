import { afterAll, beforeAll, expect, it } from 'vitest';
import { SynclineError } from '../../core/errors.ts';
import type { ActionCall } from '../../core/runtime/run-action.ts';
import { openTestApp, type TestApp } from '../test-app.ts';

let app: TestApp;
const calls: ActionCall[] = [];
beforeAll(async () => {
  app = await openTestApp('actions_route', {
    async runAction(call) {
      calls.push(call);
      if (call.actionName === 'broken') {
        throw new SynclineError('script_http_error', '', { status: 424, payload: { reason: 'no' } });
      }
      return { operationId: 'x', output: '{"big":12345678901234567890}' };
    },
  });
});
afterAll(() => app.close());

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

it('passes on how the script failed', async () => {
  const { call } = await app.tenant();
  const response = await call('POST', '/action/trigger', { body: { action_name: 'broken' } });
  expect(response.status).toBe(424);
  expect(await response.json()).toMatchObject({ error: { code: 'script_http_error', payload: { reason: 'no' } } });
});

it('refuses a bad name, an unknown field and the asynchronous mode', async () => {
  const { call } = await app.tenant();
  const code = async (body: unknown, headers = {}) => {
    const response = await call('POST', '/action/trigger', { body, headers });
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  expect(await code({ action_name: 'a b' })).toEqual([400, 'invalid_body']);
  expect(await code({ action_name: 'a', x: 1 })).toEqual([400, 'invalid_body']);
  expect(await code({ action_name: 'a' }, { 'x-max-retries': '9' })).toEqual([400, 'invalid_headers']);
  expect(await code({ action_name: 'a' }, { 'x-async': 'true' })).toEqual([403, 'feature_disabled']);
});

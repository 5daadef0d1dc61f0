// On-event functions in real guests: what they may do, and how they fail.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { deployOn, rowOf, runOn } from '../connections/test-import.ts';
import { findOnEventFunction, listOnEventFunctions } from '../functions/on-event-functions.ts';
import { runOnEvent } from './run-on-event.ts';
import { openTestRuntime, type TestRuntime } from './test-runtime.ts';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await openTestRuntime('on_event', createSimulator(), { limits: { onEventMs: 2_000, startMs: 1_000 } });
});
afterAll(() => runtime.close());

describe('an execution', () => {
  it('has the base object and no more', async () => {
    const tenant = await runtime.tenant();
    const body = `await nango.updateMetadata({ greeted: true });
      const { data } = await nango.get({ endpoint: '/me' });
      await nango.log([nango.scriptType, 'variant' in nango, 'batchSave' in nango, typeof data].join(' '));`;
    const { functionId } = await deployOn(tenant, 'post-connection-creation', 'greet', body);
    expect(await runOn(runtime, tenant, { event: 'post-connection-creation', functionId })).toBeUndefined();
    const [operation] = await tenant.operations();
    expect(operation).toMatchObject({
      type: 'events',
      action: 'post_connection_creation',
      state: 'success',
      title: 'greet',
      connectionId: tenant.connectionId,
    });
    expect(await tenant.linesOf(operation!.id)).toContain('on-event false false object');
    expect((await rowOf(tenant, 'c1'))?.metadata).toEqual({ greeted: true });
  });

  it('that fails or runs too long is told, and logged as such', async () => {
    const tenant = await runtime.tenant();
    const event = 'post-connection-creation';
    const refusing = await deployOn(tenant, event, 'a', `throw new nango.ActionError({ message: 'No.', why: 1 });`);
    const hanging = await deployOn(tenant, event, 'b', 'await new Promise(() => {});');
    expect(await runOn(runtime, tenant, { event, functionId: refusing.functionId })).toMatchObject({
      error: { code: 'action_script_runtime_error', payload: { message: 'No.', why: 1 } },
    });
    expect(await runOn(runtime, tenant, { event, functionId: hanging.functionId })).toMatchObject({
      error: { code: 'execution_timeout' },
    });
    expect((await tenant.operations()).map(({ state }) => state)).toEqual(['failed', 'timeout']);
  });

  it('is no verdict when no process is free, or when this one is told to end', async () => {
    const tenant = await runtime.tenant();
    const event = 'post-connection-creation';
    const { functionId } = await deployOn(tenant, event, 'a', 'await new Promise(() => {});');
    const { env, connectionId } = tenant;
    const held = await Promise.all([1, 2].map(() => runtime.guests.acquire(env.environmentId)));
    await expect(runOn(runtime, tenant, { event, functionId })).rejects.toMatchObject({
      code: 'action_start_timeout',
      status: 503,
    });
    for (const guest of held) runtime.guests.release(guest, { reuse: false });
    const stop = new AbortController();
    const execution = { environment: env, connectionId, event, signal: stop.signal } as const;
    const ending = runOnEvent(runtime.parts, { ...execution, function: (await findOnEventFunction(env, functionId))! });
    setTimeout(() => stop.abort(), 500);
    await expect(ending).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('runs the older form and createFunction', async () => {
    const tenant = await runtime.tenant();
    const event = 'post-connection-creation';
    const forms = {
      legacy: `exports.default = async function execute(nango) { await nango.log('legacy ' + nango.connectionId); };`,
      made: `exports.default = { type: 'function', exec: async (nango, trigger) => nango.log(JSON.stringify(trigger)) };`,
    };
    const lines: string[] = [];
    for (const [name, js] of Object.entries(forms)) {
      const { functionId } = await tenant.deploy({ type: 'on-event', name, js, definition: { event } });
      expect(await runOn(runtime, tenant, { event, functionId })).toBeUndefined();
    }
    for (const { id } of await tenant.operations()) lines.push(...(await tenant.linesOf(id)));
    const connection = { connectionId: 'c1', providerConfigKey: 'crm' };
    expect(lines).toEqual(['legacy c1', JSON.stringify({ kind: 'event', connection })]);
  });
});

it('functions of an event come in the order of their imports, disabled and removed ones not at all', async () => {
  const tenant = await runtime.tenant();
  const { env, integrationId } = tenant;
  const event = 'post-connection-creation';
  await deployOn(tenant, event, 'z-first', '', 0);
  await deployOn(tenant, event, 'b-second', '', 1);
  await deployOn(tenant, event, 'a-third', '', 2);
  await deployOn(tenant, 'validate-connection', 'other', '', 0);
  await tenant.disable((await deployOn(tenant, event, 'off', '', 3)).functionId);
  const found = await env.transaction((tx) => listOnEventFunctions(tx, { integrationId, event }));
  expect(found.map(({ name }) => name)).toEqual(['z-first', 'b-second', 'a-third']);
});

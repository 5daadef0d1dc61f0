// Executions of asynchronous actions in real guests: what a death costs, what is tried again, and what is not.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { type AsyncCall, acceptAction } from '../actions/accept-action.ts';
import { readResult } from '../actions/read-result.ts';
import { asyncActions } from '../db/schema/async-actions.ts';
import { functions } from '../db/schema/functions.ts';
import { locks } from '../db/schema/locks.ts';
import { runAsyncAction } from './run-async-action.ts';
import { openTestRuntime, type Tenant, type TestRuntime } from './test-runtime.ts';

let runtime: TestRuntime;
const simulator = createSimulator();
beforeAll(async () => {
  runtime = await openTestRuntime('run_async_action', simulator);
});
afterAll(() => runtime.close());
beforeEach(() => {
  simulator.faults.set([]);
  simulator.requests.clear();
});

const action = (body: string) => `exports.default = { type: 'action', exec: async (nango, input) => { ${body} } };`;

async function accepted(body: string, call: Partial<AsyncCall> = {}) {
  const tenant = await runtime.tenant();
  const { functionId } = await tenant.deploy({ name: 'act', js: action(body) });
  const { env } = tenant;
  const names = { providerConfigKey: 'crm', connectionId: 'c1', actionName: 'act' };
  const { id } = await acceptAction(env, runtime.parts, { ...names, input: {}, ...call });
  const execute = (signal = new AbortController().signal) =>
    runAsyncAction(runtime.parts, { environmentId: env.environmentId, actionId: id, signal, drainMs: 1_000 });
  return { tenant, id, functionId, execute, result: () => readResult(env, id) };
}

/** An execution whose worker is told to end when the provider has answered so many requests, and the next is on its way. */
async function stopAfter(answered: number, execute: (signal: AbortSignal) => ReturnType<typeof runAsyncAction>) {
  const stop = new AbortController();
  const ending = execute(stop.signal);
  await expect.poll(() => paths().length, { timeout: 10_000, interval: 5 }).toBe(answered);
  await new Promise((resolve) => setTimeout(resolve, 250));
  stop.abort();
  return ending;
}

const paths = () => simulator.requests.list().map(({ method, path }) => `${method} ${path}`);
const row = async ({ env }: Tenant, id: string) =>
  (await env.transaction((tx) => tx.select().from(asyncActions).where(eq(asyncActions.id, id))))[0]!;

it('stores what it returned, in one operation from its acceptance to its end', async () => {
  const { tenant, id, execute, result } = await accepted(`await nango.log('here'); return { input };`, { input: [1] });
  await runtime.parts.logs.flush();
  expect(await tenant.operations()).toMatchObject([{ type: 'action', action: 'run', state: 'waiting', title: 'act' }]);
  expect(await execute()).toEqual({ done: true });
  expect(await result()).toBe('{"input":[1]}');
  const operations = await tenant.operations();
  expect(operations).toMatchObject([{ id: (await row(tenant, id)).operationId, state: 'success' }]);
  expect(await tenant.linesOf(operations[0]!.id)).toEqual(['here']);
  expect(await execute()).toEqual({ done: true });
});

it('gives a null output as null', async () => {
  const { execute, result } = await accepted('');
  await execute();
  expect(await result()).toBe('null');
});

describe('a worker that ends on the way', () => {
  const two = `await nango.log('one');
    await nango.get({ endpoint: '/me' });
    const { data } = await nango.post({ endpoint: '/echo', data: { once: true } });
    await nango.get({ endpoint: '/slow?ms=700' });
    return data.body;`;

  it('costs nothing twice: the next execution is answered from the journal up to where it was', async () => {
    const { tenant, id, execute, result } = await accepted(two);
    expect(await stopAfter(2, execute)).toEqual({ done: false });
    await expect(result()).rejects.toMatchObject({ code: 'in_progress', payload: { state: 'running' } });
    expect(await execute()).toEqual({ done: true });
    expect(JSON.parse(await result())).toBe('{"once":true}');
    // The last request had its answer while the worker drained: even that one is not made again.
    expect(paths()).toEqual(['GET /me', 'POST /echo', 'GET /slow']);
    expect(await tenant.linesOf((await row(tenant, id)).operationId)).toContain('one');
    expect((await tenant.linesOf((await row(tenant, id)).operationId)).filter((line) => line === 'one')).toHaveLength(
      1,
    );
    expect((await row(tenant, id)).attempt).toBe(2);
  });

  it('goes on with the version that it began with', async () => {
    const { tenant, functionId, execute, result } = await accepted(
      `await nango.get({ endpoint: '/me' }); await nango.get({ endpoint: '/slow?ms=900' }); return 'old';`,
    );
    expect(await stopAfter(1, execute)).toEqual({ done: false });
    const { versionId } = await tenant.deploy({ name: 'newer', js: action(`return 'new';`) });
    await tenant.env.transaction((tx) =>
      tx.update(functions).set({ currentVersionId: versionId }).where(eq(functions.id, functionId)),
    );
    await execute();
    expect(await result()).toBe('"old"');
  });

  it('keeps its locks for the next execution, and the end of the action frees them', async () => {
    const { tenant, execute, result } = await accepted(`
      const mine = await nango.tryAcquireLock({ key: 'import', ttlMs: 60_000 });
      await nango.get({ endpoint: '/me' });
      await nango.get({ endpoint: '/slow?ms=900' });
      return mine;`);
    const held = () => tenant.env.transaction((tx) => tx.select().from(locks));
    expect(await stopAfter(1, execute)).toEqual({ done: false });
    expect(await held()).toMatchObject([{ key: 'import' }]);
    await execute();
    expect(await result()).toBe('true');
    expect(await held()).toEqual([]);
  });
});

describe('an unsafe request that was on its way when the process died', () => {
  // The drain is over before the answer comes.
  const body = `await nango.get({ endpoint: '/me' });
    const { data } = await nango.post({ endpoint: '/echo', data: { charge: 7 }, headers: input.headers }); return data.ok ?? true;`;
  const lost = [{ match: { path: '/echo' }, fault: { delayMs: 2_500 }, times: 1 }];

  it('has an unknown outcome: the action ends, and says which call it was', async () => {
    simulator.faults.set(lost);
    const { execute, result } = await accepted(body);
    expect(await stopAfter(1, execute)).toEqual({ done: false });
    expect(await execute()).toEqual({ done: true });
    await expect(result()).rejects.toMatchObject({
      code: 'outcome_unknown',
      payload: { method: 'POST', endpoint: '/echo' },
    });
    await expect.poll(paths, { timeout: 10_000 }).toEqual(['GET /me', 'POST /echo']);
  });

  it.each([
    ['its caller allowed retries', { maxRetries: 1 }],
    ['it has an idempotency header', { input: { headers: { 'Idempotency-Key': 'k' } } }],
  ])('is made again when %s', async (_, call) => {
    simulator.faults.set(lost);
    const { execute, result } = await accepted(body, call);
    expect(await stopAfter(1, execute)).toEqual({ done: false });
    expect(await execute()).toEqual({ done: true });
    expect(await result()).toBe('true');
    await expect.poll(() => paths().sort(), { timeout: 10_000 }).toEqual(['GET /me', 'POST /echo', 'POST /echo']);
  });
});

describe('retries', () => {
  const asks = `return (await nango.get({ endpoint: '/me' })).status;`;

  it('begin the script anew after what may pass', async () => {
    simulator.faults.set([{ match: { path: '/me' }, fault: { status: 503 }, times: 1 }]);
    const { tenant, id, execute, result } = await accepted(asks, { maxRetries: 2 });
    const first = await execute();
    expect(first).toMatchObject({ done: false });
    expect(first.waitMs).toBeLessThanOrEqual(1_000);
    expect((await tenant.operations())[0]?.state).toBe('running');
    expect(await execute()).toEqual({ done: true });
    expect(await result()).toBe('200');
    const lines = await tenant.linesOf((await row(tenant, id)).operationId);
    expect(lines.join('\n')).toMatch(/Try 1 of 3 failed: script_http_error\. The next one begins in \d+ s\./);
    expect((await tenant.operations())[0]?.state).toBe('success');
  });

  it('are not made without leave, nor for what will not pass', async () => {
    simulator.faults.set([{ match: { path: '/me' }, fault: { status: 503 } }]);
    const unasked = await accepted(asks);
    expect(await unasked.execute()).toEqual({ done: true });
    await expect(unasked.result()).rejects.toMatchObject({ code: 'script_http_error', upstream: { status: 503 } });
    const broken = await accepted(`throw new nango.ActionError({ message: 'No.' });`, { maxRetries: 5 });
    expect(await broken.execute()).toEqual({ done: true });
    await expect(broken.result()).rejects.toMatchObject({ code: 'action_script_runtime_error', status: 500 });
    expect((await broken.tenant.operations())[0]?.state).toBe('failed');
  });
});

it('ends at once when it may not begin, and says why', async () => {
  const { tenant, functionId, execute, result } = await accepted('return 1;');
  await tenant.disable(functionId);
  expect(await execute()).toEqual({ done: true });
  await expect(result()).rejects.toMatchObject({ code: 'disabled_resource', status: 404 });
  expect((await tenant.operations())[0]).toMatchObject({ state: 'failed', error: { type: 'disabled_resource' } });
});

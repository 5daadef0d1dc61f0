// Webhook functions: real guests write real records beside whatever run is going on.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { functionCheckpoints } from '../db/schema/function-checkpoints.ts';
import { streams } from '../db/schema/records.ts';
import { runCounts, syncs } from '../db/schema/syncs.ts';
import { createPageWriter } from '../records/commit-page.ts';
import { findStream } from '../records/find-stream.ts';
import { openStream } from '../records/open-stream.ts';
import { readRecordsByIds } from '../records/read-for-functions.ts';
import { beginAttempt } from '../syncs/begin-attempt.ts';
import { runWebhookFunctions } from './run-webhook-functions.ts';
import { openTestRuntime, type Tenant, type TestRuntime } from './test-runtime.ts';

let runtime: TestRuntime;
const simulator = createSimulator();
beforeAll(async () => {
  runtime = await openTestRuntime('webhook_functions', simulator, { limits: { webhookMs: 3_000 } });
});
afterAll(() => runtime.close());

const model = 'Contact';
const definition = { models: [model], runs: 'every hour', webhookSubscriptions: ['contact.changed'] };
const handler = (body: string) =>
  `exports.default = { type: 'sync', exec: async () => {}, onWebhook: async (nango, payload) => { ${body} } };`;

const receive = (
  { env, connectionId, integrationId }: Tenant,
  body: unknown,
  {
    eventType = 'contact.changed',
    eventId,
    headers = {},
  }: { eventType?: string | null; eventId?: string; headers?: Record<string, string> } = {},
) =>
  runWebhookFunctions(runtime.parts, {
    environmentId: env.environmentId,
    connectionId,
    integrationId,
    eventType,
    ...(eventId && { eventId }),
    payload: { method: 'POST', path: '/webhook/x', headers, query: {}, rawBody: JSON.stringify(body) ?? '', body },
  });

async function stored({ env }: Tenant, ...ids: string[]) {
  const cursorKey = runtime.host.test.database.keys.purpose('cursor');
  const names = { providerConfigKey: 'crm', connectionId: 'c1', model, variant: 'base' };
  const stream = await findStream(env, { cursorKey, ...names });
  if (!stream) return [];
  const found = await readRecordsByIds(env, { streamId: stream.id, ids, cursorKey, maxLength: 1e6 });
  return [...found.values()].map((text) => JSON.parse(text) as Record<string, unknown>);
}

describe('matching', () => {
  const names = async (tenant: Tenant, eventType: string | null) =>
    (await receive(tenant, {}, { eventType })).map(({ name }) => name);

  it('gives an event to each sync that subscribed to it, once, and to those that take all', async () => {
    const tenant = await runtime.tenant();
    const deploy = (name: string, webhookSubscriptions?: string[]) =>
      tenant.deploySync({
        name,
        js: handler(''),
        definition: { ...definition, ...(webhookSubscriptions ? { webhookSubscriptions } : {}) },
      });
    await deploy('b-all', ['*', 'contact.changed']);
    await deploy('a-changed', ['contact.changed', 'x']);
    await deploy('deleted', ['contact.deleted']);
    await deploy('none', []);
    expect(await names(tenant, 'contact.changed')).toEqual(['a-changed', 'b-all']);
    expect(await names(tenant, 'contact.deleted')).toEqual(['b-all', 'deleted']);
    expect(await names(tenant, 'it\'s"%')).toEqual(['b-all']);
    expect(await names(tenant, null)).toEqual(['b-all']);
  });

  it('skips a disabled function and a deleted sync, not a paused one', async () => {
    const tenant = await runtime.tenant();
    const { functionId, syncId } = await tenant.deploySync({ name: 'hooked', js: handler(''), definition });
    const set = (values: Partial<typeof syncs.$inferInsert>) =>
      tenant.env.transaction((tx) => tx.update(syncs).set(values).where(eq(syncs.id, syncId)));
    await set({ desired: 'paused' });
    expect(await names(tenant, 'contact.changed')).toEqual(['hooked']);
    await tenant.disable(functionId);
    expect(await names(tenant, 'contact.changed')).toEqual([]);
    const other = await runtime.tenant();
    expect(await names(other, 'contact.changed')).toEqual([]);
  });
});

describe('a handler', () => {
  it('saves, updates and deletes, and the app is told what became of its records', async () => {
    const tenant = await runtime.tenant();
    const js = handler(`
      await nango.batchSave(payload.save, 'Contact');
      await nango.batchUpdate([{ id: 'a', name: 'Ann' }], 'Contact');
      await nango.batchDelete([{ id: 'b' }], 'Contact');
      await nango.log('saw ' + payload.body.save.length + ' ' + payload.headers['x-event'] + ' ' + payload.rawBody.length);
      await nango.log([nango.scriptType, nango.variant, nango.syncId, Object.keys(payload).join()].join(' '));`);
    const { syncId } = await tenant.deploySync({ name: 'hooked', js, definition });
    const body = { save: [{ id: 'a', name: 'A', age: 7 }, { id: 'b' }] };
    const [outcome] = await receive(tenant, body, { headers: { 'x-event': 'changed' } });
    expect(outcome).toEqual({ syncId, name: 'hooked', operationId: expect.any(String) });
    expect(await stored(tenant, 'a', 'b')).toMatchObject([
      { id: 'a', name: 'Ann', age: 7 },
      { id: 'b', _nango_metadata: { last_action: 'DELETED' } },
    ]);
    expect(await tenant.linesOf(outcome!.operationId)).toEqual([
      `saw 2 changed ${JSON.stringify(body).length}`,
      `webhook base ${syncId} save`,
    ]);
    expect((await tenant.events()).map(({ type, payload }) => ({ type, payload }))).toMatchObject([
      {
        type: 'sync',
        payload: {
          syncType: 'WEBHOOK',
          syncName: 'hooked',
          syncVariant: 'base',
          model,
          success: true,
          responseResults: { added: 2, updated: 1, deleted: 1 },
        },
      },
    ]);
    expect(await tenant.env.transaction((tx) => tx.select().from(runCounts))).toEqual([]);
    expect(await tenant.operations()).toMatchObject([
      { type: 'webhook', action: 'sync', state: 'success', title: 'hooked', syncId },
    ]);
  });

  it('is safe beside a run: numbers stay dense, the run keeps its fence, and what it did is not the run', async () => {
    const tenant = await runtime.tenant();
    const { env, connectionId } = tenant;
    const js = handler(`await nango.batchSave([{ id: payload.id }], 'Contact');`);
    const { syncId } = await tenant.deploySync({ name: 'hooked', js, definition });
    const { runId, fence } = await beginAttempt(env, { syncId, runNo: 1 });
    const stream = await openStream(env, { connectionId, model, variant: 'base' });
    const run = createPageWriter(env, { syncId, runId, fence });
    const page = (ids: string[]) => ({ ids, bodies: ids.map((id) => Buffer.from(`{"id":"${id}"}`)) });
    const webhooks = Array.from({ length: 12 }, (_, i) => receive(tenant, { id: `w${i}` }));
    for (let i = 0; i < 40; i++) await run.save(stream, page([`r${i}`, `r${i}b`]));
    expect((await Promise.all(webhooks)).every(([outcome]) => outcome && !outcome.error)).toBe(true);
    await run.save(stream, page(['last']));
    const [row] = await env.transaction((tx) => tx.select().from(streams).where(eq(streams.id, stream.id)));
    expect([row!.lastSeq, row!.liveCount]).toEqual([93n, 93]);
    const counts = await env.transaction((tx) => tx.select().from(runCounts));
    expect(counts).toMatchObject([{ runId, added: 81 }]);
  });

  it('tracks no deletes, for it sees no complete list; what it saved before stays', async () => {
    const tenant = await runtime.tenant();
    const js = handler(`await nango.batchSave([{ id: 'a', from: 'webhook' }], 'Contact');
      await nango.trackDeletesStart('Contact');`);
    await tenant.deploySync({ name: 'hooked', js, definition });
    const [outcome] = await receive(tenant, {});
    expect(outcome?.error).toMatchObject({ code: 'delete_tracking_not_available' });
    expect(await stored(tenant, 'a')).toMatchObject([{ from: 'webhook' }]);
  });

  it('has a checkpoint of its own, which the sync does not see', async () => {
    const tenant = await runtime.tenant();
    const js = handler(`const before = await nango.getCheckpoint();
      await nango.saveCheckpoint({ seen: (before?.seen ?? 0) + 1 });`);
    const { syncId } = await tenant.deploySync({ name: 'hooked', js, definition });
    for (const _ of [1, 2]) expect((await receive(tenant, {}))[0]?.error).toBeUndefined();
    const { env } = tenant;
    expect(await env.transaction((tx) => tx.select().from(functionCheckpoints))).toMatchObject([
      { kind: 'webhook', name: 'hooked', variant: 'base', checkpoint: { seen: 2 } },
    ]);
    const [sync] = await env.transaction((tx) => tx.select().from(syncs).where(eq(syncs.id, syncId)));
    expect(sync?.checkpoint).toBeNull();
  });

  it('that fails says so, and whether the same event may do later; the others run all the same', async () => {
    const tenant = await runtime.tenant();
    simulator.faults.set([{ match: { path: '/me' }, fault: { status: 503 } }]);
    const js = { a: `throw new Error('broken');`, b: `await nango.get({ endpoint: '/me' });`, c: '' };
    for (const [name, body] of Object.entries(js)) await tenant.deploySync({ name, js: handler(body), definition });
    const outcomes = await receive(tenant, {});
    simulator.faults.set([]);
    expect(outcomes.map(({ name, error }) => [name, error?.code, error?.retryable])).toEqual([
      ['a', 'script_internal_error', false],
      ['b', 'script_http_error', true],
      ['c', undefined, undefined],
    ]);
    expect((await tenant.events()).map(({ payload }) => payload['syncName'])).toEqual(['c']);
    expect((await tenant.operations()).map(({ title, state }) => [title, state])).toEqual([
      ['a', 'failed'],
      ['b', 'failed'],
      ['c', 'success'],
    ]);
  });

  it('that runs too long is ended', async () => {
    const tenant = await runtime.tenant();
    await tenant.deploySync({ name: 'hooked', js: handler('await new Promise(() => {});'), definition });
    expect((await receive(tenant, {}))[0]?.error).toMatchObject({ code: 'execution_timeout' });
  });

  it('that is missing is told by name', async () => {
    const tenant = await runtime.tenant();
    await tenant.deploySync({
      name: 'hooked',
      js: `exports.default = { type: 'sync', exec: async () => {} };`,
      definition,
    });
    expect((await receive(tenant, {}))[0]?.error).toMatchObject({
      code: 'script_internal_error',
      message: 'The bundle has no onWebhook.',
    });
  });

  it('gets the payload as it came: a list, a text, nothing', async () => {
    const tenant = await runtime.tenant();
    const js = handler(`await nango.log(JSON.stringify(payload) + ' ' + typeof payload);`);
    await tenant.deploySync({ name: 'hooked', js, definition });
    const seen = [];
    for (const body of [[1, 2], 'text', null, 0]) {
      const [outcome] = await receive(tenant, body);
      seen.push(...(await tenant.linesOf(outcome!.operationId)));
    }
    expect(seen).toEqual(['[1,2] object', '"text" string', 'null object', '0 number']);
  });
});

describe('other forms', () => {
  it('runs the older one: an export of its own beside the sync', async () => {
    const tenant = await runtime.tenant();
    const js = `exports.default = async function fetchData() {};
      exports.onWebhookPayloadReceived = async (nango, payload) => nango.batchSave([{ id: payload.id }], 'Contact');`;
    await tenant.deploySync({ name: 'hooked', js, definition });
    expect((await receive(tenant, { id: 'old' }))[0]?.error).toBeUndefined();
    expect(await stored(tenant, 'old')).toMatchObject([{ id: 'old' }]);
  });

  it('runs a createFunction with a trigger of kind http, and tells it of the request', async () => {
    const tenant = await runtime.tenant();
    const js = `exports.default = { type: 'function', exec: async (nango, trigger) => {
      await nango.log(JSON.stringify(trigger));
      await nango.batchSave([{ id: trigger.request.body.id }], 'Contact'); } };`;
    const trigger = { kind: 'http', subscriptions: ['contact.changed'] } as const;
    await tenant.deploySync({
      name: 'hook',
      js,
      definition: { ...definition, trigger: { ...trigger, subscriptions: [] } },
    });
    const [outcome] = await receive(tenant, { id: 'f' }, { headers: { a: 'b' } });
    const [line] = await tenant.linesOf(outcome!.operationId);
    expect(JSON.parse(line!)).toEqual({
      kind: 'http',
      connection: { connectionId: 'c1', providerConfigKey: 'crm' },
      input: { id: 'f' },
      request: { method: 'POST', path: '/webhook/x', headers: { a: 'b' }, query: {}, body: { id: 'f' } },
      subscriptions: ['contact.changed'],
    });
    expect(await stored(tenant, 'f')).toMatchObject([{ id: 'f' }]);
  });
});

it('counts what two tries of one event did as one', async () => {
  const tenant = await runtime.tenant();
  const js = handler(`await nango.batchSave([{ id: 'a' }], 'Contact');
    await nango.get({ endpoint: '/me' });
    await nango.batchSave([{ id: 'b' }], 'Contact');`);
  await tenant.deploySync({ name: 'hooked', js, definition });
  const eventId = '0192f0c1-0000-7000-8000-000000000000';
  simulator.faults.set([{ match: { path: '/me' }, fault: { status: 503 }, times: 1 }]);
  expect((await receive(tenant, {}, { eventId }))[0]?.error).toMatchObject({ retryable: true });
  simulator.faults.set([]);
  expect((await receive(tenant, {}, { eventId }))[0]?.error).toBeUndefined();
  expect(await tenant.events()).toMatchObject([{ payload: { responseResults: { added: 2, updated: 0, deleted: 0 } } }]);
});

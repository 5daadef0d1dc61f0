// What the second attempt of a run is told, after the first was killed: the same answers, and no second effect.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import { writeMetadata } from '../../connections/write-metadata.ts';
import { SynclineError } from '../../errors.ts';
import { acquireLock } from '../../locks/locks.ts';
import { saveWithoutRun } from '../../syncs/test-sync.ts';
import type { RunAction } from '../run-action.ts';
import type { HttpAnswer } from './answer-codec.ts';
import { openTestHost, type TestHost } from './test-host.ts';

const simulator = createSimulator();
let host: TestHost;
beforeAll(async () => {
  host = await openTestHost('replay', simulator);
});
afterAll(() => host.close());
beforeEach(() => simulator.requests.clear());

const get = { method: 'GET', endpoint: '/me', headers: {} };
const superseded = expect.objectContaining({ code: 'run_superseded' });

it('requests and uncontrolled fetches are made once', async () => {
  const sync = await host.connect();
  const fetched = { url: `${simulator.url}/me`, method: 'GET', headers: {} };
  const first = await host.attempt(sync);
  const answer = await first.call('http', get);
  const refused = await first.call('uncontrolledFetch', fetched);
  expect((answer.result as HttpAnswer).status).toBe(200);
  expect((refused.result as HttpAnswer).status).toBe(401);
  await first.flush();
  const second = await host.attempt(sync);
  expect(await second.call('http', get)).toEqual(answer);
  expect(await second.call('uncontrolledFetch', fetched)).toEqual(refused);
  expect(simulator.requests.list({ path: '/me' })).toHaveLength(2);
  await second.call('http', get);
  expect(simulator.requests.list({ path: '/me' })).toHaveLength(3);
});

it('metadata that committed is not written again over what the app wrote since', async () => {
  const sync = await host.connect();
  const ours = { metadata: { step: 1 } };
  const first = await host.attempt(sync);
  expect(await first.result('updateMetadata', ours)).toMatchObject({ metadata: { step: 1 } });
  const theirs = { providerConfigKey: 'crm', connectionIds: ['c1'], metadata: { step: 2 }, mode: 'replace' as const };
  await writeMetadata(sync.env, theirs);
  const second = await host.attempt(sync);
  expect(await second.result('updateMetadata', ours)).toMatchObject({ metadata: { step: 2 } });
  expect(await second.result('getMetadata')).toEqual({ step: 2 });
  await expect(first.result('setMetadata', { metadata: {} })).rejects.toEqual(superseded);
});

it('a lock that was had is had again, and one that was not is not', async () => {
  const sync = await host.connect();
  const stranger = { id: crypto.randomUUID() };
  await acquireLock(sync.env, stranger, { key: 'theirs', ttlMs: 60_000 });
  const script = async ({ result }: Awaited<ReturnType<TestHost['attempt']>>) => ({
    mine: await result('tryAcquireLock', { key: 'mine', ttlMs: 60_000 }),
    theirs: await result('tryAcquireLock', { key: 'theirs', ttlMs: 60_000 }),
    released: await result('releaseLock', { key: 'mine' }),
  });
  const first = await host.attempt(sync);
  const told = { mine: true, theirs: false, released: true };
  expect(await script(first)).toEqual(told);
  await first.flush();
  await acquireLock(sync.env, stranger, { key: 'mine', ttlMs: 60_000 });
  expect(await script(await host.attempt(sync))).toEqual(told);
});

it('an action is run once, also when it refused', async () => {
  const sync = await host.connect();
  const ran: string[] = [];
  const runAction: RunAction = async ({ actionName, nested }) => {
    ran.push(`${actionName} at ${nested?.depth}`);
    if (actionName === 'refuse') throw new SynclineError('action_script_runtime_error', 'No.', { status: 500 });
    return { operationId: '', output: '{"ok":true}' };
  };
  const names = { providerConfigKey: 'crm', connectionId: 'c1' };
  const script = async ({ call }: Awaited<ReturnType<TestHost['attempt']>>) => [
    await call('triggerAction', { ...names, actionName: 'work', input: { a: 1 } }),
    await call('triggerAction', { ...names, actionName: 'refuse' }),
  ];
  const first = await host.attempt(sync, { runAction });
  const told = await script(first);
  expect(String(told[0]!.body)).toBe('{"ok":true}');
  expect(told[1]!.result).toMatchObject({ refused: { code: 'action_script_runtime_error', status: 500 } });
  await first.flush();
  expect(await script(await host.attempt(sync, { runAction }))).toEqual(told);
  expect(ran).toEqual(['work at 1', 'refuse at 1']);
});

it('an action that our own trouble kept from answering is asked again', async () => {
  const sync = await host.connect();
  let ran = 0;
  const runAction: RunAction = async () => {
    ran++;
    if (ran === 1) throw new Error('a bug of ours');
    return { operationId: '', output: '1' };
  };
  const args = { providerConfigKey: 'crm', connectionId: 'c1', actionName: 'work' };
  const first = await host.attempt(sync, { runAction });
  await expect(first.call('triggerAction', args)).rejects.toThrow('a bug of ours');
  await first.flush();
  const second = await host.attempt(sync, { runAction });
  expect(String((await second.call('triggerAction', args)).body)).toBe('1');
});

it('a line is written once, each of equal ones', async () => {
  const sync = await host.connect();
  const line = { level: 'info', message: 'page done' };
  const first = await host.attempt(sync);
  await first.call('log', line);
  await first.call('log', line);
  await first.flush();
  const second = await host.attempt(sync);
  for (let times = 0; times < 3; times++) await second.call('log', line);
  expect(await host.linesOf(second.context)).toHaveLength(3);
});

it('a save is not repeated over what a webhook wrote since', async () => {
  const sync = await host.connect();
  const first = await host.attempt(sync);
  await first.call('batchSave', ...host.page([{ id: 'a' }, { id: 'b' }]));
  await first.state.settled();
  await saveWithoutRun(sync, ['a'], 'webhook');
  const second = await host.attempt(sync);
  await second.call('batchSave', ...host.page([{ id: 'a' }, { id: 'b' }]));
  expect(second.context.counters.saved).toBe(0);
  const { body } = await second.call('getRecordsByIds', { model: 'Contact', ids: ['a'] });
  expect(JSON.parse(String(body))).toMatchObject([{ id: 'a', text: 'webhook' }]);
});

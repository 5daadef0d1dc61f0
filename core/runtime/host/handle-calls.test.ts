// The order of a guest's calls, and what stands when one of them fails; checkpoints and locks of executions that are no run.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import { setVariable } from '../../environments/variables.ts';
import { readRow, type TestSync } from '../../syncs/test-sync.ts';
import { commitClear } from './checkpoint-calls.ts';
import { readEnvironmentFacts } from './environment-facts.ts';
import { releaseHeld } from './lock-calls.ts';
import { openTestHost, type TestHost } from './test-host.ts';

const simulator = createSimulator();
let host: TestHost;
beforeAll(async () => {
  host = await openTestHost('handle_calls', simulator);
});
afterAll(() => host.close());

const poison = { model: 'Contact', ids: [], lengths: [], duplicates: 0 };
const rejects = (count: number) => ({ ...poison, quarantined: Array(count).fill({ id: null, reason: 'id_missing' }) });

describe('calls that are not awaited', () => {
  it('are applied in the order in which they were issued', async () => {
    const sync = await host.connect();
    const { call } = await host.attempt(sync);
    const names = Array.from({ length: 20 }, (_, n) => `v${n}`);
    const saves = names.map((text) => call('batchSave', ...host.page([{ id: 'a', ...{ text } }])));
    const checkpoint = call('saveCheckpoint', { checkpoint: { at: 'end' } });
    await Promise.all([...saves, checkpoint]);
    const { body } = await call('getRecordsByIds', { model: 'Contact', ids: ['a'] });
    expect(JSON.parse(String(body))).toMatchObject([{ text: 'v19' }]);
    expect((await readRow(sync)).checkpoint).toEqual({ at: 'end' });
  });

  it('keep a checkpoint back when one that was issued before it fails, and only then', async () => {
    const sync = await host.connect();
    const { call } = await host.attempt(sync);
    const failed = call('batchSave', rejects(101));
    const saved = call('batchSave', ...host.page([{ id: 'a' }]));
    const checkpoint = call('saveCheckpoint', { checkpoint: { page: 1 } });
    await expect(failed).rejects.toMatchObject({ code: 'too_many_rejects' });
    await saved;
    await expect(checkpoint).rejects.toMatchObject({ code: 'too_many_rejects' });
    expect((await readRow(sync)).checkpoint).toBeNull();
    // The script has been told by now: what it does next is its own decision.
    await call('saveCheckpoint', { checkpoint: { page: 2 } });
    expect((await readRow(sync)).checkpoint).toEqual({ page: 2 });
  });

  it('are not answered any more once the run is stopped, but for a last line in the log', async () => {
    const { call, state, context } = await host.attempt(await host.connect());
    state.stopped = true;
    await expect(call('getMetadata')).rejects.toThrow();
    await call('log', { level: 'info', message: 'told to stop' });
    expect(await host.linesOf(context)).toMatchObject([{ message: 'told to stop' }]);
  });
});

describe('a page of a run', () => {
  const request = (method: string) => ({ method, endpoint: '/me', headers: {} });
  const isPending = async (work: Promise<unknown>) =>
    (await Promise.race([work.then(() => 'done'), sleep(150, 'pending')])) === 'pending';

  /** A page's commit needs its sync's row. */
  async function holdCommits({ env, syncId }: TestSync): Promise<() => Promise<void>> {
    const [locked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held = env.transaction(async (tx) => {
      await tx.execute(sql`SELECT FROM syncs WHERE id = ${syncId} FOR UPDATE`);
      locked.resolve();
      await released.promise;
    });
    await locked.promise;
    return async () => {
      released.resolve();
      await held;
    };
  }

  it('is acknowledged while it is committed: reads go on, and nothing that others could see', async () => {
    const sync = await host.connect();
    const { call, state, flush } = await host.attempt(sync);
    const release = await holdCommits(sync);
    await call('batchSave', ...host.page([{ id: 'a' }]));
    expect((await call('http', request('GET'))).result).toMatchObject({ status: 200 });
    await call('log', { level: 'info', message: 'saved' });
    const waiting = [
      call('http', request('POST')),
      call('batchSave', ...host.page([{ id: 'b' }])),
      call('saveCheckpoint', { checkpoint: { page: 1 } }),
      state.settled(),
    ];
    for (const work of waiting) expect(await isPending(work)).toBe(true);
    expect(simulator.requests.list({ path: '/me' }).filter(({ method }) => method === 'POST')).toHaveLength(0);
    await release();
    await Promise.all(waiting);
    await state.settled();
    expect((await readRow(sync)).checkpoint).toEqual({ page: 1 });
    await flush();
  });

  it('that is not committed after all ends the attempt, whatever the script does next', async () => {
    const sync = await host.connect();
    const { call, state } = await host.attempt(sync);
    await host.attempt(sync); // takes the fence
    await call('batchSave', ...host.page([{ id: 'a' }]));
    await expect(state.away).rejects.toMatchObject({ code: 'run_superseded' });
    await expect(state.settled()).rejects.toMatchObject({ code: 'run_superseded' });
    await expect(call('http', request('GET'))).rejects.toThrow();
    await expect(call('saveCheckpoint', { checkpoint: { page: 1 } })).rejects.toThrow();
    expect((await readRow(sync)).checkpoint).toBeNull();
  });
});

it('an execution has the calls of its kind and no others', async () => {
  const { call } = await host.execute(await host.connect());
  for (const method of ['batchSave', 'trackDeletesStart', 'setMergingStrategy', 'toString', '__proto__'])
    await expect(call(method)).rejects.toMatchObject({ code: 'unknown_call' });
});

describe('a checkpoint of a function that is no sync', () => {
  it('is shared by its executions on one connection, and by nobody else', async () => {
    const sync = await host.connect();
    const first = await host.execute(sync);
    expect(await first.result('getCheckpoint')).toBeNull();
    await first.result('saveCheckpoint', { checkpoint: { page: 1 } });
    await first.result('saveCheckpoint', { checkpoint: { page: 2 } });
    expect(await (await host.execute(sync)).result('getCheckpoint')).toEqual({ page: 2 });
    expect(await (await host.execute(sync, { name: 'other' })).result('getCheckpoint')).toBeNull();
    expect(await (await host.execute(sync, { kind: 'on-event' })).result('getCheckpoint')).toBeNull();
    expect((await readRow(sync)).checkpoint).toBeNull();
  });

  it('is cleared when the execution ends, unless it saved another', async () => {
    const sync = await host.connect();
    const first = await host.execute(sync);
    await first.result('saveCheckpoint', { checkpoint: { page: 1 } });
    await first.result('clearCheckpoint');
    expect(first.state.clear.wanted).toBe(true);
    const beside = await host.execute(sync);
    expect(await beside.result('getCheckpoint')).toEqual({ page: 1 });
    await commitClear(first.context);
    expect(await beside.result('getCheckpoint')).toBeNull();
    await first.result('saveCheckpoint', { checkpoint: { page: 2 } });
    expect(first.state.clear.wanted).toBe(false);
  });

  it('is checked again on this side of the pipe', async () => {
    const { result } = await host.execute(await host.connect());
    for (const checkpoint of [null, [], { a: {} }, { a: 'x\0' }, { a: 'x'.repeat(4001) }])
      await expect(result('saveCheckpoint', { checkpoint })).rejects.toMatchObject({ code: 'invalid_checkpoint' });
  });
});

it('locks of an execution end with it', async () => {
  const sync = await host.connect();
  const [first, second] = [await host.execute(sync), await host.execute(sync)];
  const lock = { key: 'import', ttlMs: 60_000 };
  expect(await first.result('tryAcquireLock', lock)).toBe(true);
  expect(await second.result('tryAcquireLock', lock)).toBe(false);
  expect(await second.result('releaseLock', { key: 'import' })).toBe(false);
  await releaseHeld(first.context, first.state.locks);
  expect(await second.result('tryAcquireLock', lock)).toBe(true);
  await expect(second.result('tryAcquireLock', { key: 'x' })).rejects.toMatchObject({ code: 'invalid_lock' });
});

describe('metadata', () => {
  it.each(['text', null, [1], { a: 'x\0' }, { a: { b: '\ud800' } }])('cannot be %j', async (metadata) => {
    const { result } = await host.execute(await host.connect());
    await expect(result('setMetadata', { metadata })).rejects.toMatchObject({ code: 'invalid_metadata' });
  });

  it('may hold text that only looks like an escape', async () => {
    const { result } = await host.execute(await host.connect());
    const metadata = { a: '\\u0000', b: '\\\\ud800', c: '😀' };
    expect(await result('setMetadata', { metadata })).toMatchObject({ metadata });
  });
});

it.each<[Record<string, string>, string]>([
  [{}, 'info'],
  [{ NANGO_LOGGER_LEVEL: 'warn' }, 'warn'],
  [{ NANGO_LOGGER_LEVEL: 'warn', SYNCLINE_LOGGER_LEVEL: ' DEBUG ' }, 'debug'],
  [{ SYNCLINE_LOGGER_LEVEL: 'loud', NANGO_LOGGER_LEVEL: 'off' }, 'off'],
])('the threshold of the log with the variables %j is %s', async (variables, level) => {
  const { env } = await host.connect();
  for (const [name, value] of Object.entries(variables)) await setVariable(env, { name, value });
  expect((await readEnvironmentFacts(env)).logLevel).toBe(level);
});

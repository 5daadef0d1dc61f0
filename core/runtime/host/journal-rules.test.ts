// The journal's own rules, each at the point where a process dies.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import { startAfresh } from '../../syncs/start-afresh.ts';
import { saveWithoutRun, type TestSync } from '../../syncs/test-sync.ts';
import type { HttpAnswer } from './answer-codec.ts';
import { type JournalLimits, openJournal } from './journal.ts';
import { openTestHost, type TestHost } from './test-host.ts';

const simulator = createSimulator();
let host: TestHost;
beforeAll(async () => {
  host = await openTestHost('journal_rules', simulator);
});
afterAll(() => host.close());
beforeEach(() => {
  simulator.requests.clear();
  simulator.faults.set([]);
});

const me = { method: 'GET', endpoint: '/me', headers: {} };
const create = { method: 'POST', endpoint: '/contacts', headers: {}, retries: 0 };
const contact = Buffer.from('{"name":"Ada"}');

/** An attempt of an asynchronous action: a run id of its own, and whatever an earlier attempt left. */
async function actionAttempt(sync: TestSync, runId: string, options: { mayRepeatUnsafe?: boolean } = {}) {
  const { context } = await host.execute(sync);
  const journal = await openJournal(sync.env, { runId, segment: 0 });
  return { ...host.answering({ ...context, ...options, journal }), journal };
}

const posts = () => simulator.requests.list({ path: '/contacts' }).filter(({ method }) => method === 'POST');

/** The provider takes the request and says nothing; the process dies while it waits. */
async function dieWhileSending(sync: TestSync, runId: string, request: typeof create): Promise<void> {
  simulator.faults.set([{ match: { path: '/contacts' }, fault: { noAnswer: true, processed: true } }]);
  const first = await actionAttempt(sync, runId);
  void first.call('http', request, contact).catch(() => {});
  await expect.poll(() => posts().length).toBe(1);
  simulator.faults.set([]);
}

it('does not repeat an unsafe request whose outcome is unknown, and says which one it was', async () => {
  const sync = await host.connect();
  const runId = crypto.randomUUID();
  await dieWhileSending(sync, runId, create);
  const second = await actionAttempt(sync, runId);
  const unknown = expect(second.state.away).rejects.toMatchObject({
    code: 'outcome_unknown',
    payload: { method: 'POST', endpoint: '/contacts' },
  });
  await expect(second.call('http', create, contact)).rejects.toThrow();
  await unknown;
  expect(posts()).toHaveLength(1);
  await expect(second.call('http', me)).rejects.toThrow(); // the script cannot go on past it
});

it.each([
  ['its caller allowed retries', {}, { mayRepeatUnsafe: true }],
  ['it carries an idempotency key', { 'Idempotency-Key': 'k1' }, {}],
])('repeats it when %s', async (_, headers, options) => {
  const sync = await host.connect();
  const runId = crypto.randomUUID();
  await dieWhileSending(sync, runId, { ...create, headers });
  const second = await actionAttempt(sync, runId, options);
  const { result } = await second.call('http', { ...create, headers }, contact);
  expect((result as HttpAnswer).status).toBe(201);
  expect(posts()).toHaveLength(2);
});

it('gives an unsafe request that was answered its answer', async () => {
  const sync = await host.connect();
  const runId = crypto.randomUUID();
  const first = await actionAttempt(sync, runId);
  const answer = await first.call('http', create, contact);
  await first.journal.flush();
  const second = await actionAttempt(sync, runId);
  expect(await second.call('http', create, contact)).toEqual(answer);
  expect(posts()).toHaveLength(1);
});

it('acknowledges a save of before without writing it over what a webhook wrote since', async () => {
  const sync = await host.connect();
  const first = await host.attempt(sync);
  await first.call('batchSave', ...host.page([{ id: 'a' }, { id: 'b' }]));
  await first.state.settled();
  await saveWithoutRun(sync, ['a'], 'newer');
  const second = await host.attempt(sync);
  await second.call('batchSave', ...host.page([{ id: 'a' }, { id: 'b' }]));
  const { body } = await second.call('getRecordsByIds', { model: 'Contact', ids: ['a'] });
  expect(JSON.parse(String(body))).toMatchObject([{ id: 'a', text: 'newer' }]);
  expect(second.context.journal?.replayed).toBe(1);
});

it('begins a run afresh, once, when the first new request after a replay is refused', async () => {
  const sync = await host.connect();
  const first = await host.attempt(sync);
  await first.call('http', me);
  await first.flush();

  const second = await host.attempt(sync);
  const ended: string[] = [];
  second.context.startAfresh = async () => {
    if (await startAfresh(sync.env, second.context.run!.writer)) ended.push('afresh');
  };
  await second.call('http', me);
  await second.call('http', { ...me, endpoint: '/nowhere' });
  await second.call('http', { ...me, endpoint: '/nowhere/else' });
  expect(ended).toEqual(['afresh']);

  const third = await host.attempt(sync);
  simulator.requests.clear();
  await third.call('http', me);
  expect(third.context.journal?.replayed).toBe(0);
  expect(simulator.requests.list({ path: '/me' })).toHaveLength(1);
  expect(await startAfresh(sync.env, third.context.run!.writer)).toBe(false);
});

it('does not take a refusal for an expired one when nothing was replayed, or when the provider only wants patience', async () => {
  const sync = await host.connect();
  const fresh = await host.attempt(sync);
  const never = async () => {
    throw new Error('not afresh');
  };
  fresh.context.startAfresh = never;
  await fresh.call('http', { ...me, endpoint: '/nowhere' });
  await fresh.flush();
  const second = await host.attempt(sync);
  second.context.startAfresh = never;
  await second.call('http', { ...me, endpoint: '/nowhere' });
  simulator.faults.set([{ match: { path: '/me' }, fault: { status: 408 } }]);
  expect((await second.result<HttpAnswer>('http', me)).status).toBe(408);
});

async function journalOf(sync: TestSync, limits: Partial<JournalLimits>, runId: string = crypto.randomUUID()) {
  const journal = await openJournal(sync.env, { runId, segment: 0, limits });
  const record = async (name: string) => {
    journal.record(journal.slot(name), randomBytes(600));
    await journal.flush();
  };
  return { runId, journal, record };
}

it('forgets what is older than its age', async () => {
  const sync = await host.connect();
  const { runId, record } = await journalOf(sync, {});
  await record('call');
  const recall = async (maxAgeMs: number) => {
    const { journal } = await journalOf(sync, { maxAgeMs }, runId);
    return journal.recall(journal.slot('call'));
  };
  expect(await recall(60_000)).toBeDefined();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await recall(10)).toBeUndefined();
});

it.each([
  ['a run', { runBytes: 1_000 }],
  ['the instance', { instanceBytes: 1 }],
])('keeps no more than its limit for %s, and says from where a restart asks again', async (_, limits) => {
  const sync = await host.connect();
  const { journal, record, runId } = await journalOf(sync, limits);
  for (const name of ['one', 'two', 'three', 'four']) await record(name);
  const kept = journal.truncatedAfter;
  expect(kept).toBeGreaterThanOrEqual(0);
  expect(kept).toBeLessThan(4);
  const next = (await journalOf(sync, {}, runId)).journal;
  expect(await next.recall(next.slot('four'))).toBeUndefined();
});

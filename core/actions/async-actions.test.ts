// The life of an asynchronous action in Postgres: accepted once, one result, its event with it, gone after its time.
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asyncActions } from '../db/schema/async-actions.ts';
import { connections } from '../db/schema/connections.ts';
import { events } from '../db/schema/events.ts';
import { functions } from '../db/schema/functions.ts';
import { journal } from '../db/schema/syncs.ts';
import { SynclineError } from '../errors.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { openJournal } from '../runtime/host/journal.ts';
import { abandonAction } from './abandon-action.ts';
import { beginAttempt } from './begin-attempt.ts';
import { endAttempt } from './end-attempt.ts';
import { readResult } from './read-result.ts';
import { findActionsToStart, listOpenActions, pruneActions } from './sweep.ts';
import { createTestAction, type TestAction } from './test-action.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('async_actions');
});
afterAll(() => test.close());

const passing = (details = {}) =>
  new SynclineError('script_network_error', 'no answer', { status: 500, retryable: true, ...details });
const final = () =>
  new SynclineError('script_http_error', 'refused', {
    status: 424,
    payload: { reason: 'no' },
    upstream: { status: 403, headers: {}, body: { a: 1 } },
  });

const rowsOf = ({ env }: TestAction) => env.transaction((tx) => tx.select().from(asyncActions));
const eventsOf = ({ env }: TestAction) => env.transaction((tx) => tx.select().from(events));
const age = ({ env }: TestAction, id: string, column: 'created_at' | 'finished_at', by: string) =>
  env.transaction((tx) =>
    tx.execute(
      sql`UPDATE async_actions SET ${sql.raw(column)} = ${sql.raw(column)} - ${by}::text::interval WHERE id = ${id}`,
    ),
  );

async function begin(action: TestAction, id: string) {
  const attempt = await beginAttempt(action.env, id);
  if (!attempt || attempt.refusal) throw attempt?.refusal ?? new Error('It has ended.');
  return attempt;
}

describe('accepting', () => {
  it('stores what is to be done, encrypted, and starts it', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept({ input: { to: 'someone@example.org' }, maxRetries: 3 });
    expect(action.started).toEqual([id]);
    const [row] = await rowsOf(action);
    expect(row).toMatchObject({ id, state: 'queued', name: 'send-mail', maxRetries: 3, versionId: null });
    expect(row!.input!.includes('someone')).toBe(false);
    await expect(readResult(action.env, id)).rejects.toMatchObject({
      code: 'in_progress',
      status: 404,
      payload: { state: 'queued' },
      retryAfterMs: 1_000,
    });
  });

  it('takes a key for the same action, however often and however concurrently it comes', async () => {
    const action = await createTestAction(test);
    const ids = await Promise.all(Array.from({ length: 8 }, () => action.accept({ idempotencyKey: 'order-7' })));
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1);
    expect(await rowsOf(action)).toHaveLength(1);
  });

  it('refuses a key that came with another request, and starts nothing again that has ended', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept({ idempotencyKey: 'k' });
    for (const other of [{ input: { to: 'b' } }, { maxRetries: 1 }]) {
      await expect(action.accept({ idempotencyKey: 'k', ...other })).rejects.toMatchObject({
        code: 'idempotency_key_reused',
        status: 422,
      });
    }
    await endAttempt(action.env, await begin(action, id), { output: '1' });
    action.started.length = 0;
    expect(await action.accept({ idempotencyKey: 'k' })).toEqual({ id });
    expect(action.started).toEqual([]);
  });

  it('refuses an input that does not match its schema where the environment enforces them, and keeps what it took', async () => {
    const schema = { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] };
    const jsonSchema = { definitions: { In: schema } };
    const action = await createTestAction(test, { input: 'In', jsonSchema });
    const wrong = { input: { to: 7 }, idempotencyKey: 'wrong' };
    const taken = await action.accept(wrong);
    await action.env.transaction((tx) =>
      tx.execute(sql`UPDATE environments SET settings = '{"validation":"enforce"}'`),
    );
    for (const input of [{ to: 7 }, undefined]) {
      await expect(action.accept({ input, idempotencyKey: 'new' })).rejects.toMatchObject({
        code: 'invalid_action_input',
        status: 400,
        payload: { model: 'In', validation: [{ message: expect.any(String) }] },
      });
    }
    expect(await action.accept(wrong)).toEqual(taken);
    expect(await rowsOf(action)).toHaveLength(1);
    const { id } = await action.accept({ input: { to: 'a', more: 1 }, idempotencyKey: 'new' });
    expect(action.started).toEqual([taken.id, taken.id, id]);
  });

  it('names what is not there', async () => {
    const { env, accept } = await createTestAction(test);
    await expect(accept({ providerConfigKey: 'x' })).rejects.toMatchObject({ code: 'unknown_provider', status: 400 });
    await expect(accept({ connectionId: 'x' })).rejects.toMatchObject({ code: 'unknown_connection', status: 400 });
    await expect(accept({ actionName: 'x' })).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await env.transaction((tx) => tx.update(functions).set({ enabled: false }));
    await expect(accept()).rejects.toMatchObject({ code: 'disabled_resource', status: 404 });
  });
});

describe('an execution', () => {
  it('stores its output with the event in one transaction, and what it was given goes', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept();
    const attempt = await begin(action, id);
    expect(attempt).toMatchObject({ attempt: 1, tries: 0, versionId: action.versionId, input: { to: 'a' } });
    const journalled = await openJournal(action.env, { runId: id, segment: 0 });
    journalled.record(journalled.slot('x'), Buffer.from('y'));
    await journalled.flush();
    expect(await endAttempt(action.env, attempt, { output: '{"big":12345678901234567890}' })).toEqual({ done: true });
    expect(await readResult(action.env, id)).toBe('{"big":12345678901234567890}');
    expect(await rowsOf(action)).toMatchObject([{ state: 'succeeded', input: null }]);
    expect(await eventsOf(action)).toMatchObject([
      {
        type: 'action.completed',
        connectionId: action.connectionId,
        payload: {
          from: 'nango',
          type: 'async_action',
          connectionId: 'c1',
          providerConfigKey: 'crm',
          payload: { id, statusUrl: `/action/${id}` },
        },
      },
    ]);
    expect(await action.env.transaction((tx) => tx.select().from(journal))).toEqual([]);
    expect(await beginAttempt(action.env, id)).toBeUndefined();
  });

  it('gives a null output as null', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept({ input: undefined });
    const attempt = await begin(action, id);
    expect(attempt.input).toBeUndefined();
    await endAttempt(action.env, attempt, { output: 'null' });
    expect(await readResult(action.env, id)).toBe('null');
  });

  it('tells how it failed as the synchronous call would', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept({ maxRetries: 5 });
    expect(await endAttempt(action.env, await begin(action, id), { error: final() })).toEqual({ done: true });
    await expect(readResult(action.env, id)).rejects.toMatchObject({
      code: 'script_http_error',
      status: 424,
      payload: { reason: 'no' },
      upstream: { status: 403, body: { a: 1 } },
    });
    expect(await eventsOf(action)).toHaveLength(1);
  });

  it('tries again what may pass, as often as was allowed, each time without the journal of the last try', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept({ maxRetries: 2 });
    for (const tries of [0, 1]) {
      const attempt = await begin(action, id);
      expect(attempt.tries).toBe(tries);
      const kept = await openJournal(action.env, { runId: id, segment: tries });
      kept.record(kept.slot('x'), Buffer.from('the answer it failed by'));
      await kept.flush();
      const end = await endAttempt(action.env, attempt, { error: passing() });
      expect(end.done).toBe(false);
      expect(end.waitMs).toBeLessThanOrEqual(4_000);
      expect(await action.env.transaction((tx) => tx.select().from(journal))).toEqual([]);
      await expect(readResult(action.env, id)).rejects.toMatchObject({
        code: 'in_progress',
        payload: { state: 'queued' },
      });
    }
    expect(await endAttempt(action.env, await begin(action, id), { error: passing() })).toEqual({ done: true });
    await expect(readResult(action.env, id)).rejects.toMatchObject({ code: 'script_network_error', status: 500 });
    expect(await eventsOf(action)).toHaveLength(1);
  });

  it('waits as long as it was asked to', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept({ maxRetries: 1 });
    const error = passing({ retryAfterMs: 60_000 });
    expect(await endAttempt(action.env, await begin(action, id), { error })).toEqual({ done: false, waitMs: 60_000 });
  });

  it('that another one has followed writes no result', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept();
    const stale = await begin(action, id);
    const newer = await begin(action, id);
    await endAttempt(action.env, stale, { output: '"stale"' });
    await expect(readResult(action.env, id)).rejects.toMatchObject({ code: 'in_progress' });
    await endAttempt(action.env, newer, { output: '"newer"' });
    await endAttempt(action.env, newer, { output: '"again"' });
    expect(await readResult(action.env, id)).toBe('"newer"');
    expect(await eventsOf(action)).toHaveLength(1);
  });

  it('keeps the version that its first attempt began with', async () => {
    const action = await createTestAction(test);
    const { id } = await action.accept();
    await begin(action, id);
    await action.env.transaction((tx) =>
      tx.update(functions).set({ enabled: false, currentVersionId: action.functionId }),
    );
    expect((await begin(action, id)).versionId).toBe(action.versionId);
  });

  it.each([
    ['the connection was deleted', 'script_aborted', 410],
    ['the function was disabled', 'disabled_resource', 404],
    ['the function was removed', 'not_found', 404],
    ['it waited for a day', 'action_start_timeout', 500],
  ])('does not begin when %s', async (what, code, status) => {
    const action = await createTestAction(test);
    const { id } = await action.accept();
    const { env, connectionId } = action;
    if (what.includes('day')) await age(action, id, 'created_at', '25 hours');
    await env.transaction(async (tx) => {
      if (what.includes('connection'))
        await tx.update(connections).set({ deletedAt: new Date() }).where(eq(connections.id, connectionId));
      if (what.includes('disabled')) await tx.update(functions).set({ enabled: false });
      if (what.includes('removed')) await tx.update(functions).set({ deletedAt: new Date() });
    });
    const attempt = await beginAttempt(env, id);
    expect(attempt?.refusal).toMatchObject({ code, status });
    await endAttempt(env, attempt!, { error: attempt!.refusal! });
    await expect(readResult(env, id)).rejects.toMatchObject({ code, status });
  });
});

it('one that nobody took up for a day is told as over, also while no worker is there to say so', async () => {
  const action = await createTestAction(test);
  const { id } = await action.accept();
  await age(action, id, 'created_at', '25 hours');
  await expect(readResult(action.env, id)).rejects.toMatchObject({ code: 'action_start_timeout', status: 500 });
});

it('a cancelled one says so, and its execution changes nothing any more', async () => {
  const action = await createTestAction(test);
  const { id } = await action.accept();
  const attempt = await begin(action, id);
  await abandonAction(action.env, { id, message: 'The action was cancelled.' });
  await endAttempt(action.env, attempt, { output: '1' });
  await expect(readResult(action.env, id)).rejects.toMatchObject({ code: 'script_aborted', status: 410 });
  await abandonAction(action.env, { id, code: 'server_error', message: 'again' });
  await expect(readResult(action.env, id)).rejects.toMatchObject({ code: 'script_aborted' });
});

it('is not there for another environment, nor after its time', async () => {
  const action = await createTestAction(test);
  const other = await createTestAction(test);
  const { id } = await action.accept();
  await expect(readResult(other.env, id)).rejects.toMatchObject({ code: 'not_found', status: 404 });
  await endAttempt(action.env, await begin(action, id), { output: '1' });
  await age(action, id, 'finished_at', '119 hours');
  await pruneActions(test.database.platform);
  expect(await readResult(action.env, id)).toBe('1');
  await age(action, id, 'finished_at', '2 hours');
  expect(await pruneActions(test.database.platform)).toBe(1);
  await expect(readResult(action.env, id)).rejects.toMatchObject({ code: 'not_found' });
});

describe('the sweep', () => {
  const mine = ({ env }: TestAction, found: { environmentId: string; actionId: string }[]) =>
    found.filter(({ environmentId }) => environmentId === env.environmentId).map(({ actionId }) => actionId);

  it('finds what was accepted and never started, once in 10 minutes', async () => {
    const action = await createTestAction(test);
    const [young, old, done] = await Promise.all([action.accept(), action.accept(), action.accept()]);
    for (const { id } of [old, done]) await age(action, id, 'created_at', '1 minute');
    await endAttempt(action.env, await begin(action, done.id), { output: '1' });
    expect(mine(action, await findActionsToStart(test.database.platform))).toEqual([old.id]);
    expect(mine(action, await findActionsToStart(test.database.platform))).toEqual([]);
    await action.env.transaction((tx) =>
      tx
        .update(asyncActions)
        .set({ pokedAt: sql`now() - interval '11 minutes'` })
        .where(and(eq(asyncActions.id, old.id))),
    );
    expect(mine(action, await findActionsToStart(test.database.platform))).toEqual([old.id]);
    expect(young.id).not.toBe(old.id);
  });

  it('lists all that are open, page by page', async () => {
    const action = await createTestAction(test);
    const ids = (await Promise.all([1, 2, 3].map(() => action.accept()))).map(({ id }) => id).sort();
    const listed: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await listOpenActions(test.database.platform, { limit: 2, ...(after !== undefined && { after }) });
      if (page.length === 0) break;
      listed.push(...mine(action, page));
      after = page.at(-1)!.actionId;
    }
    expect(listed).toEqual(ids);
  });
});

import { afterAll, expect, it } from 'vitest';
import { createGuestPool } from '../../core/runtime/host/guest-pool.ts';
import type { Calls } from './calls.ts';
import { type DryRun, dryRun } from './engine.ts';
import { type Outcome, toJson } from './outcome.ts';
import type { Platform } from './platform.ts';
import { actionSource, answered, createTestProject, syncSource, testPlatform } from './test-project.ts';

const guests = createGuestPool({ size: 2 });
afterAll(() => guests.close());

async function run(
  source: string,
  {
    calls = {},
    platform = {},
    ...options
  }: Partial<Omit<DryRun, 'platform'>> & { calls?: Calls; platform?: Partial<Platform> } = {},
): Promise<Outcome> {
  const kind = source.includes('createSync') ? 'syncs' : 'actions';
  const found = await createTestProject({ [`crm/${kind}/it.ts`]: source }).find('it');
  return dryRun(guests, { function: found, platform: testPlatform(calls, platform), ...options });
}

const models = (outcome: Outcome) => toJson(outcome).models;

it('keeps records by the rules of the stored ones: last of equal ids, poison aside, unchanged told apart', async () => {
  const outcome = await run(
    syncSource(`
    const good = Array.from({ length: 200 }, (_, n) => ({ id: 'r' + n, n }));
    await nango.batchSave(good, 'Task');
    await nango.batchSave([{ id: 'r1', n: 1 }, { id: 'r2', n: 7 }, { id: 'r2', n: 8 }, { n: 3 } as never], 'Task');
    await nango.batchUpdate([{ id: 'r3', n: 33 }, { id: 'stranger', n: 1 }], 'Task');
    await nango.batchDelete([{ id: 'r4' }, { id: 'gone' }], 'Task');`),
  );
  expect(outcome.failure).toBeUndefined();
  const { Task } = models(outcome);
  expect(Task).toMatchObject({ added: 200, updated: 2, unchanged: 1, deleted: 1, deletions: ['r4', 'gone'] });
  const byId = new Map((Task!.records as { id: string; n: number }[]).map((record) => [record.id, record.n]));
  expect([byId.size, byId.get('r2'), byId.get('r3'), byId.has('r4')]).toEqual([199, 8, 33, false]);
  expect(outcome.quarantined).toEqual([
    { model: 'Task', id: null, reason: 'id_missing', at: expect.stringMatching(/^crm\/syncs\/it\.ts:\d+:\d+$/) },
  ]);
  const lines = outcome.events.flatMap((event) => (event.kind === 'log' ? [event.message] : []));
  expect(lines).toContain('Task: 1 records had an id that came again; the last one was kept.');
  expect(lines).toContain('Task: 1 updates are of records that this run did not save.');
});

it('fails a run with more than one percent of poison, and one that saves to a model it does not declare', async () => {
  const poisoned = await run(syncSource("await nango.batchSave([{ id: 'a' }, {} as never], 'Task');"));
  expect(poisoned.failure).toMatchObject({ type: 'too_many_rejects' });
  expect(poisoned.quarantined).toMatchObject([{ at: expect.stringContaining('crm/syncs/it.ts:') }]);
  const unknown = await run(syncSource("await nango.batchSave([{ id: 'a' }], 'Other' as never);"));
  expect(unknown.failure).toMatchObject({ type: 'unknown_model', places: [{ file: 'crm/syncs/it.ts', line: 8 }] });
});

it('names the line that made too large an output, and the call that was refused', async () => {
  const source = actionSource("return 'x'.repeat(3_000_000);");
  const large = await run(source);
  const line = source.split('\n').findIndex((text) => text.includes('exec')) + 1;
  expect(large.failure).toMatchObject({
    type: 'script_output_too_large',
    payload: { size: 3_000_002, stacktrace: [expect.stringContaining(`crm/actions/it.ts:${line}:`)] },
    places: [{ file: 'crm/actions/it.ts', line }],
  });
  const refused = await run(
    syncSource("await nango.batchSave(Array.from({ length: 200 }, () => ({}) as never), 'Task');"),
  );
  expect(refused.failure).toMatchObject({
    type: 'too_many_rejects',
    payload: { stacktrace: [expect.any(String), expect.stringContaining('crm/syncs/it.ts:8:')] },
    places: [{ file: 'crm/syncs/it.ts', line: 8 }],
  });
});

it('lets a script read what it saved, and deletes what a complete pass did not serve again', async () => {
  const outcome = await run(
    syncSource(`
    await nango.batchSave([{ id: 'a' }, { id: 'b' }, { id: 'c' }], 'Task');
    await nango.batchDelete([{ id: 'c' }], 'Task');
    const listed: string[] = [];
    for await (const one of nango.listRecords<{ id: string; _nango_metadata: { last_action: string } }>('Task')) listed.push(one.id + one._nango_metadata.last_action);
    const found = await nango.getRecordsByIds(['a', 'z'], 'Task');
    await nango.trackDeletesStart('Task');
    await nango.batchSave([{ id: 'b' }], 'Task');
    const { deletedKeys } = await nango.trackDeletesEnd('Task');
    const early = await nango.trackDeletesEnd('Task').catch((error) => error.code);
    await nango.log('seen', { listed, found: [...found.keys()], deletedKeys, early });`),
  );
  expect(outcome.events).toContainEqual(
    expect.objectContaining({
      message: 'seen',
      payload: {
        listed: ['aADDED', 'bADDED', 'cDELETED'],
        found: ['a'],
        deletedKeys: ['a'],
        early: 'delete_tracking_not_started',
      },
    }),
  );
  expect(models(outcome)['Task']).toMatchObject({ deleted: 2, records: [{ id: 'b' }] });
});

it('keeps checkpoint and metadata to itself, and gives a script its own back', async () => {
  const outcome = await run(
    syncSource(
      `
    const before = await nango.getCheckpoint();
    await nango.saveCheckpoint({ page: 2 });
    await nango.updateMetadata({ seen: true });
    const { metadata } = await nango.getConnection();
    await nango.log('state', { before, after: await nango.getCheckpoint(), metadata, read: await nango.getMetadata() });`,
      'checkpoint: z.object({ page: z.number() }),',
    ),
    { checkpoint: { page: 1 }, platform: { metadata: { team: 'blue' } } },
  );
  expect(outcome).toMatchObject({
    checkpoint: { from: { page: 1 }, to: { page: 2 } },
    metadata: { team: 'blue', seen: true },
  });
  const merged = { team: 'blue', seen: true };
  expect(outcome.events).toContainEqual(
    expect.objectContaining({ payload: { before: { page: 1 }, after: { page: 2 }, metadata: merged, read: merged } }),
  );
});

it('tells where in the source a failure came from, of every kind', async () => {
  const calls: Calls = { http: async () => answered({ error: 'no' }, 404) };
  const place = async (body: string) => (await run(actionSource(body), { calls })).failure;
  expect(await place("await nango.get({ endpoint: '/x' });")).toMatchObject({
    type: 'script_http_error',
    upstream: { status: 404, body: { error: 'no' } },
    places: [{ file: 'crm/actions/it.ts', line: 7 }],
  });
  // An anonymous async function stands in a stack without brackets.
  expect(
    await place("await Promise.all(\n[1].map(async () => { await nango.get({ endpoint: '/x' }); }));"),
  ).toMatchObject({
    places: [{ line: 8 }, { line: 7 }],
  });
  expect(await place('throw new nango.ActionError({ a: 1 });')).toMatchObject({
    type: 'action_script_runtime_error',
    payload: { a: 1 },
    places: [{ line: 7, column: 7 }],
  });
  expect(await place('const deep = () => input.a.b.c;\nawait nango.log("x");\nreturn deep();')).toMatchObject({
    type: 'script_internal_error',
    places: [{ line: 7 }, { line: 9 }],
  });
});

it('refuses what does not fit the schema when asked to, and only tells it else', async () => {
  const source = actionSource('return { n: 1 };').replace('output: z.any()', 'output: z.object({ n: z.string() })');
  const told = await run(source);
  expect(told.output).toEqual({ n: 1 });
  expect(told.events).toContainEqual(expect.objectContaining({ level: 'warn', internal: true }));
  expect((await run(source, { validate: true })).failure).toMatchObject({ type: 'invalid_action_output' });
  const record = syncSource("await nango.batchSave([{ id: 'a', n: 'x' } as never], 'Task');");
  expect((await run(record, { validate: true })).failure).toMatchObject({ type: 'invalid_sync_record' });
  expect((await run(record)).failure).toBeUndefined();
});

it('ends a script that hangs, and one whose run was stopped', async () => {
  const hanging = await run(actionSource('while (true);'), { stallMs: 500 });
  expect(hanging.failure).toMatchObject({ type: 'execution_timeout' });
  const stop = new AbortController();
  const waiting = run(actionSource("await nango.get({ endpoint: '/x' });"), {
    signal: stop.signal,
    calls: { http: () => new Promise(() => stop.abort()) },
  });
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled', exitCode: 12 });
});

it('lets the clock of a script stand still where the platform says so', async () => {
  const clock = '2026-01-31T12:00:00.000Z';
  const source = actionSource(`
    const dates = [new Date(), new Date(Date.now())].map((date) => date.toISOString());
    return { dates, other: new Date(0).getTime(), is: new Date() instanceof Date, text: typeof Date(), utc: Date.UTC(2026, 0) };`);
  expect((await run(source, { platform: { clock } })).output).toEqual({
    dates: [clock, clock],
    other: 0,
    is: true,
    text: 'string',
    utc: Date.UTC(2026, 0),
  });
});

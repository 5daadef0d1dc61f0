import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteWindows } from '../db/schema/syncs.ts';
import { quarantine } from '../records/quarantine.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { confirmDeletes } from './delete-guard.ts';
import { begin, createTestSync, ids, liveIds, readRuns, readStreams, runComplete, type TestSync } from './test-sync.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('delete_guard');
});
afterAll(() => test.close());

const readWindows = ({ env }: TestSync) => env.transaction((tx) => tx.select().from(deleteWindows));
const sorted = (values: string[]) => values.sort();

/** A sync that holds `count` records, all seen by one complete run. */
async function holding(count: number): Promise<TestSync> {
  const sync = await createTestSync(test);
  expect((await runComplete(sync, ids(count))).status).toBe('succeeded');
  return sync;
}

describe('the guard', () => {
  it('holds more than max(50, 20 %) back until somebody confirms', async () => {
    const sync = await holding(400);
    expect((await runComplete(sync, ids(320))).status).toBe('succeeded'); // 80 = 20 % of 400
    const held = await runComplete(sync, ids(255)); // 65 of 320
    expect([held.status, held.deletedKeys]).toEqual(['needs_confirmation', []]);
    expect((await liveIds(sync)).length).toBe(320);
    expect((await readRuns(sync)).at(-1)!.pendingDeletes).toEqual({ Contact: 65 });

    const { env, syncId } = sync;
    expect(await confirmDeletes(env, { syncId, runId: held.runId, decision: 'delete' })).toEqual({ Contact: 65 });
    expect(await liveIds(sync)).toEqual(sorted(ids(255)));
    expect((await readRuns(sync)).at(-1)).toMatchObject({ state: 'succeeded', pendingDeletes: null });
    const again = confirmDeletes(env, { syncId, runId: held.runId, decision: 'delete' });
    await expect(again).rejects.toMatchObject({ code: 'nothing_to_confirm', status: 409 });
  });

  it('lets up to 50 go whatever the share', async () => {
    const sync = await holding(60);
    expect((await runComplete(sync, ids(10))).status).toBe('succeeded');
    expect((await liveIds(sync)).length).toBe(10);
  });

  it('keeps the records when told so', async () => {
    const sync = await holding(100);
    const { runId } = await runComplete(sync, ids(10));
    expect(await confirmDeletes(sync.env, { syncId: sync.syncId, runId, decision: 'keep' })).toEqual({ Contact: 0 });
    expect((await liveIds(sync)).length).toBe(100);
    expect(await readWindows(sync)).toEqual([]);
  });

  it('lets a newer complete run decide anew', async () => {
    const sync = await holding(100);
    const { runId } = await runComplete(sync, ids(10));
    expect((await runComplete(sync, ids(100))).status).toBe('succeeded');
    const late = confirmDeletes(sync.env, { syncId: sync.syncId, runId, decision: 'delete' });
    await expect(late).rejects.toMatchObject({ code: 'run_superseded', status: 409 });
    expect((await liveIds(sync)).length).toBe(100);
  });

  it('spares what a pass has been served since, even one that closes without deciding', async () => {
    const sync = await holding(100);
    const { runId } = await runComplete(sync, ids(10));
    const later = await begin(sync);
    await later.trackDeletesStart();
    await later.save(['r50']); // unchanged, so only its mark tells
    const [stream] = await readStreams(sync);
    const nameless = [{ id: null, reason: 'id_missing' as const }];
    await quarantine(sync.env, {
      stream: { id: stream!.id, model: 'Contact' },
      runId: later.attempt.runId,
      records: nameless,
    });
    await later.trackDeletesEnd();
    await later.finish();
    const open = await begin(sync);
    await open.trackDeletesStart();
    await open.save(['r60']);
    await confirmDeletes(sync.env, { syncId: sync.syncId, runId, decision: 'delete' });
    expect(await liveIds(sync)).toEqual(sorted([...ids(10), 'r50', 'r60']));
  });

  it('refuses an unknown run', async () => {
    const { env, syncId } = await holding(1);
    const unknown = confirmDeletes(env, { syncId, runId: syncId, decision: 'delete' });
    await expect(unknown).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });
});

describe('an empty answer', () => {
  it('deletes the only record there was', async () => {
    const sync = await holding(1);
    expect((await runComplete(sync, [])).status).toBe('succeeded');
    expect(await liveIds(sync)).toEqual([]);
  });

  it('is held whatever its size, until a second complete run agrees', async () => {
    const sync = await holding(10);
    const first = await runComplete(sync, []);
    expect([first.status, first.text]).toEqual(['needs_confirmation', '0 pages, 0 records, 0 deleted']);
    expect((await liveIds(sync)).length).toBe(10);
    expect((await runComplete(sync, [])).status).toBe('succeeded');
    expect(await liveIds(sync)).toEqual([]);
  });

  it('is forgotten when the next run serves the records again', async () => {
    const sync = await holding(10);
    await runComplete(sync, []);
    expect((await runComplete(sync, ids(10))).status).toBe('succeeded');
    expect((await runComplete(sync, [])).status).toBe('needs_confirmation');
    expect((await liveIds(sync)).length).toBe(10);
  });
});

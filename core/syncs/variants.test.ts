// What one variant of a sync does is not seen in another, nor in one whose name begins the same.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { syncs } from '../db/schema/syncs.ts';
import { readRecords } from '../records/read-records.ts';
import { openTestDatabase, type TestDatabase } from '../records/test-database.ts';
import { triggerSyncs } from './commands.ts';
import { teardownSync } from './teardown.ts';
import { begin, createTestSync, readRow, runComplete, type TestSync } from './test-sync.ts';
import { createVariant, deleteVariant } from './variants.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase('variants');
});
afterAll(() => test.close());

const names = { providerConfigKey: 'crm', connectionId: 'c1' };

/** The base, `us` and `us-east` of one connection, each after a run that saved a record of its own and one that all have. */
async function threeVariants() {
  const base = await createTestSync(test);
  const add = async (variant: string): Promise<TestSync> => {
    const { id } = await createVariant(base.env, { ...names, name: 'contacts', variant });
    return { ...base, syncId: id };
  };
  const all = { base, us: await add('us'), 'us-east': await add('us-east') };
  for (const [variant, sync] of Object.entries(all)) {
    await runComplete(sync, ['shared', variant], variant);
    await sync.env.transaction((tx) =>
      tx
        .update(syncs)
        .set({ checkpoint: { of: variant } })
        .where(eq(syncs.id, sync.syncId)),
    );
  }
  return all;
}

/** As `GET /records?variant=` lists them: id, text, and how it came. */
async function recordsOf({ env }: TestSync, variant: string): Promise<string[]> {
  const cursorKey = test.database.keys.purpose('cursor');
  const chunks: Buffer[] = [];
  for await (const chunk of await readRecords(env, { ...names, cursorKey, model: 'Contact', variant, limit: 100 }))
    chunks.push(chunk);
  const { records } = JSON.parse(Buffer.concat(chunks).toString()) as {
    records: { id: string; text: string; _nango_metadata: { last_action: string } }[];
  };
  return records.map(({ id, text, _nango_metadata }) => `${id} ${text} ${_nango_metadata.last_action}`).sort();
}

const added = (variant: string) => [`shared ${variant} ADDED`, `${variant} ${variant} ADDED`].sort();

it('keeps the records of each apart, and a complete run deletes only its own', async () => {
  const { base, us, 'us-east': east } = await threeVariants();
  for (const variant of ['base', 'us', 'us-east']) expect(await recordsOf(base, variant)).toEqual(added(variant));
  expect((await runComplete(us, ['us'], 'us')).deletedKeys).toEqual(['shared']);
  expect(await recordsOf(us, 'us')).toEqual(['shared us DELETED', 'us us ADDED']);
  for (const [variant, sync] of Object.entries({ base, 'us-east': east }))
    expect(await recordsOf(sync, variant)).toEqual(added(variant));
});

it('resets one, with its records, and none of the others: not their checkpoints, records or delete windows', async () => {
  const { base, us, 'us-east': east } = await threeVariants();
  for (const sync of [base, us, east]) {
    const half = await begin(sync);
    await half.trackDeletesStart();
    await half.save(['shared'], 'seen');
    await half.finish({ ok: false, error: { type: 'x', message: '' } });
  }
  const before = await recordsOf(us, 'us-east');
  const which = { ...names, syncs: [{ name: 'contacts', variant: 'us' }] };
  await triggerSyncs(us.env, { ...which, mode: 'reset_and_clear' });

  const run = await begin(us);
  expect(run.attempt).toMatchObject({ variant: 'us', mode: 'reset_and_clear', checkpoint: null, lastSuccessAt: null });
  expect(await recordsOf(us, 'us')).toEqual([]);
  expect(await run.trackDeletesEnd().catch(({ code }) => code)).toBe('delete_tracking_not_started');
  for (const [variant, sync] of Object.entries({ base, 'us-east': east })) {
    expect(await readRow(sync)).toMatchObject({ checkpoint: { of: variant }, requestedMode: 'incremental' });
    const other = await begin(sync);
    expect(other.attempt).toMatchObject({ mode: 'incremental', checkpoint: { of: variant } });
    expect(await other.trackDeletesEnd()).toEqual([variant]); // the window of before its failure
  }
  expect(await recordsOf(us, 'us-east')).toEqual(before);
});

it('deletes one with all it made, and lets the others run on', async () => {
  const { base, us, 'us-east': east } = await threeVariants();
  const running = await begin(us);
  const { stop } = await deleteVariant(base.env, { ...names, name: 'contacts', variant: 'us' });
  expect(stop).toEqual([us.syncId]);
  await expect(running.save(['late'])).rejects.toMatchObject({ code: 'run_superseded' });
  await teardownSync(us.env, us.syncId);
  expect(await recordsOf(us, 'us')).toEqual([]);
  expect(await readRow(us)).toBeUndefined();
  for (const [variant, sync] of Object.entries({ base, 'us-east': east })) {
    expect(await recordsOf(sync, variant)).toEqual(added(variant));
    expect(await (await begin(sync)).save(['shared'], variant)).toEqual({ added: 0, updated: 0, unchanged: 1 });
  }
});

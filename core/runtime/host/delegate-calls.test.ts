import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import { syncs } from '../../db/schema/syncs.ts';
import { readRow, type TestSync } from '../../syncs/test-sync.ts';
import { openTestHost, type TestHost } from './test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await openTestHost('delegate_calls', createSimulator());
});
afterAll(() => host.close());

const names = { providerConfigKey: 'crm', connectionId: 'c1' };
const sync = 'contacts';

it.each<[unknown, string]>([
  [undefined, 'incremental'],
  [null, 'incremental'],
  [{}, 'incremental'],
  ['incremental', 'incremental'],
  [false, 'incremental'],
  [true, 'reset'],
  ['full_refresh', 'reset'],
  [{ reset: true }, 'reset'],
  ['full_refresh_and_clear_cache', 'reset_and_clear'],
  [{ reset: true, emptyCache: true }, 'reset_and_clear'],
  [{ emptyCache: true }, 'incremental'],
])('triggerSync with %j asks for a run: %s', async (options, mode) => {
  const made = await host.connect();
  const { call } = await host.execute(made);
  expect(await call('triggerSync', { ...names, sync, options })).toEqual({ body: Buffer.alloc(0) });
  expect(await readRow(made)).toMatchObject({
    requestedMode: mode,
    requested: mode === 'incremental' ? 'user' : 'backfill',
  });
  expect(host.poked).toContain(mode === 'incremental' ? made.syncId : `stop ${made.syncId}`);
});

it('a sync is named by text, with its variant, or as an object', async () => {
  const made = await host.connect();
  await made.env.transaction((tx) => tx.update(syncs).set({ variant: 'eu' }).where(eq(syncs.id, made.syncId)));
  const { result, call } = await host.execute(made);
  const requested = async (given: TestSync) => (await readRow(given)).requested;
  const base = await result<{ refused: { code: string; status: number } }>('triggerSync', { ...names, sync });
  expect(base.refused).toMatchObject({ code: 'no_syncs_found', status: 400 });
  expect(await requested(made)).toBeNull();
  for (const named of ['contacts::eu', { name: 'contacts', variant: 'eu' }]) {
    await call('triggerSync', { ...names, sync: named });
    expect(await requested(made)).toBe('user');
    await made.env.transaction((tx) => tx.update(syncs).set({ requested: null }).where(eq(syncs.id, made.syncId)));
  }
  await expect(call('triggerSync', { ...names, sync: 'no name' })).rejects.toMatchObject({ code: 'invalid_arguments' });
  await expect(call('triggerSync', { ...names, sync, options: 'everything' })).rejects.toMatchObject({
    code: 'invalid_arguments',
  });
});

it('startSync unpauses, on one connection or on all', async () => {
  for (const connectionId of ['c1', undefined]) {
    const made = await host.connect();
    await made.env.transaction((tx) => tx.update(syncs).set({ desired: 'paused' }).where(eq(syncs.id, made.syncId)));
    const { call } = await host.execute(made);
    await call('startSync', { providerConfigKey: 'crm', syncs: [sync], connectionId });
    expect(await readRow(made)).toMatchObject({ desired: 'active' });
    expect(host.poked).toContain(made.syncId);
  }
});

it('an action is refused five levels deep', async () => {
  const made = await host.connect();
  const { result } = await host.execute(made, { depth: 5 });
  const { refused } = await result<{ refused: object }>('triggerAction', { ...names, actionName: 'deeper' });
  expect(refused).toMatchObject({ code: 'action_depth_exceeded', status: 400 });
});

it('a call that names nothing that can be is refused before anything is looked up', async () => {
  const { call } = await host.execute(await host.connect());
  for (const bad of [{}, { ...names, actionName: 'a b' }, { ...names, actionName: 7 }])
    await expect(call('triggerAction', bad)).rejects.toMatchObject({ code: 'invalid_arguments' });
});

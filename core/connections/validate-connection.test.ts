// validate-connection functions in real guests: what their word does to a new connection, and to one that is there.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { connections, credentials } from '../db/schema/connections.ts';
import { syncs } from '../db/schema/syncs.ts';
import { openTestRuntime, type TestRuntime } from '../runtime/test-runtime.ts';
import { purgeConnection } from '../syncs/teardown.ts';
import { owedFunctions } from './owed-functions.ts';
import { settleConnections } from './settle-connections.ts';
import { deployOn, openImport, rowOf, told } from './test-import.ts';

let runtime: TestRuntime;
const simulator = createSimulator();
beforeAll(async () => {
  runtime = await openTestRuntime('validate_connection', simulator, { limits: { startMs: 1_000 } });
});
afterAll(() => runtime.close());

describe('validation of a new connection', () => {
  it('asks one function after another before anybody is told, and then the syncs begin', async () => {
    const tenant = await runtime.tenant();
    const event = 'validate-connection';
    await deployOn(tenant, event, 'second', `await nango.log('second');`, 1);
    await deployOn(
      tenant,
      event,
      'first',
      `const { metadata } = await nango.getConnection(); await nango.log('first ' + metadata.a);`,
      0,
    );
    const { connect, followed } = openImport(runtime, tenant, simulator.url);
    await connect('new', { a: 1 });
    const row = await rowOf(tenant, 'new');
    expect(row).toMatchObject({ stage: null, deletedAt: null });
    expect(followed).toEqual([`created ${row!.id}`]);
    expect(await told(tenant)).toEqual([['connection.created', true]]);
    const lines = [];
    for (const { id, action } of await tenant.operations()) {
      expect(action).toBe('validate_connection');
      lines.push(...(await tenant.linesOf(id)));
    }
    expect(lines).toEqual(['first 1', 'second']);
    const own = await tenant.env.transaction((tx) => tx.select().from(syncs).where(eq(syncs.connectionId, row!.id)));
    expect(own).toHaveLength(1);
  });

  it('that refuses removes it: 400 with the function’s own words, no success event, no sync, no later function', async () => {
    const tenant = await runtime.tenant();
    const event = 'validate-connection';
    await deployOn(
      tenant,
      event,
      'refuse',
      `throw new nango.ActionError({ message: 'Wrong workspace.', code: 7 });`,
      0,
    );
    await deployOn(tenant, event, 'never', `await nango.log('never');`, 1);
    await deployOn(tenant, 'pre-connection-deletion', 'undo', '', 2);
    const { connect, followed } = openImport(runtime, tenant, simulator.url);
    await expect(connect('new')).rejects.toMatchObject({
      code: 'connection_validation_failed',
      status: 400,
      message: 'Wrong workspace.',
      payload: { message: 'Wrong workspace.', code: 7 },
    });
    const row = await rowOf(tenant, 'new');
    expect(row?.deletedAt).not.toBeNull();
    expect(followed).toEqual([`deleted ${row!.id}`]);
    expect(await told(tenant)).toEqual([['connection.failed', false]]);
    expect((await tenant.events())[0]?.payload['error']).toEqual({
      type: 'action_script_runtime_error',
      description: 'Wrong workspace.',
    });
    expect(await tenant.operations()).toHaveLength(1);
    // For the app it never was: its removal asks no function.
    expect(await owedFunctions(tenant.env, row!.id, 'pre-connection-deletion')).toEqual([]);
    await purgeConnection(tenant.env, row!.id);
    expect(await rowOf(tenant, 'new')).toBeUndefined();
  });

  it('that could not be asked leaves nothing behind, and says so', async () => {
    const tenant = await runtime.tenant();
    await deployOn(tenant, 'validate-connection', 'check', '');
    const { connect, followed } = openImport(runtime, tenant, simulator.url);
    const held = await Promise.all([1, 2].map(() => runtime.guests.acquire(tenant.env.environmentId)));
    await expect(connect('new')).rejects.toMatchObject({ code: 'action_start_timeout', status: 503 });
    for (const guest of held) runtime.guests.release(guest, { reuse: false });
    const row = await rowOf(tenant, 'new');
    expect(row?.deletedAt).not.toBeNull();
    expect(followed).toEqual([`deleted ${row!.id}`]);
    expect(await told(tenant)).toEqual([]);
    await connect('new');
    expect(await told(tenant)).toEqual([['connection.created', true]]);
  });

  it('whose process died is taken back, and one that goes on is left alone', async () => {
    const tenant = await runtime.tenant();
    const { connect, poke, followed } = openImport(runtime, tenant, simulator.url);
    await connect('new');
    const { id } = (await rowOf(tenant, 'new'))!;
    const long = new Date(Date.now() - 3_600_000);
    const set = (values: Partial<typeof connections.$inferInsert>) =>
      tenant.env.transaction((tx) => tx.update(connections).set(values).where(eq(connections.id, id)));
    followed.length = 0;
    const { database } = runtime.parts;
    await set({ stage: 'validating', createdAt: long, updatedAt: new Date() });
    await settleConnections({ database, poke });
    expect([followed, (await rowOf(tenant, 'new'))?.deletedAt]).toEqual([[], null]);
    await set({ updatedAt: long });
    await settleConnections({ database, poke });
    expect(followed).toEqual([`deleted ${id}`]);
    expect((await rowOf(tenant, 'new'))?.deletedAt).not.toBeNull();
  });
});

describe('validation of a connection that gets another credential', () => {
  it('that refuses marks it: its user has to authorise it again', async () => {
    const tenant = await runtime.tenant();
    const { connect, followed } = openImport(runtime, tenant, simulator.url);
    await connect('old');
    await deployOn(
      tenant,
      'validate-connection',
      'refuse',
      `throw new nango.ActionError({ message: 'Another account.' });`,
    );
    followed.length = 0;
    await expect(connect('old')).rejects.toMatchObject({
      code: 'connection_validation_failed',
      message: 'Another account.',
    });
    const row = await rowOf(tenant, 'old');
    const [operation] = await tenant.operations();
    expect(row).toMatchObject({ deletedAt: null, errors: [{ type: 'auth', log_id: operation!.id }] });
    const [credential] = await tenant.env.transaction((tx) =>
      tx.select().from(credentials).where(eq(credentials.connectionId, row!.id)),
    );
    expect(credential?.needsReauthAt).not.toBeNull();
    expect(followed).toEqual([]);
    expect(await told(tenant)).toEqual([
      ['connection.created', true],
      ['connection.reconnected', false],
    ]);
  });

  it('that agrees clears the mark', async () => {
    const tenant = await runtime.tenant();
    const { connect } = openImport(runtime, tenant, simulator.url);
    await connect('old');
    const body = `if (!(await nango.getMetadata()).good) throw new Error('not yet');`;
    await deployOn(tenant, 'validate-connection', 'check', body);
    await expect(connect('old')).rejects.toMatchObject({ code: 'connection_validation_failed', message: 'not yet' });
    await connect('old', { good: true });
    expect(await rowOf(tenant, 'old')).toMatchObject({ errors: [], stage: null });
    expect((await told(tenant)).at(-1)).toEqual(['connection.reconnected', true]);
  });
});

// Which functions a connection's creation and removal owe, and that these run for the very connection, in real guests.
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { connections } from '../db/schema/connections.ts';
import { openTestRuntime, type TestRuntime } from '../runtime/test-runtime.ts';
import { deleteConnection } from './delete-connection.ts';
import { owedFunctions, settle } from './owed-functions.ts';
import { settleConnections } from './settle-connections.ts';
import { deployOn, openImport, rowOf, runOn } from './test-import.ts';

let runtime: TestRuntime;
const simulator = createSimulator();
beforeAll(async () => {
  runtime = await openTestRuntime('owed_functions', simulator);
});
afterAll(() => runtime.close());

describe('a connection owes', () => {
  it('the functions of its creation until they have run, and those of a reconnection not at all', async () => {
    const tenant = await runtime.tenant();
    const { functionId } = await deployOn(tenant, 'post-connection-creation', 'greet', '');
    const { connect, poke, followed } = openImport(runtime, tenant, simulator.url);
    await connect('new');
    const { id } = (await rowOf(tenant, 'new'))!;
    const owed = () => owedFunctions(tenant.env, id, 'post-connection-creation');
    expect(await owed()).toEqual([functionId]);
    followed.length = 0;
    await tenant.env.transaction((tx) =>
      tx
        .update(connections)
        .set({ createdAt: new Date(Date.now() - 120_000) })
        .where(eq(connections.id, id)),
    );
    await settleConnections({ database: runtime.parts.database, poke });
    expect(followed).toEqual([`created ${id}`]);
    await settle(tenant.env, id);
    expect(await owed()).toEqual([]);
    await connect('new');
    expect(await owed()).toEqual([]);
  });

  it('the functions of its removal while its credential is there', async () => {
    const tenant = await runtime.tenant();
    const body = `const { credentials } = await nango.getConnection();
      await nango.get({ endpoint: '/me' });
      await nango.log('revoked ' + Object.keys(credentials).includes('access_token'));`;
    const { functionId } = await deployOn(tenant, 'pre-connection-deletion', 'revoke', body);
    const { poke } = openImport(runtime, tenant, simulator.url);
    expect(await owedFunctions(tenant.env, tenant.connectionId, 'pre-connection-deletion')).toEqual([]);
    await deleteConnection(tenant.env, poke, { providerConfigKey: 'crm', connectionId: 'c1' });
    expect(await owedFunctions(tenant.env, tenant.connectionId, 'pre-connection-deletion')).toEqual([functionId]);
    expect(await runOn(runtime, tenant, { event: 'pre-connection-deletion', functionId })).toBeUndefined();
    const [operation] = await tenant.operations();
    expect(await tenant.linesOf(operation!.id)).toContain('revoked true');
    // Another one of the same name is not mistaken for it.
    await openImport(runtime, tenant, simulator.url).connect('c1', { other: true });
    const { functionId: naming } = await deployOn(
      tenant,
      'pre-connection-deletion',
      'name',
      `await nango.log(JSON.stringify(await nango.getMetadata()));`,
    );
    expect(await runOn(runtime, tenant, { event: 'pre-connection-deletion', functionId: naming })).toBeUndefined();
    expect(await tenant.linesOf((await tenant.operations()).at(-1)!.id)).toContain('{}');
  });
});

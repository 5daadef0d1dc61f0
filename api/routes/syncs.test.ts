import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidv7 } from '../../core/crypto/uuid.ts';
import { createSyncsForConnection } from '../../core/syncs/create-syncs.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp('syncs_route');
});
afterAll(() => app.close());

/** A deployed sync function `contacts` and its sync for `c1`. */
async function tenantWithSync() {
  const tenant = await app.tenant();
  const { env, integrationId, connectionId } = tenant;
  const functionId = uuidv7();
  const versionId = uuidv7();
  const definition = JSON.stringify({
    models: ['Contact'],
    runs: 'every day',
    syncType: 'incremental',
    jsonSchema: null,
    scopes: [],
    endpoints: [],
  });
  const syncIds = await env.transaction(async (tx) => {
    await tx.execute(sql`
      INSERT INTO functions (id, environment_id, integration_id, type, name, current_version_id)
      VALUES (${functionId}, ${env.environmentId}, ${integrationId}, 'sync', 'contacts', ${versionId})`);
    await tx.execute(sql`
      INSERT INTO function_versions (id, environment_id, function_id, number, bundle_hash, source, definition)
      VALUES (${versionId}, ${env.environmentId}, ${functionId}, 1, 'x', '', ${definition}::text::jsonb)`);
    return createSyncsForConnection(tx, { environmentId: env.environmentId, connectionId, integrationId });
  });
  app.poked.length = 0;
  return { ...tenant, syncId: syncIds[0]!, versionId };
}

const post = async ({ call }: TestTenant, path: string, body: unknown, method = 'POST') => {
  const response = await call(method, path, { body });
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
};
const get = async ({ call }: TestTenant, path: string) => {
  const response = await call('GET', path);
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
};
const named = { provider_config_key: 'crm', connection_id: 'c1' };

it('triggers, pauses and starts, and tells the workflow each time', async () => {
  const tenant = await tenantWithSync();
  const id = tenant.syncId;
  expect(await post(tenant, '/sync/trigger', { syncs: ['contacts'], ...named })).toEqual({
    status: 200,
    success: true,
  });
  expect(await post(tenant, '/sync/pause', { syncs: [{ name: 'contacts', variant: 'base' }], ...named })).toEqual({
    status: 200,
    success: true,
  });
  expect(await post(tenant, '/sync/start', { syncs: ['contacts::base'], provider_config_key: 'crm' })).toEqual({
    status: 200,
    success: true,
  });
  expect(await post(tenant, '/sync/trigger', { syncs: [], sync_mode: 'full_refresh' })).toMatchObject({ status: 200 }); // names from the headers
  expect(app.poked).toEqual([
    { id, stopRun: false },
    { id, stopRun: true },
    { id, stopRun: false },
    { id, stopRun: true },
  ]);
});

it('says that emptying the cache needs a reset', async () => {
  const tenant = await tenantWithSync();
  const body = { syncs: ['contacts'], ...named, opts: { emptyCache: true } };
  expect(await post(tenant, '/sync/trigger', body)).toMatchObject({
    success: true,
    warnings: [expect.stringContaining('reset')],
  });
});

it('refuses what does not exist and what contradicts itself', async () => {
  const tenant = await tenantWithSync();
  const code = async (body: object) => {
    const { status, error } = (await post(tenant, '/sync/trigger', body)) as {
      status: number;
      error?: { code: string };
    };
    return [status, error?.code];
  };
  expect(await code({ syncs: ['nope'], ...named })).toEqual([400, 'no_syncs_found']);
  expect(await code({ syncs: ['contacts'], ...named, provider_config_key: 'other' })).toEqual([
    400,
    'unknown_provider_config',
  ]);
  expect(await code({ syncs: ['contacts'], ...named, connection_id: 'c2' })).toEqual([404, 'unknown_connection']);
  expect(await code({ syncs: ['contacts'], ...named, opts: { reset: true }, full_resync: true })).toEqual([
    400,
    'invalid_body',
  ]);
  expect(await code({ syncs: ['a b'], ...named })).toEqual([400, 'invalid_body']);
  const bare = await tenant.call('POST', '/sync/start', { body: { syncs: [] } });
  expect(bare.status).toBe(400);
});

it('names the missing integration of a trigger', async () => {
  const tenant = await tenantWithSync();
  const { key } = tenant;
  const { createApp } = await import('../app.ts');
  const response = await createApp(app.services).request('/sync/trigger', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ syncs: [] }),
  });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { code: 'missing_provider_config_key' } },
  ]);
});

it('shows the status of named syncs, of all, and of none that is unknown', async () => {
  const tenant = await tenantWithSync();
  const one = {
    id: tenant.syncId,
    connection_id: 'c1',
    name: 'contacts',
    variant: 'base',
    recordCount: { Contact: 0 },
  };
  expect(await get(tenant, '/sync/status?provider_config_key=crm&syncs=contacts&connection_id=c1')).toMatchObject({
    syncs: [one],
  });
  expect(await get(tenant, '/sync/status?provider_config_key=crm&syncs=*')).toMatchObject({ syncs: [one] });
  expect(await get(tenant, '/sync/status?provider_config_key=crm&syncs=contacts::eu,nope')).toEqual({
    status: 200,
    syncs: [],
  });
  expect(await get(tenant, '/sync/status?provider_config_key=other&syncs=*')).toEqual({ status: 200, syncs: [] });
  expect(await get(tenant, '/sync/status?provider_config_key=crm')).toMatchObject({
    status: 400,
    error: { code: 'invalid_query_params', errors: [{ code: 'invalid_type', path: ['syncs'] }] },
  });
});

it('changes the frequency of a connection, and takes it back', async () => {
  const tenant = await tenantWithSync();
  const set = (frequency: string | null, more = {}) =>
    post(tenant, '/sync/update-connection-frequency', { ...named, sync_name: 'contacts', frequency, ...more }, 'PUT');
  expect(await set('every 2 hours')).toEqual({ status: 200, frequency: '2 hours' });
  expect(await set(null)).toEqual({ status: 200, frequency: 'every day' });
  expect(await set('often')).toMatchObject({
    status: 400,
    error: { code: 'invalid_body', errors: [{ path: ['frequency'] }] },
  });
  expect(await set('every 5 seconds')).toMatchObject({ status: 400, error: { code: 'invalid_body' } });
  // The wire has no message in these.
  for (const [more, code] of [
    [{ sync_name: 'nope' }, 'unknown_sync'],
    [{ connection_id: 'nope' }, 'unknown_connection'],
    [{ provider_config_key: 'nope' }, 'unknown_connection'],
  ] as const) {
    const { error, ...rest } = (await set('1h', more)) as { error?: object };
    expect(rest).toEqual({ status: 400 });
    expect(error).toEqual({ code, hint: expect.any(String), request_id: expect.any(String) });
  }
});

it('lists syncs and runs, and stops a run that is open', async () => {
  const tenant = await tenantWithSync();
  const { env, syncId, versionId } = tenant;
  const runIds = [uuidv7(), uuidv7()];
  await env.transaction(async (tx) => {
    for (const [index, id] of runIds.entries()) {
      await tx.execute(sql`
        INSERT INTO runs (id, environment_id, sync_id, number, state, trigger, mode, version_id, bundle_hash, operation_id)
        VALUES (${id}, ${env.environmentId}, ${syncId}, ${index + 1}, ${index === 0 ? 'succeeded' : 'running'}, 'api', 'incremental', ${versionId}, 'x', ${uuidv7()})`);
    }
    await tx.execute(
      sql`UPDATE syncs SET open_run_id = ${runIds[1]!}, last_run_id = ${runIds[0]!} WHERE id = ${syncId}`,
    );
  });
  expect(await get(tenant, '/syncs?name=contacts&status=RUNNING')).toMatchObject({
    data: [{ id: syncId, provider_config_key: 'crm', active_run_id: runIds[1], last_run_id: runIds[0] }],
    next_cursor: null,
  });
  expect(await get(tenant, '/syncs?status=PAUSED')).toMatchObject({ data: [] });
  const first = (await get(tenant, `/syncs/${syncId}/runs?limit=1`)) as unknown as {
    data: unknown[];
    next_cursor: string;
  };
  expect(first.data).toMatchObject([{ id: runIds[1], number: 2, state: 'running' }]);
  expect(await get(tenant, `/syncs/${syncId}/runs?limit=1&cursor=${first.next_cursor}`)).toMatchObject({
    data: [{ id: runIds[0] }],
    next_cursor: null,
  });
  expect(await get(tenant, `/syncs/${syncId}/runs?states=failed,succeeded`)).toMatchObject({
    data: [{ id: runIds[0] }],
  });
  expect(await get(tenant, `/runs/${runIds[0]}`)).toMatchObject({
    data: { id: runIds[0], sync_id: syncId, connection_id: 'c1' },
  });
  expect(await get(tenant, `/runs/${uuidv7()}`)).toMatchObject({ status: 404, error: { code: 'not_found' } });
  expect(await post(tenant, `/runs/${runIds[1]}/cancel`, {})).toEqual({ status: 202, success: true });
  expect(app.poked).toEqual([{ id: syncId, stopRun: true }]);
  expect(await post(tenant, `/runs/${runIds[0]}/cancel`, {})).toMatchObject({
    status: 409,
    error: { code: 'run_finished' },
  });
  const decision = { run_id: runIds[0], decision: 'keep' };
  expect(await post(tenant, `/syncs/${syncId}/confirm-deletes`, decision)).toMatchObject({
    status: 409,
    error: { code: 'nothing_to_confirm' },
  });
});

it('keeps tenants and scopes apart', async () => {
  const tenant = await tenantWithSync();
  const other = await app.tenant();
  expect(await get(other, `/syncs/${tenant.syncId}/runs`)).toMatchObject({ status: 404 });
  expect(await get(other, '/syncs')).toMatchObject({ data: [] });
  const reader = await tenant.keyWith('syncs:read');
  const response = await tenant.call('POST', '/sync/pause', {
    body: { syncs: [], ...named },
    headers: { authorization: `Bearer ${reader}` },
  });
  expect(response.status).toBe(403);
});

it('makes variants with a state of their own, and deletes one without touching its neighbours', async () => {
  const tenant = await tenantWithSync();
  const create = (variant: string, body: object = named) => post(tenant, `/sync/contacts/variant/${variant}`, body);
  const remove = (variant: string) => post(tenant, `/sync/contacts/variant/${variant}`, named, 'DELETE');
  const us = (await create('us')) as Record<string, unknown>;
  expect(us).toEqual({ status: 200, id: expect.any(String), name: 'contacts', variant: 'us' });
  await create('us-east');
  expect(app.poked).toContainEqual({ id: us['id'], stopRun: false });

  await post(tenant, '/sync/pause', { syncs: ['contacts::us'], ...named });
  const frequency = { sync_name: 'contacts', sync_variant: 'us-east', frequency: 'every 2 hours', ...named };
  await post(tenant, '/sync/update-connection-frequency', frequency, 'PUT');
  const statuses = async () => {
    const answer = (await get(tenant, '/sync/status?provider_config_key=crm&syncs=*')) as Record<string, unknown>;
    const rows = answer['syncs'] as { variant: string; status: string; frequency: string }[];
    return Object.fromEntries(rows.map(({ variant, status, frequency }) => [variant, [status, frequency]]));
  };
  const before = await statuses();
  expect(before).toMatchObject({ us: ['PAUSED', 'every day'], 'us-east': [expect.any(String), '2 hours'] });
  expect(before['base']).toEqual([before['us-east']![0], 'every day']);

  const codeOf = ({ status, error }: Record<string, unknown>) => [status, (error as { code: string }).code];
  expect(codeOf(await create('us'))).toEqual([400, 'sync_variant_already_exists']);
  expect(codeOf(await create('base'))).toEqual([400, 'invalid_variant']);
  expect(codeOf(await remove('base'))).toEqual([400, 'invalid_variant']);
  expect(codeOf(await create('eu', { ...named, connection_id: 'none' }))).toEqual([400, 'unknown_connection']);
  expect(codeOf(await create('eu', { ...named, provider_config_key: 'x' }))).toEqual([400, 'unknown_provider_config']);
  expect(codeOf(await post(tenant, '/sync/none/variant/eu', named))).toEqual([400, 'unknown_sync']);

  expect(await remove('us')).toEqual({ status: 200, success: true });
  expect(codeOf(await remove('us'))).toEqual([404, 'not_found']);
  const { us: _, ...others } = before;
  expect(await statuses()).toEqual(others);
  expect(await create('us')).toMatchObject({ status: 200 }); // as new
});

it('has a hundred variants of a sync and a connection at most', async () => {
  const tenant = await tenantWithSync();
  await tenant.env.transaction((tx) =>
    tx.execute(sql`
      INSERT INTO syncs (id, environment_id, connection_id, function_id, name, variant, desired, next_run_at)
      SELECT gen_random_uuid(), environment_id, connection_id, function_id, name, 'v' || n, 'paused', now()
      FROM syncs, generate_series(1, 99) AS n WHERE id = ${tenant.syncId}`),
  );
  expect(await post(tenant, '/sync/contacts/variant/v100', named)).toMatchObject({ status: 200 });
  const refused = await post(tenant, '/sync/contacts/variant/v101', named);
  expect(refused).toMatchObject({ status: 400, error: { code: 'resource_capped' } });
});

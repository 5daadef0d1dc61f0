import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { beginAttempt } from '../../core/syncs/begin-attempt.ts';
import { openTestApp, type TestApp, type TestTenant } from '../test-app.ts';

let test: TestApp;
let tenant: TestTenant;
beforeAll(async () => {
  test = await openTestApp('api_deploys');
});
afterAll(() => test.close());
beforeEach(async () => {
  tenant = await test.tenant(); // with integration `crm`, connection `c1`
  test.poked.length = 0;
});

async function call<T = { data: Record<string, unknown> }>(method: string, path: string, body?: unknown) {
  const response = await tenant.call(method, path, { body });
  return { status: response.status, body: (await response.json()) as T & { error: Record<string, unknown> } };
}

const code = (text: string) => ({ js: `exports.default = { exec: async () => '${text}' };`, ts: `// ${text}` });
const sync = (name: string, text: string, runs = 'every hour') => ({
  type: 'sync',
  syncName: name,
  providerConfigKey: 'crm',
  models: ['Contact'],
  runs,
  auto_start: true,
  fileBody: code(text),
  models_json_schema: { definitions: { Contact: { type: 'object' } } },
});
const action = (name: string, text: string) => ({
  type: 'action',
  syncName: name,
  providerConfigKey: 'crm',
  models: [],
  runs: null,
  fileBody: code(text),
});
const payload = (flowConfigs: object[]) => ({ flowConfigs, nangoYamlBody: '', reconcile: true, debug: false });
const deploy = async (...flowConfigs: object[]) => {
  const answer = await call('POST', '/sync/deploy', payload(flowConfigs));
  expect(answer.body).not.toHaveProperty('error');
};
const rows = <T>(query: ReturnType<typeof sql>) =>
  tenant.env.transaction((tx) => tx.execute(query)) as unknown as Promise<T[]>;

/** `name: source` of what is deployed now. */
async function deployed(): Promise<string[]> {
  const found = await rows<{ name: string; source: string }>(sql`
    SELECT f.name, v.source FROM functions f JOIN function_versions v ON v.id = f.current_version_id
    WHERE f.deleted_at IS NULL ORDER BY 1`);
  return found.map(({ name, source }) => `${name}: ${source.slice(3)}`);
}

it('keeps every deploy that changed something, with who did it', async () => {
  await deploy(action('a', 'one'), action('b', 'one'));
  await deploy(action('a', 'one'), action('b', 'one'));
  await deploy(action('a', 'two'));
  const { body } = await call<{ data: object[]; next_cursor: string }>('GET', '/deploys?limit=1');
  const named = { provider_config_key: 'crm', type: 'action' };
  expect(body.data).toEqual([
    {
      id: 2,
      kind: 'deploy',
      restored: null,
      actor: expect.objectContaining({ type: 'api_key' }),
      changes: [
        { ...named, name: 'a', from: 1, to: 2 },
        { ...named, name: 'b', from: 1, to: null },
      ],
      created_at: expect.stringMatching(/Z$/),
    },
  ]);
  const next = await call<{ data: object[]; next_cursor: null }>('GET', `/deploys?cursor=${body.next_cursor}`);
  expect(next.body).toMatchObject({ data: [{ id: 1, changes: [{ to: 1 }, { to: 1 }] }], next_cursor: null });
});

it('rolls back to the deploy before, also what it had removed, and further each time', async () => {
  await deploy(action('a', 'one'), action('b', 'one'));
  await deploy(action('a', 'two'), action('c', 'two'));
  await deploy(action('a', 'three'));
  const preview = await call('POST', '/deploys/rollback/preview', {});
  expect(await deployed()).toEqual(['a: three']);
  const done = await call('POST', '/deploys/rollback', {});
  expect(done.body).toEqual(preview.body);
  expect(done.body.data).toMatchObject({ to: 2 });
  expect(await deployed()).toEqual(['a: two', 'c: two']);
  await call('POST', '/deploys/rollback', {});
  expect(await deployed()).toEqual(['a: one', 'b: one']);
  await call('POST', '/deploys/rollback', { to: 3 });
  expect(await deployed()).toEqual(['a: three']);
  expect((await call('POST', '/deploys/rollback', { to: 6 })).body.error).toMatchObject({ code: 'deploy_not_found' });
  await call('POST', '/deploys/rollback', { to: 0 });
  expect(await deployed()).toEqual([]);
  expect((await call('POST', '/deploys/rollback', {})).body.error).toMatchObject({ code: 'nothing_to_roll_back' });
});

it('gives a sync that comes back its instances and frequency, and stops one that goes', async () => {
  await deploy(sync('contacts', 'one', 'every day'));
  await deploy(sync('contacts', 'two', 'every hour'), sync('deals', 'two'));
  const periods = () => rows(sql`SELECT name, period_ms::int AS period FROM syncs WHERE deleted_at IS NULL ORDER BY 1`);
  test.poked.length = 0;
  await call('POST', '/deploys/rollback', {});
  expect(await periods()).toEqual([{ name: 'contacts', period: 86_400_000 }]);
  expect(test.poked.map(({ stopRun }) => stopRun).sort()).toEqual([false, true]);
  await call('POST', '/deploys/rollback', { to: 2 });
  expect(await periods()).toEqual([
    { name: 'contacts', period: 3_600_000 },
    { name: 'deals', period: 3_600_000 },
  ]);
});

it('lets a run in progress keep its version, through a deploy and a rollback', async () => {
  await deploy(sync('contacts', 'one'));
  await deploy(sync('contacts', 'two'));
  const [row] = await rows<{ id: string }>(sql`SELECT id FROM syncs`);
  const first = await beginAttempt(tenant.env, { syncId: row!.id, runNo: 1 });
  expect(first.js).toContain("'two'");
  await deploy(sync('contacts', 'three'));
  expect((await beginAttempt(tenant.env, { syncId: row!.id, runNo: 1 })).js).toBe(first.js);
  await call('POST', '/deploys/rollback', { to: 1 });
  expect((await beginAttempt(tenant.env, { syncId: row!.id, runNo: 1 })).js).toBe(first.js);
});

it('rolls one function back, to the version before or a named one, and numbers go on', async () => {
  await deploy(action('a', 'one'), action('b', 'one'));
  await deploy(action('a', 'two'), action('b', 'two'));
  await deploy(action('a', 'three'), action('b', 'two'));
  const path = '/integrations/crm/functions/a';
  const back = await call('POST', `${path}/rollback`, {});
  expect(back).toMatchObject({ status: 200, body: { data: { name: 'a', type: 'action', version: 2 } } });
  await call('POST', `${path}/rollback`, {});
  expect(await deployed()).toEqual(['a: one', 'b: two']);
  expect((await call('POST', `${path}/rollback`, {})).body.error).toMatchObject({ code: 'version_not_found' });
  expect((await call('POST', `${path}/rollback`, { version: 9 })).body.error).toMatchObject({
    code: 'version_not_found',
    hint: 'Kept are: 3, 2, 1.',
  });
  await call('POST', `${path}/rollback`, { version: 3 });
  await deploy(action('a', 'four'), action('b', 'two'));
  const versions = await call<{ data: object[] }>('GET', `${path}/versions`);
  expect(versions.body.data).toMatchObject([
    { version: 4, current: true, bundle_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { version: 3, current: false },
    { version: 2 },
    { version: 1, size_bytes: code('one').js.length },
  ]);
  expect((await call('GET', '/integrations/crm/functions/gone/versions')).status).toBe(404);
});

it('keeps versions for 50 deploys, and longer what is current or an open run is pinned to', async () => {
  await deploy(sync('contacts', 'pinned'), action('steady', 'only'));
  const [row] = await rows<{ id: string }>(sql`SELECT id FROM syncs`);
  await beginAttempt(tenant.env, { syncId: row!.id, runNo: 1 });
  for (let n = 0; n < 53; n++) await deploy(sync('contacts', `n${n}`), action('steady', 'only'));
  const kept = await rows<{ number: number }>(sql`
    SELECT v.number FROM function_versions v JOIN functions f ON f.id = v.function_id WHERE f.name = 'contacts' ORDER BY 1`);
  const numbers = kept.map(({ number }) => number);
  expect(numbers[0]).toBe(1); // of the open run
  expect(numbers.slice(1)).toEqual(Array.from({ length: 51 }, (_, index) => index + 4)); // before and after each kept deploy
  expect(await deployed()).toEqual(['contacts: n52', 'steady: only']);
  const [{ n: bundles } = { n: 0 }] = await rows<{ n: number }>(sql`SELECT count(*)::int AS n FROM bundles`);
  expect(bundles).toBe(numbers.length + 1);
  expect((await beginAttempt(tenant.env, { syncId: row!.id, runNo: 1 })).js).toContain("'pinned'");
  expect((await call('POST', '/deploys/rollback', { to: 3 })).body.error).toMatchObject({ code: 'deploy_not_found' });
  expect((await call('POST', '/deploys/rollback', { to: 4 })).status).toBe(200);
  expect(await deployed()).toEqual(['contacts: n2', 'steady: only']);
});

it('refuses the second of two deploys at once, and the first is whole', async () => {
  await deploy(action('a', 'zero'));
  let second: Awaited<ReturnType<typeof call>> | undefined;
  const { running } = await tenant.env.transaction(async (tx) => {
    await tx.execute(sql`SELECT 1 FROM integrations FOR UPDATE`); // the first deploy stops here, half-way
    const started = call('POST', '/sync/deploy', payload([action('a', 'one'), action('b', 'one')]));
    for (let deadline = Date.now() + 10_000; second?.status !== 409 && Date.now() < deadline; )
      second = await call('POST', '/deploys/rollback', { to: 9 }); // 404 until the first has the lock
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'concurrent_deployment' } } });
    expect((await call('POST', '/sync/deploy', payload([action('a', 'two')]))).status).toBe(409);
    return { running: started }; // in an object: the lock is let go before it ends
  });
  expect((await running).status).toBe(200);
  expect(await deployed()).toEqual(['a: one', 'b: one']);
});

it('ends two deploys that race as one of the two, never as a mixture', async () => {
  for (let round = 0; round < 5; round++) {
    const wanted = (text: string) => payload(Array.from({ length: 10 }, (_, n) => action(`f${n}`, `${text}${round}`)));
    const answers = await Promise.all(['left', 'right'].map((text) => call('POST', '/sync/deploy', wanted(text))));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    expect(statuses).toContain(200);
    const now = new Set((await deployed()).map((entry) => entry.split(': ')[1]));
    expect(now.size).toBe(1);
  }
});

it('switches a function off and on: no new run begins meanwhile', async () => {
  await deploy(sync('contacts', 'one'), action('a', 'one'));
  const path = '/integrations/crm/functions/contacts';
  test.poked.length = 0;
  expect((await call('PATCH', path, { enabled: false })).body.data).toMatchObject({ enabled: false });
  expect(test.poked).toHaveLength(1);
  const status = () =>
    call<{ syncs: object[] }>('GET', '/sync/status?provider_config_key=crm&connection_id=c1&syncs=contacts');
  expect((await status()).body.syncs).toMatchObject([{ status: 'PAUSED', nextScheduledSyncAt: null }]);
  await call('PATCH', path, { enabled: false });
  expect(test.poked).toHaveLength(1); // nothing changed
  await call('PATCH', path, { enabled: true });
  expect((await status()).body.syncs).toMatchObject([{ nextScheduledSyncAt: expect.any(String) }]);
  expect((await call('PATCH', '/integrations/crm/functions/gone', { enabled: true })).status).toBe(404);
  const limited = await tenant.keyWith('functions:read');
  const refused = await tenant.call('PATCH', path, {
    body: { enabled: false },
    headers: { authorization: `Bearer ${limited}` },
  });
  expect(refused.status).toBe(403);
});

it('stays inside its environment', async () => {
  await deploy(action('a', 'one'));
  tenant = await test.tenant();
  expect((await call<{ data: object[] }>('GET', '/deploys')).body.data).toEqual([]);
  expect((await call('POST', '/deploys/rollback', {})).status).toBe(409);
});

// What a careless or hostile caller, script or provider sends: each is answered, named, and harms nobody else.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, errorOf } from '../conformance/api.ts';
import { deployFunctions, runCli } from './deploy.ts';
import { type BorrowedSystem, borrowSystem } from './join-system.ts';
import { createIntegration, importConnection, listRuns, type Run, readRecords, runOnce } from './syncs.ts';
import { createFolder } from './system.ts';
import { waitFor } from './wait-for.ts';

const integration = 'crm';
const sync = 'misbehave';

let system: BorrowedSystem;

beforeAll(async () => {
  system = await borrowSystem('bad-input');
  await createIntegration(system.api, integration);
  await deployFunctions(system.api, integration, ['syncs/misbehave', 'actions/behave']);
  await connectAs('acme');
});

afterAll(() => system?.end());

const connectAs = (connection: string, metadata = {}) =>
  importConnection(system.api, { integration, connection, simulator: system.simulator, metadata });

const call = (...args: Parameters<BorrowedSystem['api']['call']>) => system.api.call(...args);

const expectError = ({ status, body }: Answer, expected: { status: number; code: string }) =>
  expect({ status, code: errorOf(body).code }).toEqual(expected);

describe('a request', () => {
  const ofAcme = { 'provider-config-key': integration, 'connection-id': 'acme' };

  it('for an unknown provider is refused', async () => {
    const body = { provider: 'no-such-provider', unique_key: 'nobody' };
    expectError(await call('POST', '/integrations', { body }), { status: 400, code: 'invalid_body' });
  });

  it('without a key or with a wrong one is 401', async () => {
    const wrong = `Bearer ${system.key.slice(0, -1)}${system.key.endsWith('0') ? '1' : '0'}`;
    for (const authorization of [wrong, 'Bearer nonsense', 'Basic bm9uc2Vuc2U=', '']) {
      const { status, body } = await call('GET', '/connections', { headers: { authorization } });
      expect([status, errorOf(body).code], authorization).toEqual([401, expect.stringMatching(/\w/)]);
    }
  });

  it.each(['{"provider":', '', '[1,', '{"a": 1} {"b": 2}', '\u0000'])(
    'with the malformed body %j is 400',
    async (body) => {
      const { status } = await fetch(`${system.url}/integrations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${system.key}`, 'content-type': 'application/json' },
        body,
      });
      expect(status).toBe(400);
    },
  );

  it('for an unknown route is 404, whatever its method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      expect((await call(method, '/no/such/route')).status).toBe(404);
    expect((await call('DELETE', '/health')).status).toBeGreaterThanOrEqual(404);
  });

  it.each(['nonsense', 'a'.repeat(80), '%00', 'AAAA====', '../../etc'])('with the cursor %s is 400', async (cursor) => {
    const query = { model: 'Item', cursor };
    const answer = await call('GET', '/records', { query, headers: ofAcme });
    expectError(answer, { status: 400, code: 'invalid_cursor' });
  });

  it('for what is not there names it', async () => {
    const nobody = { ...ofAcme, 'connection-id': 'nobody' };
    const trigger = { body: { action_name: 'behave', input: { how: 'echoes' } } };
    expectError(await call('POST', '/action/trigger', { ...trigger, headers: nobody }), {
      status: 400,
      code: 'unknown_connection',
    });
    expectError(await call('POST', '/action/trigger', { body: { action_name: 'none' }, headers: ofAcme }), {
      status: 404,
      code: 'not_found',
    });
    const unknown = { provider_config_key: integration, connection_id: 'acme', syncs: ['no-such-sync'] };
    expect((await call('POST', '/sync/trigger', { body: unknown })).status).toBe(400);
  });
});

describe('a sync', () => {
  async function runAs(how: string): Promise<Run> {
    const connection = how.replaceAll(' ', '-');
    await connectAs(connection, { how });
    return runOnce(system.api, { integration, connection, sync });
  }
  /** What the log of its run says went wrong: written a moment after its end. */
  async function logOf(how: string): Promise<string[]> {
    const [run] = await listRuns(system.api, { integration, connection: how, sync });
    const query = { levels: 'error' };
    return waitFor('the log has the error', async () => {
      const path = `/logs/${run!.log_id}/messages`;
      const { data } = await system.api.ok<{ data: { message: string }[] }>('GET', path, { query });
      return data.length > 0 ? data.map(({ message }) => message) : undefined;
    });
  }

  const recordsOf = (how: string) =>
    readRecords(system.api, { integration, connection: how.replaceAll(' ', '-') }, { model: 'Item' });

  it('that throws fails with type, message and the line of its source', async () => {
    const { state, error } = await runAs('throws');
    expect(state).toBe('failed');
    expect(error).toMatchObject({ type: 'script_internal_error', message: 'The field "total" is missing.' });
    const [, at] = error!.payload!.stacktrace!;
    expect(at).toMatch(/^ {4}at fail \(syncs\/misbehave\.ts:30:\d+\)$/);
    expect(at).toContain(`(${error!.place})`);
    expect(await logOf('throws')).toEqual([`The field "total" is missing. (${error!.place})`]);
  });

  it('that never returns is ended, and its worker goes on', async () => {
    const worker = system.pid('worker');
    const ended = await Promise.all([runAs('spins'), runAs('hangs')]);
    for (const run of ended) expect(run).toMatchObject({ state: 'failed', error: { type: 'execution_timeout' } });
    const [{ error: spun }] = ended;
    expect(spun!.place).toMatch(/^syncs\/misbehave\.ts:19:\d+$/); // where the loop is
    expect(await logOf('spins')).toEqual([`The function did nothing for 3 seconds and was ended. (${spun!.place})`]);
    expect(ended[1].error!.place).toBeUndefined(); // what waits is nowhere
    expect(system.pid('worker')).toBe(worker);
  });

  it('that eats all memory is ended alone', async () => {
    const worker = system.pid('worker');
    const run = await runAs('eats memory');
    expect(run).toMatchObject({ state: 'failed', error: { type: 'function_runtime_out_of_memory' } });
    expect(system.pid('worker')).toBe(worker);
  });

  it('that is served a few records without an id keeps the others and says which it could not', async () => {
    const run = await runAs('saves poison');
    expect(run).toMatchObject({ state: 'succeeded', results: { Item: { added: 300, quarantined: 2 } } });
    expect(await recordsOf('saves poison')).toHaveLength(300);
  });

  it('that is served too many of them fails', async () => {
    const run = await runAs('saves only poison');
    expect(run).toMatchObject({ state: 'failed', error: { type: 'too_many_rejects' } });
  });
});

describe('a deploy of code that does not compile', () => {
  it('is refused by the command line, with file, line and column', async () => {
    const { path, remove } = createFolder();
    try {
      mkdirSync(join(path, integration, 'syncs'), { recursive: true });
      writeFileSync(join(path, 'index.ts'), `import './${integration}/syncs/broken.js';\n`);
      const source = `import { createSync } from '@syncline/functions';\n\nexport default createSync({\n  frequency: 'every hour'\n  models: {},\n});\n`;
      writeFileSync(join(path, integration, 'syncs', 'broken.ts'), source);
      const { code, output } = await runCli(['deploy', 'dev', '--dir', path, '--auto-confirm'], {
        SYNCLINE_HOSTPORT: system.url,
        SYNCLINE_SECRET_KEY_DEV: system.key,
      });
      expect(code).toBe(10);
      expect(output).toMatch(/crm\/syncs\/broken\.ts:5:3 /);
    } finally {
      remove();
    }
  });

  it('is refused by the API, and nothing changes', async () => {
    const before = await system.api.ok('GET', '/scripts/config');
    const flow = {
      syncName: 'broken',
      providerConfigKey: integration,
      type: 'action',
      models: [],
      runs: null,
      track_deletes: false,
      endpoints: [],
      fileBody: { js: 'exports.default = {', ts: 'export default {' },
    };
    const body = {
      flowConfigs: [flow],
      onEventScriptsByProvider: [],
      nangoYamlBody: '',
      reconcile: false,
      debug: false,
    };
    expect((await call('POST', '/sync/deploy', { body })).status).toBe(400);
    expect(await system.api.ok('GET', '/scripts/config')).toEqual(before);
  });
});

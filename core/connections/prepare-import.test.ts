// What an import learns of its account, against the simulator and a real database.
import { desc } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Provider } from '../../providers/schema.ts';
import { createSimulator } from '../../simulator/index.ts';
import { createSendTokenRequest } from '../credentials/send-token-request.ts';
import { openRenewalTest, type RenewalTest } from '../credentials/test-renewal.ts';
import { operations } from '../db/schema/logs.ts';
import { createLogWriter } from '../logs/create-log-writer.ts';
import { importConnection } from './import-connection.ts';
import { prepareImport } from './prepare-import.ts';

const simulator = createSimulator();
let test: RenewalTest;
let logs: ReturnType<typeof createLogWriter>;
beforeAll(async () => {
  test = await openRenewalTest(simulator);
  logs = createLogWriter(test);
});
afterAll(async () => {
  await logs.flush();
  await test.close();
});

const steps: Provider['after_connect'] = [
  { request: { endpoint: '/me' }, set: { by: 'authenticated_by' } },
  { request: { endpoint: '/me?by=${connectionConfig.by}' }, set: { login: 'authenticated_by' } },
];
const automated = { type: 'string', title: 'Looked up', automated: true } as const;

beforeEach(() => {
  simulator.reset();
  const base = { ...test.catalogue.get('simulator')!.connection_config };
  test.setEntry({ after_connect: steps, connection_config: { ...base, by: automated, login: automated } });
});

const nothing = async () => {};
const poke = { sync: nothing, connection: nothing, action: nothing };

/** Over the connection `c1` of an environment of its own. */
async function openImport() {
  const { environment } = await test.connect();
  const deps = { ...test, catalogue: test.catalogue as never, logs, poke, validateConnection: async () => undefined };
  const importWith = async (connectionConfig?: Record<string, unknown>, connectionId = 'c1') => {
    const { accessToken } = simulator.oauth.issue();
    const credential = { type: 'OAUTH2', access_token: accessToken, raw: {} } as const;
    const given = { providerConfigKey: 'sim', connectionId, credential, connectionConfig };
    const send = createSendTokenRequest(test.egress);
    const prepared = await prepareImport({ ...deps, send }, environment, given);
    return (await importConnection(environment, deps, prepared)).connection_config;
  };
  const logged = async () => {
    await logs.flush();
    return environment.transaction((tx) => tx.select().from(operations).orderBy(desc(operations.id)));
  };
  return { importWith, logged };
}

const base = () => ({ base_url: simulator.url });
const asked = () => simulator.requests.list().map(({ path, query }) => `${path} ${query}`);

it('looks the account up, as it is done when somebody connects', async () => {
  const { importWith, logged } = await openImport();
  expect(await importWith(base(), 'new')).toEqual({ ...base(), by: 'oauth', login: 'oauth' });
  expect(await logged()).toEqual([]);
});

it('keeps the stored configuration when none is given, and lays over it what was found', async () => {
  const { importWith } = await openImport();
  expect(await importWith({ ...base(), by: 'mine', note: 'kept', login: 'mine' })).toMatchObject({ by: 'mine' });
  expect(asked()).toEqual([]); // all of it was known
  expect(await importWith()).toEqual({ ...base(), by: 'oauth', note: 'kept', login: 'oauth' });
});

it('asks for what the caller does not know, and keeps what it knows', async () => {
  const { importWith } = await openImport();
  expect(await importWith({ ...base(), by: 'mine' })).toEqual({ ...base(), by: 'mine', login: 'oauth' });
  expect(asked()).toEqual(['/me by=mine']);
});

it.each([
  ['is down', { status: 503 }, 'The credentials could not be tested: Simulator answered with status 503.'],
  ['refuses', { status: 401 }, 'Simulator did not accept these credentials (status 401).'],
])('is stored although the provider %s, and the log says what is missing', async (_how, fault, message) => {
  const { importWith, logged } = await openImport();
  simulator.faults.set([{ match: { path: '/me' }, fault }]);
  expect(await importWith()).toEqual(base());
  const [operation] = await logged();
  expect(operation).toMatchObject({
    action: 'post_connection',
    state: 'failed',
    error: { type: 'connection_test_failed', message },
    context: { integration: 'sim', provider: 'simulator', connection: 'c1' },
  });
});

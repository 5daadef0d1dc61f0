// What the app hears, and what lists show, when a credential breaks and when it works again.
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { toConnectionView } from '../connections/connection-view.ts';
import { listConnections } from '../connections/list-connections.ts';
import { loadConnectionById } from '../connections/read-connection.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import { connections, endUsers } from '../db/schema/connections.ts';
import { events } from '../db/schema/events.ts';
import { readOperation } from '../logs/read-logs.ts';
import { createCredentials } from './credentials.ts';
import { startAttempt } from './refresh-attempts.ts';
import { putCredential } from './store.ts';
import { enterEnvironment, writeDecision } from './swap-credential.ts';
import { openRenewalTest, type RenewalTest, type TestConnection } from './test-renewal.ts';

const simulator = createSimulator();
let test: RenewalTest;
beforeAll(async () => {
  test = await openRenewalTest(simulator);
});
afterAll(() => test.close());

/** Real time, so many ms ahead. */
let aheadMs = 0;
beforeEach(() => {
  simulator.reset();
  test.setEntry({});
  aheadMs = 0;
});

const answer = (fault: object) => simulator.faults.set([{ match: { path: '/oauth/token' }, fault }]);
const refuse = () => answer({ status: 400, body: { error: 'invalid_grant' } });
const mend = () => simulator.faults.set([]);

const told = ({ environment }: TestConnection) =>
  environment.transaction((tx) => tx.select().from(events).orderBy(asc(events.id)));
const names = async (connection: TestConnection) => (await told(connection)).map(({ type }) => type);

/** As its list shows it, and as it is shown alone. */
async function errorsOf({ environment, connectionId }: TestConnection) {
  const [listed] = (await listConnections(environment, { limit: 10 })).items;
  const loaded = await loadConnectionById(environment, connectionId);
  const { errors } = toConnectionView(loaded.connection, { ...loaded, credential: null });
  expect(listed!.errors).toEqual(errors);
  return errors;
}

/** The code of what goes wrong, each time a minute and more after the last. */
async function renew({ environment, connectionId }: TestConnection, force = false): Promise<string | undefined> {
  const credentials = createCredentials({ ...test, now: () => Date.now() + aheadMs });
  const ended = await credentials.fresh(environment, { connectionId, force }).catch((cause) => cause);
  aheadMs += 20 * 60_000;
  return ended.code;
}

async function breakDown(connection: TestConnection): Promise<void> {
  refuse();
  expect(await renew(connection, true)).toBe('connection_refresh_backoff');
  expect(await renew(connection, true)).toBe('connection_refresh_exhausted');
  mend();
}

it('tells the app once that only the user can help, however often it is tried after that', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  const endUserId = uuidv7();
  const { environmentId } = environment;
  await environment.transaction(async (tx) => {
    await tx.insert(endUsers).values({ id: endUserId, environmentId, endUserId: 'u-1', email: 'u@a.example' });
    const owned = { endUserId, tags: { plan: 'gold' } };
    await tx.update(connections).set(owned).where(eq(connections.id, connectionId));
  });
  refuse();
  expect(await renew(connection)).toBe('connection_refresh_backoff');
  expect(await told(connection)).toEqual([]);
  expect(await errorsOf(connection)).toEqual([]);
  expect(await renew(connection)).toBe('connection_refresh_exhausted');
  for (const force of [false, true, true]) expect(await renew(connection, force)).toBe('connection_refresh_exhausted');

  const description = 'Simulator no longer accepts the credential of this connection.';
  const [event, ...more] = await told(connection);
  expect(more).toEqual([]);
  expect(event).toMatchObject({ type: 'connection.refresh_failed', connectionId, environmentId });
  expect(event!.payload).toEqual({
    from: 'nango',
    type: 'auth',
    operation: 'refresh',
    connectionId: 'c1',
    authMode: 'OAUTH2',
    providerConfigKey: 'sim',
    provider: 'simulator',
    environment: environmentId,
    success: false,
    error: { type: 'connection_refresh_exhausted', description },
    tags: { plan: 'gold' },
    endUser: { endUserId: 'u-1', endUserEmail: 'u@a.example', tags: {} },
    occurredAt: event!.occurredAt.toISOString(),
  });

  const [error] = await errorsOf(connection);
  expect(error).toEqual({ type: 'auth', log_id: expect.any(String) });
  expect(await readOperation(environment, error!.log_id)).toMatchObject({
    type: 'auth',
    action: 'refresh_token',
    state: 'failed',
    connection: { id: connectionId, connection_id: 'c1' },
    error: { type: 'connection_refresh_exhausted', message: description },
  });
});

it.each([{ status: 503 }, { status: 400, body: { error: 'invalid_client' } }, { status: 200, body: 'no JSON' }])(
  'tells nothing of what may pass: %o',
  async (fault) => {
    const connection = await test.connect({ expiresInMs: -1000 });
    answer(fault);
    for (const force of [false, false, true]) expect(await renew(connection, force)).toBe('connection_refresh_backoff');
    expect(await told(connection)).toEqual([]);
    expect(await errorsOf(connection)).toEqual([]);
  },
);

it('tells of a renewal that works again, and only of the one that mends', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  await breakDown(connection);
  expect(await renew(connection, true)).toBeUndefined();
  expect(await renew(connection, true)).toBeUndefined();
  expect(await names(connection)).toEqual(['connection.refresh_failed', 'connection.recovered']);
  const [, recovered] = await told(connection);
  expect(recovered!.payload).toMatchObject({ operation: 'refresh', success: true, authMode: 'OAUTH2' });
  expect(recovered!.payload).not.toHaveProperty('error');
  expect(await errorsOf(connection)).toEqual([]);
});

it('begins anew with a new credential: the error is gone, and the next break is told again', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  await breakDown(connection);
  const [first] = await errorsOf(connection);
  const { accessToken, refreshToken } = simulator.oauth.issue();
  const credential = { type: 'OAUTH2', access_token: accessToken, refresh_token: refreshToken!, raw: {} } as const;
  await environment.transaction((tx) => putCredential(tx, environment, connectionId, credential));
  expect(await errorsOf(connection)).toEqual([]);
  expect(await renew(connection, true)).toBeUndefined();
  await breakDown(connection);
  expect(await names(connection)).toEqual(['connection.refresh_failed', 'connection.refresh_failed']);
  const [second] = await errorsOf(connection);
  expect(second!.log_id).not.toBe(first!.log_id);
});

it('tells once although the same decision is written again, and never takes back that the user is needed', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment } = connection;
  const row = await connection.readRow();
  const now = new Date();
  const write = async (needsReauthAt: Date | null) =>
    environment.locks.begin(async (sql) => {
      await enterEnvironment(sql, environment);
      const state = { refusedAt: now, backoffUntil: null, needsReauthAt };
      const decision = { attemptId, verdict: { outcome: 'refused', state } } as const;
      return writeDecision(sql, environment, { row, authMode: 'OAUTH2', decision, now });
    });
  const attemptId = await startAttempt(environment, row, now);
  // As after a commit whose answer was lost, and by a process that read the row before it.
  for (const needsReauthAt of [now, now, null]) {
    expect((await write(needsReauthAt)).needsReauthAt).toEqual(now);
  }
  expect(await names(connection)).toEqual(['connection.refresh_failed']);
});

it('tells nothing of a connection that is being deleted', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  const isIt = eq(connections.id, connectionId);
  await environment.transaction((tx) => tx.update(connections).set({ deletedAt: new Date() }).where(isIt));
  await breakDown(connection);
  expect((await connection.readRow()).needsReauthAt).not.toBeNull();
  expect(await told(connection)).toEqual([]);
});

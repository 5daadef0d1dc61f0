import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { connections } from '../db/schema/connections.ts';
import type { ClientCredentialsCredential, OAuth2Credential } from './credential.ts';
import { type CredentialsDeps, createCredentials } from './credentials.ts';
import { openAnswers } from './refresh-attempts.ts';
import { putCredential } from './store.ts';
import { openRenewalTest, type RenewalTest } from './test-renewal.ts';

const simulator = createSimulator();
let test: RenewalTest;
beforeAll(async () => {
  test = await openRenewalTest(simulator);
});
afterAll(() => test.close());
beforeEach(() => {
  simulator.reset();
  test.setEntry({});
});

const create = (changes: Partial<CredentialsDeps> = {}) => createCredentials({ ...test, ...changes });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const killLockHolders = () => test.own.owner`
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE '%FOR UPDATE%'`;

const crash = {
  read: () => {
    throw new Error('the process died here');
  },
};

it('journals the raw answer before it is parsed, and the next process stores it without another request', async () => {
  const connection = await test.connect({ expiresInMs: -1000 }); // strict rotation: a second request would end the grant
  const { environment, connectionId } = connection;
  await expect(create(crash).fresh(environment, { connectionId })).rejects.toThrow('died here');
  const [attempt] = await connection.readAttempts();
  const journalled = openAnswers(environment.cipher, attempt!)[0]!;
  expect(attempt!.outcome).toBeNull();
  expect(attempt!.answer!.includes('access_token')).toBe(false);
  const { access_token, refresh_token } = JSON.parse(journalled.bytes.toString());
  expect(journalled.status).toBe(200);
  expect((await connection.readRow()).version).toBe(1);

  const found = await create().fresh(environment, { connectionId });
  expect(found).toMatchObject({ version: 2, credential: { access_token, refresh_token } });
  expect(simulator.oauth.log.count()).toBe(1);
  expect((await connection.readAttempts()).map(({ outcome }) => outcome)).toEqual(['stored']);
});

it('renews again when the token of a dead process is over by now', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  await expect(create(crash).fresh(environment, { connectionId })).rejects.toThrow('died here');
  const found = await create({ now: () => Date.now() + 7_200_000 }).fresh(environment, { connectionId });
  expect(found.version).toBe(3);
  expect(simulator.oauth.log.count('issued')).toBe(2);
});

it('keeps metadata that is written during the token call, and does not make its writer wait', async () => {
  simulator.oauth.set({ delayMs: 500 });
  const connection = await test.connect();
  const { environment, connectionId } = connection;
  const renewal = create().fresh(environment, { connectionId });
  await until(() => simulator.oauth.log.count() === 1);
  const mine = eq(connections.id, connectionId);
  await environment.transaction((tx) =>
    tx
      .update(connections)
      .set({ metadata: { plan: 'gold' } })
      .where(mine),
  );
  expect(simulator.oauth.log.list()[0]?.answered).toBe(false);
  await renewal;
  const [row] = await environment.transaction((tx) => tx.select().from(connections).where(mine));
  expect(row?.metadata).toEqual({ plan: 'gold' });
});

it('stores the answer although the connection that held the lock died during the call', async () => {
  simulator.oauth.set({ delayMs: 500 });
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  const renewal = create().fresh(environment, { connectionId });
  await until(() => simulator.oauth.log.count() === 1);
  expect(await killLockHolders()).toHaveLength(1);
  expect(await renewal).toMatchObject({ version: 2 });
  expect((await connection.readAttempts()).map(({ outcome }) => outcome)).toEqual(['stored']);
  expect(simulator.oauth.log.count()).toBe(1);
});

it('never overwrites a newer credential: an answer that comes too late stays in the journal as an orphan', async () => {
  simulator.oauth.set({ delayMs: 500 });
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  const renewal = create().fresh(environment, { connectionId });
  await until(() => simulator.oauth.log.count() === 1);
  await killLockHolders();
  const newer: OAuth2Credential = { type: 'OAUTH2', access_token: 'newer', refresh_token: 'newer-r', raw: {} };
  await environment.transaction((tx) => putCredential(tx, environment, connectionId, newer));
  expect(await renewal).toMatchObject({ version: 2, credential: { access_token: 'newer' } });
  expect(await connection.readCredential()).toEqual(newer);
  const [attempt] = await connection.readAttempts();
  expect(attempt).toMatchObject({ outcome: 'orphan', answer: expect.anything() });
});

it('tries the old token at once after a process died without an answer', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  const died = { send: '00000000-0000-7000-8000-000000000001' };
  await test.own.owner`
    INSERT INTO refresh_attempts (id, environment_id, connection_id, version)
    VALUES (${died.send}, ${environment.environmentId}, ${connectionId}, 1)`;
  expect(await create().fresh(environment, { connectionId })).toMatchObject({ version: 2 });
});

it('asks through arctic with Basic, journals its answer before it, and reads what it would not', async () => {
  test.setEntry({ token_request_auth_method: 'basic' });
  simulator.oauth.set({ answerFormat: 'form' });
  const connection = await test.connect();
  const { environment, connectionId, accessToken } = connection;
  const found = await create().fresh(environment, { connectionId });
  expect((found.credential as OAuth2Credential).access_token).not.toBe(accessToken);
  const last = simulator.requests.list().at(-1);
  expect(last?.headers).toMatchObject({ 'user-agent': 'arctic', authorization: expect.stringMatching(/^Basic /) });
  const [attempt] = await connection.readAttempts();
  expect(openAnswers(environment.cipher, attempt!)[0]?.bytes.toString()).toContain('access_token=at_');
});

it('survives through arctic what it survives itself: refusals, cut answers, redirects', async () => {
  test.setEntry({ token_request_auth_method: 'basic' });
  for (const [fault, status, error] of [
    [{ status: 400, body: { error: 'invalid_grant' } }, 400, 'invalid_grant'],
    [{ status: 302, headers: { location: '/elsewhere' } }, 302, undefined],
    ['reset-before-headers', null, undefined],
  ] as const) {
    const { environment, connectionId } = await test.connect({ expiresInMs: -1000 });
    simulator.faults.set([{ match: { path: '/oauth/*' }, fault }]);
    const failure = await create()
      .fresh(environment, { connectionId })
      .catch((cause) => cause);
    expect(failure.payload.last_error).toMatchObject({ status, ...(error && { error }) });
  }
});

it("takes a connection's own developer app before the integration's", async () => {
  simulator.oauth.set({ clients: [{ clientId: 'own-client', clientSecret: 'own-secret' }] });
  const { refreshToken = '' } = simulator.oauth.issue();
  const connection = await test.connect({
    credential: {
      type: 'OAUTH2',
      access_token: 'a',
      refresh_token: refreshToken,
      expires_at: new Date().toISOString(),
      raw: {},
      config_override: { client_id: 'own-client', client_secret: 'own-secret' },
    },
  });
  const { environment, connectionId } = connection;
  expect(await create().fresh(environment, { connectionId })).toMatchObject({
    version: 2,
    credential: { config_override: { client_id: 'own-client' } },
  });
});

it('takes a client-credentials grant again, for 55 minutes when no expiry is told', async () => {
  const grant = { token_params: { grant_type: 'client_credentials' }, auth_mode: 'OAUTH2_CC' } as const;
  test.setEntry({ ...grant, scope_separator: ' ', default_scopes: ['a', 'b'] });
  const credential: ClientCredentialsCredential = {
    type: 'OAUTH2_CC',
    token: 'old',
    client_id: 'sim-client',
    client_secret: 'sim-secret',
    expires_at: new Date().toISOString(),
    raw: {},
  };
  const connection = await test.connect({ credential });
  const { environment, connectionId } = connection;
  const found = await create().fresh(environment, { connectionId });
  expect(found.credential).toMatchObject({
    token: expect.stringMatching(/^at_/),
    client_secret: 'sim-secret',
    raw: { scope: 'a b' },
  });

  simulator.faults.set([{ match: { path: '/oauth/token' }, fault: { status: 200, body: { access_token: 'plain' } } }]);
  const again = await create().fresh(environment, { connectionId, force: true });
  expect(again.credential).toMatchObject({ token: 'plain' });
  expect((again.expiresAt!.getTime() - Date.now()) / 60_000).toBeCloseTo(55, 0);
});

it('keeps what an answer says about the account, where the entry wants it', async () => {
  test.setEntry({ refresh_token_response_metadata: ['token_type', 'nothing'] });
  const { environment, connectionId } = await test.connect({ expiresInMs: -1000 });
  await create().fresh(environment, { connectionId });
  const [row] = await environment.transaction((tx) =>
    tx.select().from(connections).where(eq(connections.id, connectionId)),
  );
  expect(row!.connectionConfig).toEqual({ base_url: simulator.url, token_type: expect.stringMatching(/bearer/i) });
});

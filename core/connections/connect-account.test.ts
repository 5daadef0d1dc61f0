// What a reconnect refuses, and what the page is told then.
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { openRenewalTest, type RenewalTest, type TestConnection } from '../credentials/test-renewal.ts';
import { uuidv7 } from '../crypto/uuid.ts';
import { connectSessions } from '../db/schema/connect-sessions.ts';
import { connections } from '../db/schema/connections.ts';
import type { SynclineError } from '../errors.ts';
import { connectAccount } from './connect-account.ts';
import { toFlowError } from './flows/flow-error.ts';

let test: RenewalTest;
beforeAll(async () => {
  test = await openRenewalTest(createSimulator());
});
afterAll(() => test.close());

const nothing = async () => {};
const deps = {
  poke: { sync: nothing, connection: nothing, action: nothing },
  validateConnection: async () => undefined,
};

const rowOf = async ({ environment, connectionId }: TestConnection) => {
  const isIt = eq(connections.id, connectionId);
  const [row] = await environment.transaction((tx) => tx.select().from(connections).where(isIt));
  return row!;
};

/** A session for it that has had a success, and may have more. */
async function reconnectAs(connection: TestConnection, account: string) {
  const { environment, connectionId, accessToken } = connection;
  const [id, succeededAt] = [uuidv7(), new Date()];
  const { environmentId } = environment;
  const stored = { id, environmentId, connectionId, succeededAt, tokenHmac: randomBytes(32), expiresAt: new Date() };
  await environment.transaction((tx) => tx.insert(connectSessions).values(stored));
  const session = {
    ...{
      id,
      allowedIntegrations: null,
      defaults: {},
      overrides: null,
      tags: null,
      webhookUrlOverride: null,
      chosenId: null,
    },
    ...{ endUser: null, reconnects: connectionId, strict: false, requireConfirmation: false, settings: {} },
    expiresAt: new Date(),
  };
  const { integrationId } = await rowOf(connection);
  const provider = { ...test.catalogue.get('simulator')!, identity: 'account' };
  const credential = { type: 'OAUTH2', access_token: accessToken, raw: {} } as const;
  const given = { integrationId, provider, credential, connectionConfig: { account } };
  const failure: SynclineError | undefined = await connectAccount(environment, deps, { session, account: given }).then(
    () => undefined,
    (cause) => cause,
  );
  const isIt = eq(connectSessions.id, id);
  const [left] = await environment.transaction((tx) => tx.select().from(connectSessions).where(isIt));
  return { failure, succeededAt: left!.succeededAt };
}

it('refuses another account as such: the connection is not gone, and an earlier success of the session stands', async () => {
  const connection = await test.connect();
  expect((await reconnectAs(connection, 'a-1')).failure).toBeUndefined();
  const { failure, succeededAt } = await reconnectAs(connection, 'a-2');
  expect(failure).toMatchObject({ code: 'connection_validation_failed', status: 400 });
  expect(toFlowError(failure).code).toBe('connection_validation_failed');
  expect(succeededAt).not.toBeNull();
  expect((await rowOf(connection)).connectionConfig).toMatchObject({ account: 'a-1' });
  expect((await connection.readRow()).version).toBe(2);
});

it('says of a connection that was deleted meanwhile that it is gone', async () => {
  const connection = await test.connect();
  const isIt = eq(connections.id, connection.connectionId);
  await connection.environment.transaction((tx) => tx.update(connections).set({ deletedAt: new Date() }).where(isIt));
  const { failure } = await reconnectAs(connection, 'a-1');
  expect(failure).toMatchObject({ code: 'invalid_connection', status: 400 });
  expect(toFlowError(failure).code).toBe('connection_not_found');
});

// For tests and bars: values of every encrypted column, written by the code that writes them when the server runs.
import { randomBytes } from 'node:crypto';
import { sealText } from '../actions/sealed.ts';
import { insertFlow, makeFlowSecrets } from '../connections/flows/flow-state.ts';
import { sealDefaults } from '../connections/sessions/session.ts';
import { hashSessionToken, makeSessionToken } from '../connections/sessions/session-token.ts';
import { journalAnswers, startAttempt } from '../credentials/refresh-attempts.ts';
import { putCredential } from '../credentials/store.ts';
import type { Database, EnvironmentDb } from '../db/database.ts';
import { asyncActions } from '../db/schema/async-actions.ts';
import { connectSessions } from '../db/schema/connect-sessions.ts';
import { connections } from '../db/schema/connections.ts';
import { integrations } from '../db/schema/integrations.ts';
import { createEnvironment } from '../environments/environments.ts';
import { rotateHmacKey } from '../environments/public-key.ts';
import { rotateSigningKey } from '../environments/signing-keys.ts';
import { setVariable } from '../environments/variables.ts';
import { sealSecrets } from '../integrations/app-credentials.ts';
import { createPageWriter } from '../records/commit-page.ts';
import { openStream } from '../records/open-stream.ts';
import { claimRequest } from '../requests/claim-request.ts';
import { openJournal } from '../runtime/host/journal.ts';
import { type EncryptedColumn, encryptedColumns } from './encrypted-columns.ts';
import { inEnvironment, isCiphertext } from './reencrypt-column.ts';
import { uuidv7 } from './uuid.ts';

export interface Seeded {
  environment: EnvironmentDb;
  streamId: number;
  connectionIds: string[];
}

/** A new environment with so many connections and records, and at least two of everything else. */
export async function seedValues(
  database: Database,
  wanted: { connections: number; records: number },
): Promise<Seeded> {
  const { id } = await createEnvironment(database, `seeded-${randomBytes(4).toString('hex')}`, false);
  const environment = await database.forEnvironment(id);
  await rotateSigningKey(environment, { overlapSeconds: 3_600 });
  await rotateHmacKey(environment);
  for (const name of ['FIRST', 'SECOND']) await setVariable(environment, { name, value: `value of ${name}` });
  const integrationIds = [uuidv7(), uuidv7()];
  for (const integrationId of integrationIds) await insertIntegration(environment, integrationId);
  const connectionIds: string[] = [];
  for (let number = 0; number < wanted.connections; number++) {
    connectionIds.push(await insertConnection(environment, { integrationId: integrationIds[0]!, number }));
  }
  for (const connectionId of connectionIds.slice(0, 2)) {
    await journalAttempt(environment, connectionId);
    await insertSession(environment, integrationIds[0]!, database);
    await insertAction(environment, { connectionId, integrationId: integrationIds[0]! });
    await answerRequest(environment);
    await journalRun(environment);
  }
  const stream = await openStream(environment, { connectionId: connectionIds[0]!, model: 'Contact', variant: 'base' });
  for (let from = 0; from < wanted.records; from += pageRows) {
    const count = Math.min(pageRows, wanted.records - from);
    await writeRecords(environment, stream.id, { from, count, edition: 0 });
  }
  return { environment, streamId: stream.id, connectionIds };
}

export interface OpenedValue {
  column: EncryptedColumn;
  row: string;
  value: Buffer;
  plain: string;
}

/** Every value of an environment, opened by the places that a rotation knows. @throws SynclineError `undecryptable` */
export async function openAll(environment: EnvironmentDb): Promise<OpenedValue[]> {
  const opened: OpenedValue[] = [];
  for (const entry of encryptedColumns) {
    const { table, column, key } = entry;
    const names = key.map(([name], index) => `${name}::text AS k${index}`).join(', ');
    const rows = await inEnvironment(environment, (sql) =>
      sql.unsafe<({ value: Buffer } & Record<string, string>)[]>(
        `SELECT ${names}, ${column} AS value FROM ${table} WHERE ${isCiphertext(column)} ORDER BY ${key.map(([name]) => name).join(', ')}`,
      ),
    );
    for (const values of rows) {
      const row = entry.row(key.map((_, index) => values[`k${index}`]!));
      const plain = environment.cipher.decrypt({ table, column, row }, values.value).toString('latin1');
      opened.push({ column: entry, row, value: values.value, plain });
    }
  }
  return opened;
}

const pageRows = 500;

export async function writeRecords(
  environment: EnvironmentDb,
  streamId: number,
  { from, count, edition }: { from: number; count: number; edition: number },
): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  const page = { ids: numbers.map(recordId), bodies: numbers.map((number) => recordBody(number, edition)) };
  await createPageWriter(environment, null).save({ id: streamId, model: 'Contact' }, page, undefined);
}

export const recordId = (number: number): string => `contact "${number}" \\ é`;

export const recordBody = (number: number, edition: number): Buffer =>
  Buffer.from(JSON.stringify({ edition, id: recordId(number), note: 'x'.repeat(number % 400) }));

export const accessToken = (number: number): string => `token-of-${number}`;

async function insertIntegration(environment: EnvironmentDb, id: string): Promise<void> {
  const credentials = { type: 'OAUTH2', client_id: 'a-client', client_secret: 'a-secret' } as const;
  await environment.transaction((tx) =>
    tx.insert(integrations).values({
      id,
      environmentId: environment.environmentId,
      uniqueKey: id,
      provider: 'simulator',
      displayName: 'Simulator',
      credentials: sealSecrets(environment.cipher, id, { credentials, config: {} }),
    }),
  );
}

async function insertConnection(
  environment: EnvironmentDb,
  { integrationId, number }: { integrationId: string; number: number },
): Promise<string> {
  const { environmentId } = environment;
  const id = uuidv7();
  await environment.transaction(async (tx) => {
    await tx.insert(connections).values({ id, environmentId, integrationId, connectionId: `c${number}` });
    await putCredential(tx, environment, id, { type: 'OAUTH2', access_token: accessToken(number), raw: { number } });
  });
  return id;
}

async function journalAttempt(environment: EnvironmentDb, connectionId: string): Promise<void> {
  const row = { connectionId, version: 1 } as Parameters<typeof startAttempt>[1];
  const attemptId = await startAttempt(environment, row, new Date());
  const answer = { status: 200, receivedAt: new Date(), bytes: Buffer.from('{"access_token":"new"}') };
  await journalAnswers(environment, attemptId, [answer as Parameters<typeof journalAnswers>[2][number]]);
}

async function insertSession(environment: EnvironmentDb, integrationId: string, { keys }: Database): Promise<void> {
  const { environmentId } = environment;
  const id = uuidv7();
  const defaults = sealDefaults(environment, id, { simulator: { connection_config: { tenant: 'acme' } } });
  const tokenHmac = hashSessionToken(keys.purpose('connect-session'), makeSessionToken());
  const expiresAt = new Date(Date.now() + 3_600_000);
  await environment.transaction((tx) =>
    tx.insert(connectSessions).values({ id, environmentId, tokenHmac, defaults, expiresAt }),
  );
  const pinned = {
    authMode: 'OAUTH2',
    connectionId: 'c',
    redirectUri: 'http://localhost/oauth/callback',
    connectionConfig: {},
    given: {},
    openerOrigin: 'http://localhost',
    mode: { verifier: 'a-verifier' },
  };
  const secrets = makeFlowSecrets();
  await insertFlow(environment, { secrets, sessionId: id, integrationId, clientHash: null, pinned });
}

async function insertAction(
  environment: EnvironmentDb,
  { connectionId, integrationId }: { connectionId: string; integrationId: string },
): Promise<void> {
  const { environmentId, cipher } = environment;
  const id = uuidv7();
  await environment.transaction((tx) =>
    tx.insert(asyncActions).values({
      id,
      environmentId,
      connectionId,
      integrationId,
      functionId: uuidv7(),
      name: 'an-action',
      names: { integration: 'i', provider: 'simulator', connection: 'c' },
      via: 'action',
      requestHash: randomBytes(16),
      operationId: uuidv7(),
      finishedAt: new Date(),
      input: sealText(cipher, 'input', id, '{"in":1}'),
      output: sealText(cipher, 'output', id, '{"out":1}'),
      error: sealText(cipher, 'error', id, '{"code":"no"}'),
    }),
  );
}

async function answerRequest(environment: EnvironmentDb): Promise<void> {
  const request = { apiKeyId: uuidv7(), route: 'POST /connections', key: 'once', content: 'asked' };
  const claim = await claimRequest(environment, request);
  if ('settle' in claim) await claim.settle({ status: 200, headers: [], body: 'answered' } as never);
}

async function journalRun(environment: EnvironmentDb): Promise<void> {
  const journal = await openJournal(environment, { runId: uuidv7(), segment: 0 });
  journal.record(journal.slot('GET /contacts'), Buffer.from('an answer'));
  await journal.flush();
}

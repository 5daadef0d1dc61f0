import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashClientId } from '../core/connections/flows/client-id.ts';
import { writeResult } from '../core/connections/flows/flow-results.ts';
import { insertFlow, makeFlowSecrets } from '../core/connections/flows/flow-state.ts';
import type { EnvironmentDb } from '../core/db/database.ts';
import { openTestDatabase, type TestDatabase } from '../core/records/test-database.ts';
import { openWaitingPage } from '../test/e2e/waiting-page.ts';
import { createFlowSockets, type FlowSocketsOptions } from './flow-sockets.ts';

let test: TestDatabase;
let env: EnvironmentDb;
const running: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  test = await openTestDatabase('flow_sockets');
  ({ env } = await test.environment());
});
afterAll(async () => {
  await Promise.all(running.map(({ stop }) => stop()));
  await test.close();
});

/** As an API process has it. */
async function startProcess(options: FlowSocketsOptions = {}): Promise<string> {
  const sockets = createFlowSockets(test.database, options);
  const server = createServer();
  server.on('upgrade', sockets.accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push({
    async stop() {
      await sockets.close();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const done = { status: 'success', provider_config_key: 'crm', connection_id: 'c1' } as const;

async function begin(clientId: string): Promise<Buffer> {
  const clientHash = hashClientId(clientId);
  const pinned = { mode: null } as never;
  const ids = { sessionId: randomUUID(), integrationId: randomUUID() };
  await insertFlow(env, { secrets: makeFlowSecrets(), ...ids, clientHash, pinned });
  return clientHash;
}

it('tells a result at once, also in another process than the one where it was written', async () => {
  const [one, other] = [
    await startProcess({ sweepEveryMs: 3_600_000 }),
    await startProcess({ sweepEveryMs: 3_600_000 }),
  ];
  for (const url of [one, other]) {
    const page = await openWaitingPage(url);
    const clientHash = await begin(page.clientId);
    await writeResult(env, clientHash, done); // by a connection that neither process listens on
    expect(await page.result()).toEqual({
      message_type: 'success',
      provider_config_key: 'crm',
      connection_id: 'c1',
      is_pending: false,
    });
    expect(await page.closed).toBe(1000);
  }
});

it('finds a result whose notice was lost', async () => {
  const page = await openWaitingPage(await startProcess({ sweepEveryMs: 50 }));
  const clientHash = await begin(page.clientId);
  const failed = JSON.stringify({ status: 'error', error_type: 'token_err', error_desc: 'No.' });
  await env.transaction((tx) =>
    tx.execute(sql`UPDATE flow_results SET outcome = ${failed}::jsonb WHERE client_hash = ${clientHash}`),
  );
  expect(await page.result()).toEqual({ message_type: 'error', error_type: 'token_err', error_desc: 'No.' });
});

it('repeats a result to a page that comes back with its id, and greets strangers with one of their own', async () => {
  const url = await startProcess();
  const first = await openWaitingPage(url);
  first.drop();
  await writeResult(env, await begin(first.clientId), done);
  const back = await openWaitingPage(url, first.clientId);
  expect(back.clientId).toBe(first.clientId);
  expect(await back.result()).toMatchObject({ message_type: 'success' });
  const stranger = await openWaitingPage(url, 'not-an-id');
  expect(stranger.clientId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  stranger.drop();
});

it('sends pages away beyond its bound, and serves again when there is room', async () => {
  const url = await startProcess({ maxSockets: 1 });
  const page = await openWaitingPage(url);
  const refused = new WebSocket(url.replace('http', 'ws'));
  await once(refused, 'error');
  page.drop();
  await page.closed;
  await expect
    .poll(() =>
      openWaitingPage(url).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

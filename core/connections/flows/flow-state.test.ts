import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EnvironmentDb } from '../../db/database.ts';
import { openTestDatabase, type TestDatabase } from '../../records/test-database.ts';
import { hashClientId, makeClientId } from './client-id.ts';
import { findOutcomes, readFlowOutcome, tellFailure, writeResult } from './flow-results.ts';
import {
  type FlowSecrets,
  insertFlow,
  makeFlowSecrets,
  type NewFlow,
  type PinnedFlow,
  takeFlow,
} from './flow-state.ts';

let test: TestDatabase;
let env: EnvironmentDb;
beforeAll(async () => {
  test = await openTestDatabase('flow_state');
  ({ env } = await test.environment());
});
afterAll(() => test.close());

const pinned: PinnedFlow = {
  authMode: 'OAUTH2',
  connectionId: randomUUID(),
  redirectUri: 'https://app.example/oauth/callback',
  connectionConfig: {},
  given: {},
  openerOrigin: 'https://app.example',
  mode: { verifier: 'the-verifier-of-this-flow' },
};

async function begin(changes: Partial<NewFlow> = {}): Promise<FlowSecrets> {
  const secrets = makeFlowSecrets();
  const ids = { sessionId: randomUUID(), integrationId: randomUUID() };
  await insertFlow(env, { secrets, ...ids, clientHash: null, pinned, ...changes });
  return secrets;
}

const holding =
  ({ cookie }: FlowSecrets) =>
  (name: string) =>
    name === cookie.name ? cookie.value : undefined;
const unknown = expect.objectContaining({ code: 'state_err', status: 400 });

it('gives a flow back to the browser that started it, with what was pinned', async () => {
  const secrets = await begin();
  const { flow, isSameBrowser } = await takeFlow(test.database, secrets.state, holding(secrets));
  expect([isSameBrowser, flow.pinned, flow.environment.environmentId]).toEqual([true, pinned, env.environmentId]);
});

it('knows another browser, and ends the flow all the same', async () => {
  for (const held of [() => undefined, holding(makeFlowSecrets()), () => 'guess']) {
    const secrets = await begin();
    expect((await takeFlow(test.database, secrets.state, held)).isSameBrowser).toBe(false);
    await expect(takeFlow(test.database, secrets.state, holding(secrets))).rejects.toThrow(unknown);
  }
});

it('lets one of many callbacks through', async () => {
  const secrets = await begin();
  const callbacks = Array.from({ length: 50 }, () => takeFlow(test.database, secrets.state, holding(secrets)));
  const settled = await Promise.allSettled(callbacks);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('ends after ten minutes', async () => {
  const secrets = await begin();
  await env.transaction((tx) => tx.execute(sql`UPDATE oauth_flows SET expires_at = now()`));
  await expect(takeFlow(test.database, secrets.state, holding(secrets))).rejects.toThrow(unknown);
});

it('keeps neither state nor cookie nor verifier in clear', async () => {
  const secrets = await begin();
  const dump = sql`SELECT string_agg(oauth_flows::text, ' ') AS text FROM oauth_flows`;
  const [row] = await env.transaction((tx) => tx.execute<{ text: string }>(dump));
  const forms = (text: string) => [
    text,
    Buffer.from(text).toString('hex'),
    Buffer.from(text, 'base64url').toString('hex'),
  ];
  for (const secret of [secrets.state, secrets.cookie.value, 'the-verifier-of-this-flow'])
    for (const form of forms(secret)) expect(row!.text).not.toContain(form);
});

it('gives each flow a cookie and a state of its own', () => {
  const all = Array.from({ length: 1_000 }, makeFlowSecrets);
  expect(new Set(all.map(({ state }) => state)).size).toBe(1_000);
  expect(new Set(all.map(({ cookie }) => cookie.name)).size).toBe(1_000);
});

it('lets an id of a waiting page serve one flow', async () => {
  const clientHash = hashClientId(makeClientId());
  await begin({ clientHash });
  await expect(begin({ clientHash })).rejects.toThrow(expect.objectContaining({ code: 'url_param_err' }));
  await tellFailure(env, { sessionId: randomUUID(), clientHash, providerConfigKey: 'x' }, { code: 'e', message: '' });
  expect((await findOutcomes(test.database.platform, [clientHash.toString('hex')])).size).toBe(0); // still the first flow's
});

it('tells what came of it to its own session, and to no other', async () => {
  const clientId = makeClientId();
  const [sessionId, clientHash] = [randomUUID(), hashClientId(clientId)];
  await begin({ sessionId, clientHash });
  const ask = (of: string) => readFlowOutcome(env, { sessionId: of, clientId });
  expect(await ask(sessionId)).toEqual({ status: 'pending' });
  const outcome = { status: 'success', provider_config_key: 'crm', connection_id: 'c1' } as const;
  await writeResult(env, clientHash, outcome);
  expect([await ask(sessionId), await ask(randomUUID())]).toEqual([outcome, { status: 'pending' }]);
  expect([...(await findOutcomes(test.database.platform, [clientHash.toString('hex')])).values()]).toEqual([outcome]);
});

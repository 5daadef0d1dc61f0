import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { createCredentials } from './credentials.ts';
import { noteUnhelpful, renewRefused } from './renew-refused.ts';
import { openRenewalTest, type RenewalTest, type TestConnection } from './test-renewal.ts';

const simulator = createSimulator();
const hour = 3_600_000;
let test: RenewalTest;
beforeAll(async () => {
  test = await openRenewalTest(simulator);
});
afterAll(() => test.close());
beforeEach(() => simulator.reset());

const posts = () => simulator.oauth.log.count();

async function setUp() {
  const credentials = createCredentials(test);
  const connection = await test.connect({ expiresInMs: hour });
  const renew = (version: number, now?: number) =>
    renewRefused(credentials, connection.environment, { connectionId: connection.connectionId, version }, now);
  return { credentials, renew, ...connection };
}

const tokenIn = async ({ readCredential }: TestConnection) => (await readCredential()) as { access_token: string };

it('renews a token that is not due, once', async () => {
  const { renew, accessToken, ...rest } = await setUp();
  const renewed = await renew(1);
  expect(renewed).toMatchObject({ version: 2, credential: { type: 'OAUTH2' } });
  expect((await tokenIn(rest as never)).access_token).not.toBe(accessToken);
  expect(posts()).toBe(1);
});

it('takes what somebody else has renewed, and renews nothing', async () => {
  const { renew } = await setUp();
  await renew(1);
  expect(await renew(1)).toMatchObject({ version: 2 });
  expect(posts()).toBe(1);
});

it('makes one renewal for fifty that are refused at once', async () => {
  const { renew } = await setUp();
  const renewed = await Promise.all(Array.from({ length: 50 }, () => renew(1)));
  expect(new Set(renewed.map((found) => found?.version))).toEqual(new Set([2]));
  expect(posts()).toBe(1);
});

it('rests ten minutes after a renewal that did not help, but takes what others renew', async () => {
  const { renew, credentials, connectionId, environment } = await setUp();
  const now = Date.now();
  await renew(1);
  noteUnhelpful(credentials, connectionId, now);
  expect(await renew(2, now + 9 * 60_000)).toBeUndefined();
  expect(posts()).toBe(1);
  await credentials.fresh(environment, { connectionId, force: true });
  expect(await renew(2, now + 9 * 60_000)).toMatchObject({ version: 3 });
  expect(await renew(3, now + 11 * 60_000)).toMatchObject({ version: 4 });
});

it('has nothing else to try when the renewal fails or the credential cannot be renewed', async () => {
  const failing = await setUp();
  simulator.faults.set([{ match: { path: '/oauth/token' }, fault: { status: 500 } }]);
  expect(await failing.renew(1)).toBeUndefined();
  simulator.faults.clear();
  const credentials = createCredentials(test);
  const { environment, connectionId } = await test.connect({ credential: { type: 'API_KEY', apiKey: 'k' } });
  expect(await renewRefused(credentials, environment, { connectionId, version: 1 })).toBeUndefined();
  const gone = { connectionId: crypto.randomUUID(), version: 1 };
  expect(await renewRefused(credentials, environment, gone)).toBeUndefined();
});

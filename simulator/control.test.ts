import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from './index.ts';

const simulator = createSimulator({ dataset: { count: 30, seed: 2 } });
beforeAll(async () => void (await simulator.listen()));
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

async function control(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${simulator.url}/__control/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const call = (path: string) => fetch(simulator.url + path, { headers: { 'x-api-key': 'sim-key' } });

it('seeds, creates, edits, deletes and restores rows', async () => {
  await control('POST', 'dataset', { count: 10, seed: 5, sizeBytes: 900 });
  expect((await control('POST', 'edit', { count: 3 })).body['ids']).toHaveLength(3);
  expect((await control('POST', 'delete', { ids: ['c0000004', 'unknown'] })).body).toEqual({ ids: ['c0000004'] });
  expect((await control('POST', 'create', { count: 2, fields: { name: 'X' } })).body['ids']).toEqual([
    'c0000011',
    'c0000012',
  ]);
  expect((await control('GET', 'dataset')).body).toMatchObject({ live: 11, deleted: 1, version: 6, seed: 5 });
  await control('POST', 'restore', { ids: ['c0000004'] });
  expect((await control('GET', 'dataset?rows')).body['rows']).toHaveLength(12);
});

it('sets a fault script, shows how often it fired, and clears it', async () => {
  const rules = [{ match: { path: '/me', everyNth: 2 }, fault: 'status-503', times: 1 }];
  expect((await control('POST', 'faults', { rules, seed: 3 })).status).toBe(200);
  expect([(await call('/me')).status, (await call('/me')).status]).toEqual([200, 503]);
  expect((await control('GET', 'faults')).body).toMatchObject({
    rules: [{ matched: 2, fired: 1 }],
    counts: { 'status-503': 1 },
  });
  await control('DELETE', 'faults');
  expect((await control('GET', 'faults')).body['rules']).toEqual([]);
});

it('sets rate limit, OAuth and login', async () => {
  await control('POST', 'rate-limit', { dialect: '403', limit: 1 });
  expect([(await call('/me')).status, (await call('/me')).status]).toEqual([200, 403]);
  await control('DELETE', 'rate-limit');
  await control('POST', 'oauth', { rotation: 'grace', graceSeconds: 5, accessTokenTtlSeconds: 9, delayMs: 0 });
  expect((await control('GET', 'oauth')).body).toMatchObject({
    rotation: 'grace',
    graceSeconds: 5,
    requirePkce: false,
  });
  await control('POST', 'auth', { apiKeys: ['other'] });
  expect((await call('/me')).status).toBe(401);
});

it('hands out grants and tells which tokens are still good', async () => {
  const { body } = await control('POST', 'oauth/grants', { count: 2, accessTokenTtlSeconds: 0 });
  const tokens = (body['tokens'] as { accessToken: string; refreshToken: string }[]).flatMap((pair) => [
    pair.accessToken,
    pair.refreshToken,
  ]);
  const inspected = await control('POST', 'oauth/inspect', { tokens });
  expect((inspected.body['tokens'] as { usable: boolean }[]).map(({ usable }) => usable)).toEqual([
    false,
    true,
    false,
    true,
  ]);
});

it('shows requests, answers served and counters', async () => {
  await call('/contacts?per_page=20');
  await call('/me');
  expect((await control('GET', 'requests?path=/contacts')).body['entries']).toHaveLength(1);
  expect((await control('GET', 'served')).body['answers']).toMatchObject([{ path: '/contacts', delivery: 'whole' }]);
  expect(Object.keys((await control('GET', 'served/latest')).body['revisions'] ?? {})).toHaveLength(20);
  expect((await control('GET', 'counters')).body).toMatchObject({ servedRows: 20, liveRows: 30, rateLimited: 0 });
});

it('sends a webhook', async () => {
  const sending = { url: `${simulator.url}/status?code=202&api_key=sim-key`, body: { a: 1 }, scheme: 'stripe' };
  expect((await control('POST', 'webhook', sending)).body).toMatchObject({ answers: [{ status: 202 }] });
});

it('resets to what it was started with', async () => {
  await control('POST', 'auth', { requireAuth: false });
  await control('POST', 'delete', { count: 5 });
  await control('POST', 'reset');
  expect((await fetch(`${simulator.url}/me`)).status).toBe(401);
  expect((await control('GET', 'dataset')).body).toMatchObject({ live: 30, deleted: 0 });
});

it.each([
  ['POST', 'dataset', { cuont: 4 }],
  ['POST', 'dataset', { count: 'many' }],
  ['POST', 'faults', { rules: [{ fault: 'nope' }] }],
  ['POST', 'rate-limit', { dialect: 'klingon' }],
  ['POST', 'oauth', { rotation: 'sometimes' }],
])('answers 400 to %s %s %j', async (method, path, body) => {
  const answer = await control(method, path, body);
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad_control' } } });
});

it('names the controls there are when asked for another', async () => {
  expect((await control('GET', 'nothing')).status).toBe(404);
});

it('has no control API when told so', async () => {
  const closed = createSimulator({ control: false });
  await closed.listen();
  expect((await fetch(`${closed.url}/__control/counters`)).status).toBe(401);
  await closed.close();
});

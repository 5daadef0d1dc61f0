import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { statedTime } from './early-requests.ts';
import { createSimulator, type Dialect, dialects } from './index.ts';
import { createRateLimit } from './rate-limit.ts';

const simulator = createSimulator();
beforeAll(async () => void (await simulator.listen()));
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const call = (key = 'sim-key') => fetch(`${simulator.url}/me`, { headers: { 'x-api-key': key } });

it.each(dialects)('refuses beyond the limit and names the time in dialect %s', async (dialect) => {
  simulator.rateLimit.set({ dialect, limit: 3, windowMs: 20_000, leakPerSecond: 0.1 });
  for (let sent = 0; sent < 3; sent += 1) expect((await call()).status).toBe(200);
  const response = await call();
  expect(response.status).toBe(dialect === '403' ? 403 : 429);
  const stated = statedTime(Object.fromEntries(response.headers), Date.now());
  if (dialect === 'bare') return expect(stated).toBeUndefined();
  expect(stated).toBeGreaterThan(Date.now());
  expect(stated).toBeLessThan(Date.now() + 22_000);
  await call();
  expect(simulator.counters()).toMatchObject({ rateLimited: 2, earlyRequests: 1 });
});

const headersOf: Partial<Record<Dialect, string[]>> = {
  'x-ratelimit': ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
  'ratelimit-draft': ['ratelimit', 'ratelimit-policy'],
  bucket: ['x-shopify-shop-api-call-limit'],
};

it.each(Object.entries(headersOf))('tells the budget with every answer in dialect %s', async (dialect, names) => {
  simulator.rateLimit.set({ dialect: dialect as Dialect });
  const { headers } = await call();
  for (const name of names) expect(headers.get(name)).not.toBeNull();
});

it('counts callers apart', async () => {
  simulator.setAuth({ apiKeys: ['one', 'two'] });
  simulator.rateLimit.set({ dialect: 'retry-after-seconds', limit: 1 });
  expect([await call('one'), await call('one'), await call('two')].map((response) => response.status)).toEqual([
    200, 429, 200,
  ]);
});

it('lets a caller through that waits as told, in every dialect', () => {
  for (const dialect of dialects.filter((name) => name !== 'bare')) {
    let nowMs = 1_700_000_000_321;
    const limit = createRateLimit(() => nowMs);
    limit.set({ dialect, limit: 40 });
    for (let sent = 0; sent < 200; sent += 1) {
      const { headers, refusal } = limit.take('me');
      if (!refusal) continue;
      nowMs = statedTime(headers, nowMs) ?? Number.NaN;
      expect(limit.take('me').refusal, dialect).toBeUndefined();
    }
  }
});

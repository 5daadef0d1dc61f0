// Proving a credential, against the simulator.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { createEgress } from '../egress/egress.ts';
import type { ProxyCredentials, ProxyRules } from './entry.ts';
import { type VerifyInput, verifyCredential } from './verify-credential.ts';

const simulator = createSimulator();
let egress: ReturnType<typeof createEgress>;

beforeAll(async () => {
  await simulator.listen();
  egress = createEgress({ allow: [new URL(simulator.url).host, '127.0.0.1:1'], env: 'production' });
});

afterAll(async () => {
  await egress.close();
  await simulator.close();
});

const apiKey = (key: string): ProxyCredentials => ({ type: 'API_KEY', apiKey: key });

interface Call extends Partial<Pick<VerifyInput, 'baseUrl' | 'endpoint' | 'credentials'>> {
  proxy?: ProxyRules;
  verify?: VerifyInput['provider']['verify'];
}

function verify({ proxy, verify: predicate, credentials = apiKey('sim-key'), ...rest }: Call) {
  return verifyCredential({
    provider: {
      auth_mode: credentials.type === 'BASIC' ? 'BASIC' : 'API_KEY',
      proxy: { base_url: simulator.url, headers: { 'x-api-key': '${apiKey}' }, ...proxy },
      ...(predicate && { verify: predicate }),
    },
    integration: {},
    connection: { id: 'c', connectionConfig: {}, metadata: {} },
    credentials,
    egress,
    ...rest,
  });
}

it('passes a good key and refuses a wrong one, and shows neither', async () => {
  const proxy = { verification: { endpoints: ['/me'] } };
  const good = await verify({ proxy });
  expect(good).toMatchObject({
    verdict: 'good',
    attempts: [{ method: 'GET', url: `${simulator.url}/me`, status: 200 }],
  });
  expect(good.attempts[0]?.headers['x-api-key']).toBe('[secret]');
  const bad = await verify({ proxy, credentials: apiKey('wrong-key') });
  expect(bad).toMatchObject({ verdict: 'refused', attempts: [{ status: 401 }] });
  expect(JSON.stringify([good, bad])).not.toMatch(/sim-key|wrong-key/);
});

it('hides user and password also where they became Basic', async () => {
  const credentials: ProxyCredentials = { type: 'BASIC', username: 'sim-user', password: 'sim-password' };
  const { attempts, verdict } = await verify({
    proxy: { headers: {}, verification: { endpoints: ['/me'] } },
    credentials,
  });
  expect(verdict).toBe('good');
  expect(attempts[0]?.headers['authorization']).toBe('Basic [secret]');
});

it('tries the endpoints in turn and stops at the first that passes', async () => {
  const { verdict, attempts } = await verify({ proxy: { verification: { endpoints: ['/gone', '/me', '/never'] } } });
  expect(verdict).toBe('good');
  expect(attempts.map(({ status }) => status)).toEqual([404, 200]);
});

it('asks the body of an API that answers 200 to everybody', async () => {
  const proxy = { verification: { method: 'POST' as const, endpoints: ['/echo'], data: { said: '${apiKey}' } } };
  expect(await verify({ proxy, verify: { path: 'method', equals: 'POST' } })).toMatchObject({ verdict: 'good' });
  const refused = await verify({ proxy, verify: { path: 'nothing' } });
  expect(refused).toMatchObject({ verdict: 'refused', attempts: [{ reason: 'The answer has nothing at nothing.' }] });
  expect(refused.attempts[0]?.body).toBe('{"said":"[secret]"}');
});

it('says "unclear" when nobody answers', async () => {
  const proxy = { verification: { endpoints: ['/me'] } };
  expect(await verify({ proxy, baseUrl: 'http://127.0.0.1:1' })).toMatchObject({
    verdict: 'unclear',
    attempts: [{ url: 'http://127.0.0.1:1/me', reason: 'No answer: ECONNREFUSED.' }],
  });
});

it('has nothing to say without a call, unless one is named', async () => {
  expect(await verify({})).toEqual({ verdict: 'untested', attempts: [] });
  expect(await verify({ endpoint: '/me' })).toMatchObject({ verdict: 'good' });
});

it('calls another base with the same headers where the entry says so', async () => {
  const base = {
    base_url: 'https://api.acme.example',
    verification: { endpoints: ['/me'], base_url_override: simulator.url },
  };
  expect(await verify({ proxy: base })).toMatchObject({ verdict: 'good', attempts: [{ url: `${simulator.url}/me` }] });
});

it('hides a key that goes into the query', async () => {
  const proxy = { headers: {}, query: { api_key: '${apiKey}' }, verification: { endpoints: ['/me'] } };
  const { verdict, attempts } = await verify({ proxy });
  expect([verdict, attempts[0]?.url]).toEqual(['good', `${simulator.url}/me?api_key=[secret]`]);
});

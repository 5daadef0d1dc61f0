// Testing a credential before it is stored, against the simulator.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Provider } from '../../providers/schema.ts';
import { createSimulator } from '../../simulator/index.ts';
import { createEgress } from '../egress/egress.ts';
import type { Credential } from './credential.ts';
import type { ModeSubject } from './modes/mode.ts';
import { verifyCredential } from './verify-credential.ts';

const simulator = createSimulator();
let egress: ReturnType<typeof createEgress>;

beforeAll(async () => {
  await simulator.listen();
  egress = createEgress({ allow: [new URL(simulator.url).host, '127.0.0.1:1'], env: 'production' });
});
beforeEach(() => simulator.reset());
afterAll(async () => {
  await egress.close();
  await simulator.close();
});

const login: Credential = { type: 'BASIC', username: 'sim-user', password: 'sim-password' };

interface Case {
  proxy?: Provider['proxy'];
  verify?: Provider['verify'];
  config?: Record<string, unknown>;
  credential?: Credential;
  onlyRefusals?: boolean;
}

function verify({ proxy, verify: rule, config = {}, credential = login, ...options }: Case) {
  const provider: Provider = {
    name: 'acme',
    logo_url: '',
    display_name: 'Acme',
    auth_mode: 'BASIC',
    proxy: { base_url: simulator.url, ...proxy },
    ...(rule && { verify: rule }),
  };
  const connection = { id: 'c-1', connectionConfig: config, metadata: {} };
  const subject: ModeSubject = { provider, app: {}, integrationConfig: {}, connection, now: new Date() };
  return verifyCredential(egress, subject, credential, options);
}

const asked = () => simulator.requests.list().map(({ method, path }) => `${method} ${path}`);
const endpoints = (...names: string[]) => ({ verification: { endpoints: names } });
const failure = (message: RegExp, retryable: boolean) => ({
  code: 'connection_test_failed',
  status: 400,
  retryable,
  message: expect.stringMatching(message),
});

it('fills the endpoint from the connection, as quickbooks needs it', async () => {
  const proxy = endpoints('/${connectionConfig.realmId}?company=${connectionConfig.realmId}');
  await verify({ proxy, config: { realmId: 'me' } });
  expect(asked()).toEqual(['GET /me']);
});

it('fills the body from the credential, as expensify needs it', async () => {
  const proxy = {
    verification: {
      method: 'POST' as const,
      endpoints: ['/echo'],
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-who': '${username}' },
      data: { job: '{"user":"${username}","secret":"${password}"}' },
    },
  };
  const job = '{"user":"sim-user","secret":"sim-password"}';
  await verify({ proxy, verify: { path: 'body', equals: new URLSearchParams({ job }).toString() } });
  await verify({ proxy, verify: { path: 'headers.x-who', equals: 'sim-user' } });
});

it('needs every value of the endpoint, and none that would lead to another one', async () => {
  const proxy = endpoints('/things/${connectionConfig.realmId}');
  await expect(verify({ proxy })).rejects.toMatchObject({ code: 'missing_api_url', status: 400 });
  for (const realmId of ['../me', 'a/b', 'a?b', 'a#b', '..', '${password}/x']) {
    await expect(verify({ proxy, config: { realmId } })).rejects.toMatchObject({ code: 'missing_api_url' });
  }
  expect(asked()).toEqual([]);
});

it('passes at the first endpoint that takes it, and without a call at once', async () => {
  await verify({ proxy: endpoints('/gone', '/me', '/never') });
  expect(asked()).toEqual(['GET /gone', 'GET /me']);
  await verify({});
});

it('tells a refusal from another trouble, by the last answer', async () => {
  const wrong: Credential = { ...login, password: 'sim-other' };
  await expect(verify({ proxy: endpoints('/me'), credential: wrong })).rejects.toMatchObject({
    ...failure(/^Acme did not accept these credentials \(status 401\)\.$/, false),
    payload: { last_error: { status: 401 } },
  });
  await expect(verify({ proxy: endpoints('/status?code=401', '/status?code=404') })).rejects.toMatchObject(
    failure(/Acme answered with status 404\.$/, false),
  );
  await expect(verify({ proxy: endpoints('/echo'), verify: { path: 'nothing' } })).rejects.toMatchObject(
    failure(/did not accept these credentials \(status 401\)/, false),
  );
});

it.each([429, 500, 503])('may be asked again after a %i, which proves nothing', async (code) => {
  simulator.faults.set([{ match: { path: '/me' }, fault: { status: code } }]);
  const proxy = endpoints('/me');
  await expect(verify({ proxy })).rejects.toMatchObject(failure(new RegExp(`answered with status ${code}\\.$`), true));
  await verify({ proxy, onlyRefusals: true });
});

it('says when nobody answers, and that an address is not allowed', async () => {
  const at = (base_url: string) => ({ base_url, ...endpoints('/me') });
  await expect(verify({ proxy: at('http://127.0.0.1:1') })).rejects.toMatchObject({
    ...failure(/^Acme could not be reached \(ECONNREFUSED\)\.$/, true),
    payload: { last_error: { status: null, error: 'ECONNREFUSED' } },
  });
  await expect(verify({ proxy: at('http://169.254.169.254') })).rejects.toMatchObject(
    failure(/could not be reached \(egress_denied\)/, true),
  );
  await verify({ proxy: at('http://127.0.0.1:1'), onlyRefusals: true });
});

// Ending a grant at the simulator: by RFC 7009, and by a call of the API.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { loadCatalogue } from '../../providers/load.ts';
import type { Provider } from '../../providers/schema.ts';
import { createSimulator } from '../../simulator/index.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import type { Credential } from './credential.ts';
import { revokeCredential } from './revoke-credential.ts';
import { createSendTokenRequest } from './send-token-request.ts';

const catalogue = loadCatalogue();
const simulator = createSimulator();
let egress: Egress;

beforeAll(async () => {
  await simulator.listen();
  egress = createEgress({ allow: [new URL(simulator.url).host, '127.0.0.1:1'], env: 'production' });
});
beforeEach(() => simulator.reset());
afterAll(async () => {
  await egress.close();
  await simulator.close();
});

const rfc = { revocation_url: '${connectionConfig.base_url}/oauth/revoke' };
const byCall = { revocation: { method: 'POST' as const, endpoint: '/oauth/disconnect' } };

function revoke(entry: Partial<Provider>, credential: Credential, base_url = simulator.url) {
  const provider: Provider = {
    name: 'acme',
    logo_url: '',
    display_name: 'Acme',
    auth_mode: 'OAUTH2',
    proxy: { base_url: '${connectionConfig.base_url}', variables: { base_url: 'origin' } },
    ...entry,
  };
  const app = { client_id: 'sim-client', client_secret: 'sim-secret' };
  const connection = { id: 'c-1', connectionConfig: { base_url }, metadata: {} };
  const subject = { provider, app, integrationConfig: {}, connection, now: new Date() };
  return revokeCredential({ egress, send: createSendTokenRequest(egress) }, subject, credential);
}

function issue(): Credential & { type: 'OAUTH2' } {
  const { accessToken, refreshToken } = simulator.oauth.issue();
  return { type: 'OAUTH2', access_token: accessToken, refresh_token: refreshToken, raw: {} };
}

const meSays = async ({ access_token }: { access_token: string }) =>
  (await fetch(`${simulator.url}/me`, { headers: { authorization: `Bearer ${access_token}` } })).status;

it.each([
  ['by RFC 7009', rfc],
  ['by RFC 7009, with Basic', { ...rfc, token_request_auth_method: 'basic' as const }],
  ['by a call that the entry describes', byCall],
])('ends the whole grant %s', async (_how, entry) => {
  const credential = issue();
  expect(await meSays(credential)).toBe(200);
  expect(await revoke(entry, credential)).toEqual({ outcome: 'revoked' });
  expect(await meSays(credential)).toBe(401);
});

it.each([
  ['squareup', '/oauth/disconnect'],
  ['todoist', '/oauth/revoke'],
  ['notion', '/oauth/revoke'],
])('asks as the entry of %s says', async (name, endpoint) => {
  const { revocation } = catalogue.get(name)!;
  const credential = issue();
  expect(await revoke({ revocation: { ...revocation!, endpoint } }, credential)).toEqual({ outcome: 'revoked' });
  expect(await meSays(credential)).toBe(401);
});

it('sends the refresh token in the body, where no log sees it', async () => {
  const credential = issue();
  await revoke(rfc, credential);
  const [asked] = simulator.requests.list().filter(({ path }) => path === '/oauth/revoke');
  expect(asked).toMatchObject({ method: 'POST', query: '' });
});

it('also for the user of an installed app', async () => {
  const user = issue();
  await revoke({ ...rfc, auth_mode: 'CUSTOM' }, { type: 'CUSTOM', app: null, user, raw: {} });
  expect(await meSays(user)).toBe(401);
});

it('does nothing where the entry knows no way, or there is no token of a grant', async () => {
  expect(await revoke({}, issue())).toEqual({ outcome: 'unsupported' });
  expect(await revoke(rfc, { type: 'API_KEY', apiKey: 'k' })).toEqual({ outcome: 'unsupported' });
  expect(simulator.requests.list()).toEqual([]);
});

it('tells a refusal, which is final, from a provider that is down', async () => {
  const gone = issue();
  await revoke(byCall, gone);
  expect(await revoke(byCall, gone)).toEqual({ outcome: 'refused', status: 401 });
  const isDown = { code: 'revocation_failed', retryable: true };
  simulator.faults.set([{ match: { path: '/oauth/revoke' }, fault: { status: 503 } }]);
  await expect(revoke(rfc, issue())).rejects.toMatchObject(isDown);
  for (const entry of [rfc, byCall]) {
    await expect(revoke(entry, issue(), 'http://127.0.0.1:1')).rejects.toMatchObject({
      ...isDown,
      message: 'Acme could not be reached (ECONNREFUSED).',
    });
  }
});

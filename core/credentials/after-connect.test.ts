// Looking up who the account is, against the simulator.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Provider } from '../../providers/schema.ts';
import { createSimulator } from '../../simulator/index.ts';
import { createEgress } from '../egress/egress.ts';
import { lookUpAccount } from './after-connect.ts';
import type { Credential } from './credential.ts';

const simulator = createSimulator();
let egress: ReturnType<typeof createEgress>;

beforeAll(async () => {
  await simulator.listen();
  egress = createEgress({ allow: [new URL(simulator.url).host], env: 'production' });
});
beforeEach(() => simulator.reset());
afterAll(async () => {
  await egress.close();
  await simulator.close();
});

const claims = (payload: object) => `x.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.y`;

interface Case {
  steps: Provider['after_connect'];
  form?: Provider['connection_config'];
  config?: Record<string, unknown>;
  credential?: Partial<Extract<Credential, { type: 'OAUTH2' }>>;
}

function lookUp({ steps, form, config = {}, credential = {} }: Case) {
  const provider: Provider = {
    name: 'acme',
    logo_url: '',
    display_name: 'Acme',
    auth_mode: 'OAUTH2',
    after_connect: steps,
    ...(form && { connection_config: form }),
    proxy: { base_url: simulator.url, headers: { 'x-api-key': 'sim-key' } },
  };
  const connection = { id: 'c-1', connectionConfig: config, metadata: {} };
  const subject = { provider, app: {}, integrationConfig: {}, connection, now: new Date() };
  return lookUpAccount(egress, subject, { type: 'OAUTH2', access_token: 'at-1', raw: {}, ...credential });
}

it('asks the API, and each step may use what the ones before it found', async () => {
  const steps = [
    { request: { endpoint: '/me' }, set: { by: 'authenticated_by' } },
    {
      request: {
        method: 'POST' as const,
        endpoint: '/echo?who=${connectionConfig.by}',
        headers: { 'x-by': '${connectionConfig.by}' },
        data: { by: '${connectionConfig.by}' },
      },
      set: { url: 'url', header: 'headers.x-by', body: 'body' },
    },
  ];
  expect(await lookUp({ steps })).toEqual({
    by: 'api-key',
    url: '/echo?who=api-key',
    header: 'api-key',
    body: '{"by":"api-key"}',
  });
});

it('reads a claim of the access token, and the token answer', async () => {
  const steps = [
    { token_claim: 'access_token' as const, set: { tenantId: 'tid' } },
    { raw_path: 'team', set: { teamId: 'id' } },
    { raw_path: '', set: { name: 'team.name' } },
  ];
  const credential = { access_token: claims({ tid: 't-1' }), raw: { team: { id: 7, name: 'Seven' } } };
  expect(await lookUp({ steps, credential })).toEqual({ tenantId: 't-1', teamId: 7, name: 'Seven' });
});

it('keeps what a person entered, and replaces what was looked up before', async () => {
  const steps = [{ raw_path: '', set: { region: 'region', accountId: 'account' } }];
  const form = {
    region: { type: 'string' as const, title: 'Region' },
    accountId: { type: 'string' as const, title: 'Account', automated: true },
  };
  const config = { region: 'eu', accountId: 'old' };
  const raw = { region: 'us', account: 'new' };
  expect(await lookUp({ steps, form, config, credential: { raw } })).toEqual({ accountId: 'new' });
});

it('says what is missing, unless the step is optional', async () => {
  const set = { accountId: 'accounts.0.id' };
  const fails = { code: 'connection_test_failed', status: 400 };
  await expect(lookUp({ steps: [{ request: { endpoint: '/me' }, set }] })).rejects.toMatchObject({
    ...fails,
    message: 'Acme does not say which account this is: there is nothing at accounts.0.id.',
  });
  await expect(lookUp({ steps: [{ request: { endpoint: '/gone' }, set }] })).rejects.toMatchObject({
    ...fails,
    message: expect.stringMatching(/Acme answered with status 404/),
  });
  await expect(lookUp({ steps: [{ token_claim: 'access_token', set }] })).rejects.toMatchObject(fails);
  const elsewhere = [{ request: { endpoint: 'http://169.254.169.254/' }, set }];
  await expect(lookUp({ steps: elsewhere })).rejects.toMatchObject({ code: 'base_url_override_not_allowed' });
  const optional = [{ request: { endpoint: '/gone' }, set, optional: true }];
  expect(await lookUp({ steps: optional })).toEqual({});
});

it('lets no value lead the credential to another host', async () => {
  const steps = [{ request: { endpoint: 'https://${connectionConfig.env}.acme.example/me' }, set: { id: 'id' } }];
  for (const env of ['evil.com/#', 'evil.com?', 'a@evil.com', '']) {
    await expect(lookUp({ steps, config: { env } })).rejects.toMatchObject({ code: 'missing_api_url' });
  }
});

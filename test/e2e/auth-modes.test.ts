// Every auth mode with a form, through a real instance and the simulator: connect by its endpoint, use by the proxy, renew,
// reconnect, delete; and what a person reads who enters something wrong.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMtlsServer } from '../../simulator/index.ts';
import { type Answer, errorOf } from '../conformance/api.ts';
import { createFolder, type System, startSystem } from './system.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const oneLine = privateKey.replaceAll('\n', ' ');
const roleArn = 'arn:aws:iam::123456789012:role/Simulator';

const mtls = createMtlsServer();
const folder = createFolder();
let system: System;

beforeAll(async () => {
  await mtls.listen();
  const ca = join(folder.path, 'ca.pem');
  writeFileSync(ca, mtls.authority);
  system = await startSystem({
    port: 3234,
    settings: {
      SYNCLINE_PROVIDERS: join(import.meta.dirname, 'auth-modes'),
      SYNCLINE_ALLOW_EGRESS: '127.0.0.1/32',
      NODE_EXTRA_CA_CERTS: ca,
    },
  });
  for (const mode of modes) {
    const { provider, credentials, integration_config } = mode;
    const body = { provider, unique_key: provider, ...(credentials && { credentials }), integration_config: integration_config?.() };
    await system.api.ok('POST', '/integrations', { body });
  }
});

afterAll(async () => {
  await system?.end();
  await mtls.close();
  folder.remove();
});

beforeEach(() => {
  system.simulator.reset();
  system.simulator.modes.trusted.keys = [{ algorithm: 'RS256', key: publicKey }];
});

interface Mode {
  provider: string;
  endpoint: string;
  /** Of the integration. */
  credentials?: object;
  integration_config?: () => object;
  body: () => Record<string, unknown>;
  params?: () => Record<string, string>;
  /** Where the simulator says who asks, and what it says. */
  me: string;
  sees: object;
  /** The key of `credentials` that a renewal changes; absent: nothing is renewed. */
  renews?: string;
  /** What is stored and shown. */
  stored: object;
  wrong: { body: () => object; code: string; path?: string[]; says: RegExp }[];
}

const clientCertificate = mtls.issueClient('acme');
const login = { username: 'sim-user', password: 'sim-password' };

const modes: Mode[] = [
  {
    provider: 'sim-api-key',
    endpoint: '/api-auth/api-key',
    body: () => ({ apiKey: 'sim-key' }),
    me: '/me',
    sees: { authenticated_by: 'api-key' },
    stored: { type: 'API_KEY', apiKey: 'sim-key' },
    wrong: [
      { body: () => ({}), code: 'invalid_body', path: ['apiKey'], says: /expected string/ },
      { body: () => ({ apiKey: '' }), code: 'invalid_body', path: ['apiKey'], says: /API key is missing/ },
      { body: () => ({ apiKey: 'other' }), code: 'invalid_body', path: ['apiKey'], says: /API key must match \^sim-/ },
      { body: () => ({ apiKey: `sim-${'x'.repeat(16_384)}` }), code: 'invalid_body', path: ['apiKey'], says: /longer than 1024/ },
      { body: () => ({ apiKey: 'sim-wrong' }), code: 'connection_test_failed', says: /did not accept these credentials/ },
      { body: () => ({ apiKey: 'sim-key', more: 1 }), code: 'invalid_body', path: [], says: /more/ },
    ],
  },
  {
    provider: 'sim-basic',
    endpoint: '/api-auth/basic',
    body: () => login,
    me: '/me',
    sees: { authenticated_by: 'basic' },
    stored: { type: 'BASIC', ...login },
    wrong: [
      { body: () => ({ username: 'sim-user', password: '' }), code: 'connection_test_failed', says: /did not accept/ },
      { body: () => ({ username: 'sim-user' }), code: 'invalid_body', path: ['password'], says: /expected string/ },
      { body: () => ({ username: 7, password: 'x' }), code: 'invalid_body', path: ['username'], says: /expected string/ },
    ],
  },
  {
    provider: 'sim-cc',
    endpoint: '/oauth2/auth',
    body: () => ({ client_id: 'sim-client', client_secret: 'sim-secret' }),
    me: '/me',
    sees: { authenticated_by: 'oauth' },
    renews: 'token',
    stored: { type: 'OAUTH2_CC', client_id: 'sim-client', client_secret: 'sim-secret', raw: { token_type: 'bearer' } },
    wrong: [
      { body: () => ({ client_secret: 'x' }), code: 'invalid_body', path: ['client_id'], says: /expected string/ },
      { body: () => ({ client_id: 'sim-client', client_secret: 'wrong-secret' }), code: 'invalid_credentials', says: /invalid_client/ },
    ],
  },
  {
    provider: 'sim-mtls',
    endpoint: '/oauth2/auth',
    body: () => ({
      client_id: 'acme',
      client_certificate: clientCertificate.certificate,
      client_private_key: clientCertificate.privateKey.replaceAll('\n', '\\n'),
    }),
    params: () => ({ base_url: mtls.url }),
    me: '/things',
    sees: { client: 'acme', path: '/things' },
    renews: 'token',
    stored: { type: 'OAUTH2_CC', client_id: 'acme', ...clientCertificate },
    wrong: [
      { body: () => ({ client_id: 'acme' }), code: 'invalid_body', path: ['client_private_key'], says: /expected string/ },
      {
        body: () => ({ client_id: 'a', client_certificate: clientCertificate.certificate, client_private_key: privateKey }),
        code: 'invalid_certificate_or_key_format',
        says: /does not belong to the client certificate/,
      },
    ],
  },
  {
    provider: 'sim-two-step',
    endpoint: '/auth/two-step',
    body: () => ({ type: 'TWO_STEP', ...login }),
    me: '/modes/login/me',
    sees: { user: 'sim-user' },
    renews: 'token',
    stored: { type: 'TWO_STEP', ...login, plan: 'free', raw: { api_domain: 'eu' } },
    wrong: [
      { body: () => ({ username: 'x' }), code: 'invalid_body', path: ['password'], says: /expected string/ },
      { body: () => ({ ...login, plan: 'gold' }), code: 'invalid_body', path: ['plan'], says: /one of free, paid/ },
      { body: () => ({ ...login, password: 'wrong-one' }), code: 'invalid_credentials', says: /Sim Two step did not accept.*status 401/ },
    ],
  },
  {
    provider: 'sim-cookies',
    endpoint: '/auth/two-step',
    body: () => login,
    me: '/modes/login/me',
    sees: { user: 'sim-user' },
    renews: '_cookies',
    stored: { type: 'TWO_STEP', ...login, _cookies: expect.stringMatching(/^SID=ck_[^;]+; lang=en$/) },
    wrong: [],
  },
  {
    provider: 'sim-xml',
    endpoint: '/auth/two-step',
    body: () => login,
    me: '/modes/login/me',
    sees: { user: 'sim-user' },
    renews: 'token',
    stored: { type: 'TWO_STEP', ...login },
    wrong: [{ body: () => ({ ...login, username: '<evil>&' }), code: 'invalid_credentials', says: /did not accept/ }],
  },
  {
    provider: 'sim-assertion',
    endpoint: '/auth/two-step',
    body: () => ({ subject: 'alice', assertionOption: { privateKey: oneLine } }),
    me: '/modes/login/me',
    sees: { user: 'alice' },
    stored: { type: 'TWO_STEP', subject: 'alice', assertionOption: undefined },
    wrong: [
      { body: () => ({ subject: 'a' }), code: 'invalid_body', path: ['assertionOption'], says: /expected/ },
      {
        body: () => ({ subject: 'a', assertionOption: { privateKey: 'no key' } }),
        code: 'invalid_certificate_or_key_format',
        says: /private key cannot be read/,
      },
    ],
  },
  {
    provider: 'sim-jwt',
    endpoint: '/auth/jwt',
    body: () => ({ type: 'JWT', issuer: 'acme', privateKey: oneLine }),
    me: '/modes/jwt/me',
    sees: { claims: { iss: 'acme', aud: ['simulator'] } },
    stored: { type: 'JWT', issuer: 'acme', privateKey: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/) },
    wrong: [
      { body: () => ({ issuer: 'a b', privateKey }), code: 'invalid_body', path: ['issuer'], says: /Issuer must match/ },
      { body: () => ({ issuer: 'a', privateKey: 'x' }), code: 'invalid_certificate_or_key_format', says: /cannot be read/ },
    ],
  },
  {
    provider: 'sim-tba',
    endpoint: '/auth/tba',
    credentials: { type: 'TBA', client_id: 'sim-client', client_secret: 'sim-secret' },
    body: () => ({ token_id: 'sim-token', token_secret: 'sim-token-secret' }),
    params: () => ({ base_url: system.simulator.url, accountId: '1234567-sb1' }),
    me: '/modes/tba/me?q=a%20b',
    sees: { account: '1234567_SB1' },
    stored: { type: 'TBA', token_id: 'sim-token', token_secret: 'sim-token-secret' },
    wrong: [
      { body: () => ({ token_id: 'sim-token' }), code: 'invalid_body', path: ['token_secret'], says: /expected string/ },
      { body: () => ({ token_id: 'other-token', token_secret: 'x' }), code: 'connection_test_failed', says: /did not accept/ },
    ],
  },
  {
    provider: 'sim-bill',
    endpoint: '/auth/bill',
    body: () => ({ ...login, organization_id: '008ORG', dev_key: 'dev-key' }),
    me: '/modes/bill/me',
    sees: { organizationId: '008ORG' },
    renews: 'session_id',
    stored: { type: 'BILL', organization_id: '008ORG', dev_key: 'dev-key', user_id: '006USER' },
    wrong: [
      { body: () => login, code: 'invalid_body', path: ['organization_id'], says: /expected string/ },
      {
        body: () => ({ ...login, password: 'other', organization_id: '008', dev_key: 'k' }),
        code: 'invalid_credentials',
        says: /did not accept/,
      },
    ],
  },
  {
    provider: 'sim-signature',
    endpoint: '/auth/signature',
    body: () => ({ type: 'SIGNATURE', ...login }),
    me: '/modes/wsse/me',
    sees: { username: 'sim-user' },
    renews: 'token',
    stored: { type: 'SIGNATURE', ...login },
    wrong: [{ body: () => ({ type: 'JWT', ...login }), code: 'invalid_body', path: ['type'], says: /SIGNATURE/ }],
  },
  {
    provider: 'sim-aws',
    endpoint: '/auth/aws-sigv4',
    integration_config: () => ({
      service: 'things',
      stsMode: 'builtin',
      awsAccessKeyId: 'AKIASIMULATOR000000',
      awsSecretAccessKey: 'sim-aws-secret',
      stsEndpointUrl: `${system.simulator.url}/modes/aws/sts`,
    }),
    body: () => ({ role_arn: roleArn, region: 'eu-central-1' }),
    me: '/modes/aws/echo/a%20b?z=1&a=%2F',
    sees: { roleArn, region: 'eu-central-1', service: 'things' },
    renews: 'session_token',
    stored: { type: 'AWS_SIGV4', role_arn: roleArn, region: 'eu-central-1', service: 'things' },
    wrong: [
      { body: () => ({ role_arn: 'admin' }), code: 'invalid_body', path: ['role_arn'], says: /arn:aws:iam/ },
      { body: () => ({ role_arn: roleArn, region: 'evil.com/#' }), code: 'invalid_body', path: ['region'], says: /region/ },
      { body: () => ({ role_arn: roleArn }), code: 'missing_aws_sigv4_region', says: /No region/ },
      {
        body: () => ({ role_arn: roleArn.replace('Simulator', 'Other'), region: 'eu-central-1' }),
        code: 'invalid_credentials',
        says: /Not authorized to perform: sts:AssumeRole/,
      },
    ],
  },
  {
    provider: 'sim-none',
    endpoint: '/auth/unauthenticated',
    body: () => ({}),
    me: '/modes/mcp',
    sees: { error: 'invalid_token' },
    stored: {},
    wrong: [{ body: () => ({ apiKey: 'x' }), code: 'invalid_body', path: [], says: /apiKey/ }],
  },
];

async function sessionFor(provider: string, reconnect?: string): Promise<string> {
  const { api } = system;
  const made = reconnect
    ? await api.ok<{ data: { token: string } }>('POST', '/connect/sessions/reconnect', {
        body: { connection_id: reconnect, integration_id: provider },
      })
    : await api.ok<{ data: { token: string } }>('POST', '/connect/sessions', {
        body: { end_user: { id: 'alice' }, allowed_integrations: [provider] },
      });
  return made.data.token;
}

interface Sent {
  body?: unknown;
  params?: Record<string, string>;
  session?: string;
}

async function send({ provider, endpoint, params: usual, body: usualBody }: Mode, { body, params, session }: Sent = {}): Promise<Answer> {
  const url = new URL(`${system.url}${endpoint}/${provider}`);
  url.searchParams.set('connect_session_token', session ?? (await sessionFor(provider)));
  const config = params ?? usual?.() ?? { base_url: system.simulator.url };
  for (const [name, value] of Object.entries(config)) url.searchParams.set(`params[${name}]`, value);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body ?? usualBody()) });
  return { status: answer.status, body: await answer.json() };
}

interface Connection {
  credentials: Record<string, unknown>;
  connection_config: Record<string, unknown>;
  metadata: object;
}

const read = (provider: string, id: string, query: Record<string, string> = {}) =>
  system.api.ok<Connection>('GET', `/connections/${id}`, { query: { provider_config_key: provider, ...query } });

const use = ({ provider, me }: Mode, id: string) =>
  system.api.call('GET', `/proxy${me}`, { headers: { 'provider-config-key': provider, 'connection-id': id } });

async function connect(mode: Mode, sent?: Sent): Promise<string> {
  const { status, body } = await send(mode, sent);
  expect({ status, body }).toEqual({ status: 200, body: { providerConfigKey: mode.provider, connectionId: expect.any(String) } });
  return (body as { connectionId: string }).connectionId;
}

const usedStatus = (mode: Mode) => (mode.provider === 'sim-none' ? 401 : 200);

describe.each(modes.map((mode) => [mode.provider, mode] as const))('%s', (_name, mode) => {
  it('is connected by its endpoint, used by the proxy, and shown as it is', async () => {
    const id = await connect(mode);
    const answer = await use(mode, id);
    expect(answer).toMatchObject({ status: usedStatus(mode), body: mode.sees });
    const { credentials } = await read(mode.provider, id);
    const { certificate: _, privateKey: __, ...stored } = mode.stored as Record<string, unknown>;
    expect(credentials).toMatchObject(stored);
  });

  it('is reconnected under the same id, with its metadata, and deleted', async () => {
    const id = await connect(mode);
    const key = { provider_config_key: mode.provider };
    await system.api.ok('POST', '/connections/metadata', { body: { connection_id: id, ...key, metadata: { kept: true } } });
    const again = await connect(mode, { session: await sessionFor(mode.provider, id), params: {} });
    expect(again).toBe(id);
    expect(await use(mode, id)).toMatchObject({ status: usedStatus(mode), body: mode.sees });
    expect((await read(mode.provider, id)).metadata).toEqual({ kept: true });
    await system.api.ok('DELETE', `/connections/${id}`, { query: key });
    expect((await system.api.call('GET', `/connections/${id}`, { query: key })).status).toBe(404);
  });

  if (mode.renews !== undefined) {
    it('is renewed when asked for, and when the provider says that its token is over', async () => {
      const id = await connect(mode);
      const before = await read(mode.provider, id);
      const forced = await read(mode.provider, id, { force_refresh: 'true' });
      expect(forced.credentials[mode.renews!]).not.toBe(before.credentials[mode.renews!]);
      if (mode.provider === 'sim-mtls') mtls.tokens.expire();
      else if (mode.provider === 'sim-cc') system.simulator.oauth.grants.expireAccessTokens();
      else system.simulator.modes.expire();
      const answer = await use(mode, id);
      // AWS says 403 to a token that is over: nothing renews on that.
      if (mode.provider !== 'sim-aws') expect(answer).toMatchObject({ status: 200, body: mode.sees });
    });
  }

  it.each(mode.wrong.map((wrong) => [wrong.code, wrong.path?.join('.') ?? '', wrong] as const))(
    'says %s %s',
    async (_code, _path, { body, code, path, says }) => {
      const answer = await send(mode, { body: body() });
      const error = errorOf(answer.body) as { code: string; message?: string; errors?: { message: string; path: string[] }[] };
      expect([answer.status, error.code], JSON.stringify(answer.body)).toEqual([400, code]);
      if (path) expect(error.errors).toContainEqual(expect.objectContaining({ path, message: expect.stringMatching(says) }));
      else expect(error.message).toMatch(says);
    },
  );
});

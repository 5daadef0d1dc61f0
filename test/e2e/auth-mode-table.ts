// The auth modes with a form, as their tests see them: what a person enters, who the simulator then says it is, what goes wrong.
import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'vitest';
import { createMtlsServer } from '../../simulator/index.ts';
import { variables } from './shared-instance.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** Of whoever signs: a user, an app. */
export const privateKey = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
export const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const oneLine = privateKey.replaceAll('\n', ' ');
export const roleArn = 'arn:aws:iam::123456789012:role/Simulator';

/** The shared instance trusts its authority. */
export const mtls = createMtlsServer({ authorityKey: process.env[variables.authorityKey] });

export interface Addresses {
  simulatorUrl: string;
  mtlsUrl: string;
}

export interface Mode {
  provider: string;
  endpoint: string;
  /** Of the integration. */
  credentials?: object;
  integration_config?: (at: Addresses) => object;
  body: () => Record<string, unknown>;
  params?: (at: Addresses) => Record<string, string>;
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
export const login = { username: 'sim-user', password: 'sim-password' };

export const modes: readonly Mode[] = [
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
      {
        body: () => ({ apiKey: `sim-${'x'.repeat(16_384)}` }),
        code: 'invalid_body',
        path: ['apiKey'],
        says: /longer than 1024/,
      },
      {
        body: () => ({ apiKey: 'sim-wrong' }),
        code: 'connection_test_failed',
        says: /did not accept these credentials/,
      },
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
      {
        body: () => ({ username: 7, password: 'x' }),
        code: 'invalid_body',
        path: ['username'],
        says: /expected string/,
      },
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
      {
        body: () => ({ client_id: 'sim-client', client_secret: 'wrong-secret' }),
        code: 'invalid_credentials',
        says: /invalid_client/,
      },
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
    params: ({ mtlsUrl }) => ({ base_url: mtlsUrl }),
    me: '/things',
    sees: { client: 'acme', path: '/things' },
    renews: 'token',
    stored: { type: 'OAUTH2_CC', client_certificate: clientCertificate.certificate },
    wrong: [
      {
        body: () => ({ client_id: 'acme' }),
        code: 'invalid_body',
        path: ['client_private_key'],
        says: /expected string/,
      },
      {
        body: () => ({
          client_id: 'a',
          client_certificate: clientCertificate.certificate,
          client_private_key: privateKey,
        }),
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
      {
        body: () => ({ ...login, password: 'wrong-one' }),
        code: 'invalid_credentials',
        says: /Sim Two step did not accept.*status 401/,
      },
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
    stored: { type: 'TWO_STEP', subject: 'alice' },
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
      {
        body: () => ({ issuer: 'a b', privateKey }),
        code: 'invalid_body',
        path: ['issuer'],
        says: /Issuer must match/,
      },
      {
        body: () => ({ issuer: 'a', privateKey: 'x' }),
        code: 'invalid_certificate_or_key_format',
        says: /cannot be read/,
      },
    ],
  },
  {
    provider: 'sim-tba',
    endpoint: '/auth/tba',
    credentials: { type: 'TBA', client_id: 'sim-client', client_secret: 'sim-secret' },
    body: () => ({ token_id: 'sim-token', token_secret: 'sim-token-secret' }),
    params: ({ simulatorUrl }) => ({ base_url: simulatorUrl, accountId: '1234567-sb1' }),
    me: '/modes/tba/me?q=a%20b',
    sees: { account: '1234567_SB1' },
    stored: { type: 'TBA', token_id: 'sim-token', token_secret: 'sim-token-secret' },
    wrong: [
      {
        body: () => ({ token_id: 'sim-token' }),
        code: 'invalid_body',
        path: ['token_secret'],
        says: /expected string/,
      },
      {
        body: () => ({ token_id: 'other-token', token_secret: 'x' }),
        code: 'connection_test_failed',
        says: /did not accept/,
      },
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
    integration_config: ({ simulatorUrl }) => ({
      service: 'things',
      stsMode: 'builtin',
      awsAccessKeyId: 'AKIASIMULATOR000000',
      awsSecretAccessKey: 'sim-aws-secret',
      stsEndpointUrl: `${simulatorUrl}/modes/aws/sts`,
    }),
    body: () => ({ role_arn: roleArn, region: 'eu-central-1' }),
    me: '/modes/aws/echo/a%20b?z=1&a=%2F',
    sees: { roleArn, region: 'eu-central-1', service: 'things' },
    renews: 'session_token',
    stored: { type: 'AWS_SIGV4', role_arn: roleArn, region: 'eu-central-1', service: 'things' },
    wrong: [
      { body: () => ({ role_arn: 'admin' }), code: 'invalid_body', path: ['role_arn'], says: /arn:aws:iam/ },
      {
        body: () => ({ role_arn: roleArn, region: 'evil.com/#' }),
        code: 'invalid_body',
        path: ['region'],
        says: /region/,
      },
      { body: () => ({ role_arn: roleArn }), code: 'missing_aws_sigv4_region', says: /No region/ },
      {
        body: () => ({ role_arn: roleArn.replace('Simulator', 'Other'), region: 'eu-central-1' }),
        code: 'invalid_credentials',
        says: /Not authorized to perform: sts:AssumeRole/,
      },
    ],
  },
  {
    provider: 'sim-aws-key',
    endpoint: '/api-auth/basic',
    body: () => ({ username: 'AKIASIMULATOR000000', password: 'sim-aws-secret' }),
    me: '/modes/aws/echo/a%20b?z=1&a=%2F&a=%C3%BC',
    sees: { region: 'us-east-1', service: 'iam' },
    stored: { type: 'BASIC', username: 'AKIASIMULATOR000000' },
    wrong: [
      {
        body: () => ({ username: 'AKIASIMULATOR000000', password: 'another-secret' }),
        code: 'connection_test_failed',
        says: /Sim AWS key did not accept these credentials \(status 403\)/,
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

export const modeNamed = (provider: string): Mode => modes.find((mode) => mode.provider === provider)!;

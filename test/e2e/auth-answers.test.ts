// What can come back when somebody connects, and what cannot be asked: hostile answers, hostile addresses, wrong endpoints; imports.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMtlsServer } from '../../simulator/index.ts';
import { errorOf } from '../conformance/api.ts';
import { type AuthLab, openAuthLab, refusedBy } from './auth-lab.ts';
import { login, modeNamed, oneLine, privateKey, roleArn } from './auth-mode-table.ts';

let lab: AuthLab;

beforeAll(async () => {
  lab = await openAuthLab('auth-answers');
});
afterAll(() => lab?.end());
beforeEach(() => lab.reset());

describe('what a provider answers to a login', () => {
  const answering = (path: string, fault: object) => lab.system.simulator.faults.set([{ match: { path }, fault }]);
  const path = '/modes/login/confirm';
  const twoStep = modeNamed('sim-two-step');

  it.each([
    [
      'a page instead of JSON',
      { status: 200, body: '<html>Welcome</html>' },
      'connection_test_failed',
      /answered without a usable token/,
    ],
    [
      'JSON without a token',
      { status: 200, body: { ok: true } },
      'connection_test_failed',
      /answered without a usable token/,
    ],
    [
      'a token of 17 KB',
      { status: 200, body: { data: { token: 'x'.repeat(17_000) } } },
      'connection_test_failed',
      /without a usable/,
    ],
    ['503', { status: 503, body: 'down' }, 'connection_test_failed', /answered with status 503/],
    [
      'its own word for it',
      { status: 422, body: { message: 'Locked: sim-password' } },
      'invalid_credentials',
      /: Locked: \[secret\]/,
    ],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
      'connection_test_failed',
      /status 302/,
    ],
  ] as const)('%s: nothing is stored, and a person reads why', async (_name, fault, code, says) => {
    answering(path, fault);
    const { status, body } = await lab.send(twoStep);
    expect([status, errorOf(body).code, errorOf(body).message]).toEqual([400, code, expect.stringMatching(says)]);
    expect(JSON.stringify(body)).not.toContain('sim-password');
  });

  it('nothing at all: the address is said to be wrong', async () => {
    const { status, body } = await lab.send(twoStep, { params: { base_url: 'http://127.0.0.1:9' } });
    expect([status, errorOf(body).code, errorOf(body).message]).toEqual([
      400,
      'connection_test_failed',
      expect.stringMatching(/could not be reached \(ECONNREFUSED\)/),
    ]);
  });

  it.each([
    ['3600', 3600],
    [7200, 7200],
    [-5, 86_400],
    ['soon', 86_400],
    [undefined, 86_400],
    [null, 86_400],
  ])('a life of %j lasts %i s', async (ttl, seconds) => {
    answering(path, { status: 200, body: { data: { token: 'tok-12345678', ttl } } });
    const id = await lab.connect(twoStep);
    const { credentials } = await lab.read('sim-two-step', id);
    const left = (Date.parse(String(credentials['expires_at'])) - Date.now()) / 1000;
    expect(left).toBeGreaterThan(seconds - 60);
    expect(left).toBeLessThanOrEqual(seconds);
  });

  it('an expiry that is told is kept: near it the token is renewed by the refresh call, once for all callers', async () => {
    lab.system.simulator.modes.logins.ttlSeconds = 1;
    const id = await lab.connect(twoStep);
    lab.system.simulator.modes.logins.ttlSeconds = 3600;
    const all = await Promise.all(Array.from({ length: 10 }, () => lab.use(twoStep, id)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    const { credentials } = await lab.read('sim-two-step', id, { refresh_token: 'true' });
    expect(credentials['refresh_token']).toMatch(/^lr_/);
    const calls = lab.system.simulator.requests.list().filter((entry) => entry.path === '/modes/login/refresh');
    expect(calls.map((entry) => entry.status)).toEqual([200]);
  });

  it('a refused refresh is followed by another login; without a new refresh token the old one is kept', async () => {
    const id = await lab.connect(twoStep);
    answering('/modes/login/refresh', { status: 400, body: { error: 'no' } });
    await lab.read('sim-two-step', id, { force_refresh: 'true' });
    const paths = lab.system.simulator.requests.list().map(({ path: asked }) => asked);
    expect(paths.slice(-3)).toEqual(['/modes/login/refresh', '/modes/login/begin', '/modes/login/confirm']);
    answering('/modes/login/refresh', { status: 200, body: { data: { token: 'fresh-token-1' } } });
    const kept = (await lab.read('sim-two-step', id, { refresh_token: 'true' })).credentials['refresh_token'];
    const { credentials } = await lab.read('sim-two-step', id, { force_refresh: 'true', refresh_token: 'true' });
    expect(credentials).toMatchObject({ token: 'fresh-token-1', refresh_token: kept });
  });

  it('a login that is refused later on is told as such, without a secret in it', async () => {
    const id = await lab.connect(modeNamed('sim-bill'));
    lab.system.simulator.modes.trusted.login = { username: 'sim-user', password: 'changed' };
    const answer = await lab.system.api.call('GET', `/connections/${id}`, {
      query: { provider_config_key: 'sim-bill', force_refresh: 'true' },
    });
    expect(answer).toMatchObject({
      status: 424,
      body: {
        error: { code: 'invalid_credentials', payload: { reason: 'provider_refused', last_error: { status: 401 } } },
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain('sim-password');
  });
});

describe('a server with a certificate of nobody', () => {
  it('gets no credentials, not even from a client that shows a certificate of its own', async () => {
    const stranger = createMtlsServer();
    await stranger.listen();
    const { certificate, privateKey: key } = stranger.issueClient('acme');
    const body = { client_id: 'acme', client_certificate: certificate, client_private_key: key };
    const answer = await lab.send(modeNamed('sim-mtls'), { body, params: { base_url: stranger.url } });
    expect(refusedBy(answer)).toMatchObject({
      status: 400,
      code: 'connection_test_failed',
      message: expect.stringMatching(/could not be reached \((CERT_SIGNATURE_FAILURE|SELF_SIGNED|UNABLE_TO)/),
    });
    expect(stranger.tokens.issued).toBe(0);
    await stranger.close();
  });
});

describe('an STS that does not answer', () => {
  it('is told from a role that is not given', async () => {
    lab.system.simulator.faults.set([{ match: { path: '/modes/aws/sts' }, fault: { status: 503, body: 'down' } }]);
    expect(refusedBy(await lab.send(modeNamed('sim-aws')))).toMatchObject({
      status: 502,
      code: 'aws_sigv4_sts_request_failed',
    });
  });
});

describe('a value that stands in an address', () => {
  it.each(['evil.com/#', 'evil.com?x', 'a@evil.com', '..'])('%s is refused, by its name', async (subdomain) => {
    const { status, body } = await lab.send(modeNamed('sim-basic'), {
      params: { base_url: lab.system.simulator.url, subdomain },
    });
    expect(status).toBe(400);
    expect(errorOf(body)).toMatchObject({
      code: 'invalid_body',
      errors: [
        {
          path: ['connection_config', 'subdomain'],
          message: 'Subdomain cannot stand in an address of Sim Basic as it is.',
        },
      ],
    });
  });

  it('is missing or no address at all: both are said', async () => {
    const missing = await lab.send(modeNamed('sim-basic'), { params: {} });
    expect(errorOf(missing.body)).toMatchObject({ errors: [{ message: 'Address is missing.' }] });
    const wrong = await lab.send(modeNamed('sim-basic'), { params: { base_url: 'javascript:alert(1)' } });
    expect(errorOf(wrong.body)).toMatchObject({ errors: [{ message: expect.stringMatching(/^Address must/) }] });
  });

  it('leads nowhere that the operator has not allowed', async () => {
    const { status, body } = await lab.send(modeNamed('sim-two-step'), {
      params: { base_url: 'http://169.254.169.254' },
    });
    expect([status, errorOf(body).code, errorOf(body).message]).toEqual([
      400,
      'connection_test_failed',
      expect.stringMatching(/could not be reached \(egress_denied\)/),
    ]);
  });
});

describe('an endpoint', () => {
  const apiKey = modeNamed('sim-api-key');
  const post = async (path: string, body: unknown = {}) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(lab.system.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, code: errorOf(await answer.json()).code };
  };

  it('wants a session, and one that may', async () => {
    expect(await post('/api-auth/api-key/sim-api-key')).toEqual({ status: 401, code: 'missing_public_key' });
    const token = await lab.sessionFor('sim-basic');
    expect(await post(`/api-auth/api-key/sim-api-key?connect_session_token=${token}`, apiKey.body())).toEqual({
      status: 400,
      code: 'integration_not_allowed',
    });
    const unknown = `nango_connect_session_${'0'.repeat(64)}`;
    expect(await post(`/auth/jwt/sim-jwt?connect_session_token=${unknown}`)).toEqual({
      status: 401,
      code: 'unknown_connect_session_token',
    });
  });

  it('knows its mode, its integrations and its connections', async () => {
    const token = await lab.sessionFor('sim-basic');
    const query = `connect_session_token=${token}`;
    expect(await post(`/auth/jwt/sim-basic?${query}`)).toEqual({ status: 400, code: 'invalid_auth_mode' });
    expect(await post(`/auth/jwt/nothing?${query}`)).toEqual({ status: 404, code: 'unknown_provider_config' });
    expect(await post(`/api-auth/basic/sim-basic?${query}&connection_id=mine`, login)).toEqual({
      status: 400,
      code: 'invalid_query_params',
    });
  });
});

describe('an installed app', () => {
  const app = { app_id: '4711', app_link: 'https://github.example/apps/sim', private_key: privateKey };
  const installed = { app_id: '4711', installation_id: 1 };
  const importAs = (provider: string, type: string, id: string, changes = {}) =>
    lab.system.api.call('POST', '/connections', {
      body: {
        provider_config_key: provider,
        connection_id: id,
        credentials: { type, ...installed, ...changes },
        connection_config: { base_url: lab.system.simulator.url },
      },
    });

  beforeAll(async () => {
    const integrations = [
      { provider: 'sim-app', credentials: { type: 'APP', ...app } },
      {
        provider: 'sim-custom',
        credentials: { type: 'CUSTOM', client_id: 'sim-client', client_secret: 'sim-secret', ...app },
      },
    ];
    for (const body of integrations)
      await lab.system.api.ok('POST', '/integrations', { body: { ...body, unique_key: body.provider } });
  });

  it.each([
    ['sim-app', 'APP'],
    ['sim-custom', 'CUSTOM'],
  ] as const)('is imported by its ids, used and renewed: %s', async (provider, type) => {
    expect((await importAs(provider, type, 'app-1')).status).toBe(201);
    const mode = { provider, me: '/modes/app/me' };
    expect(await lab.use(mode, 'app-1')).toMatchObject({ status: 200, body: { installation: '1' } });
    const { credentials, connection_config } = await lab.read(provider, 'app-1');
    expect(connection_config).toMatchObject({ app_id: '4711', installation_id: '1' });
    lab.system.simulator.modes.expire();
    expect(await lab.use(mode, 'app-1')).toMatchObject({ status: 200, body: { installation: '1' } });
    const token = (from: Record<string, unknown>) =>
      (type === 'APP' ? from : (from['app'] as Record<string, unknown>))['access_token'];
    expect(token((await lab.read(provider, 'app-1')).credentials)).not.toBe(token(credentials));
  });

  it('gives the app its own proof, made anew for whoever asks', async () => {
    await importAs('sim-app', 'APP', 'app-2');
    const { credentials } = await lab.read('sim-app', 'app-2', { refresh_github_app_jwt_token: 'true' });
    const [, claims = ''] = String(credentials['jwtToken']).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: '4711' });
    expect((await lab.read('sim-app', 'app-2')).credentials).not.toHaveProperty('jwtToken');
  });

  it('that is not installed, or of another key, is not imported', async () => {
    const { status, body } = await importAs('sim-app', 'APP', 'app-3', { installation_id: '999' });
    expect([status, errorOf(body).code, errorOf(body).message]).toEqual([
      400,
      'connection_test_failed',
      expect.stringMatching(/Not Found/),
    ]);
    lab.system.simulator.modes.trusted.keys = [];
    expect((await importAs('sim-app', 'APP', 'app-3')).status).toBe(400);
  });
});

describe('an import', () => {
  const imported = (provider: string, credentials: object) =>
    lab.system.api.call('POST', '/connections', {
      body: { provider_config_key: provider, credentials, connection_config: { base_url: lab.system.simulator.url } },
    });

  it('tests what it can, and is not stopped by a provider that is down', async () => {
    const wrong = await imported('sim-api-key', { type: 'API_KEY', apiKey: 'sim-wrong' });
    expect([wrong.status, errorOf(wrong.body).code]).toEqual([400, 'connection_test_failed']);
    lab.system.simulator.faults.set([
      { match: { path: '/me' }, fault: { status: 503 } },
      { match: { path: '/status' }, fault: { status: 503 } },
    ]);
    expect((await imported('sim-api-key', { type: 'API_KEY', apiKey: 'sim-key' })).status).toBe(201);
  });

  it.each([
    ['sim-two-step', { type: 'TWO_STEP', ...login, token: 'a-token', expires_at: '2020-01-01T00:00:00Z' }],
    [
      'sim-bill',
      {
        type: 'BILL',
        ...login,
        organization_id: '008',
        dev_key: 'k-1',
        session_id: 's-1',
        user_id: 'u',
        expires_at: '2020-01-01T00:00:00Z',
      },
    ],
    ['sim-signature', { type: 'SIGNATURE', ...login, token: 'a-token', expires_at: '2020-01-01T00:00:00Z' }],
    [
      'sim-jwt',
      { type: 'JWT', issuer: 'acme', privateKey: oneLine, token: 'a-token', expires_at: '2020-01-01T00:00:00Z' },
    ],
    [
      'sim-aws',
      {
        type: 'AWS_SIGV4',
        role_arn: roleArn,
        region: 'eu-central-1',
        service: 'things',
        access_key_id: 'a',
        secret_access_key: 'b',
        session_token: 'c',
        expires_at: '2020-01-01T00:00:00Z',
      },
    ],
  ] as const)('of %s whose token is over renews it with what is stored beside it', async (provider, credentials) => {
    const { status, body } = await imported(provider, credentials);
    expect(status, JSON.stringify(body)).toBe(201);
    expect((await lab.use(modeNamed(provider), (body as { connection_id: string }).connection_id)).status).toBe(200);
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../index.ts';

const simulator = createSimulator();
const redirectUri = 'http://127.0.0.1:1/callback';
const verifier = 'a-verifier-of-at-least-forty-three-characters-0123';
const challenge = createHash('sha256').update(verifier).digest('base64url');
beforeAll(async () => void (await simulator.listen()));
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

interface Tokens {
  access_token: string;
  refresh_token?: string;
  error?: string;
}

async function authorize(extra: Record<string, string> = {}): Promise<URL> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'sim-client',
    redirect_uri: redirectUri,
    state: 's 1',
    auto: '1',
    ...extra,
  });
  const response = await fetch(`${simulator.url}/oauth/authorize?${query}`, { redirect: 'manual' });
  expect(response.status).toBe(302);
  return new URL(response.headers.get('location') ?? '');
}

async function token(form: Record<string, string>, secret = 'sim-secret'): Promise<Tokens & { status: number }> {
  const body = new URLSearchParams({ client_id: 'sim-client', client_secret: secret, ...form });
  const response = await fetch(`${simulator.url}/oauth/token`, { method: 'POST', body });
  return { ...((await response.json()) as Tokens), status: response.status };
}

const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
const exchange = async (extra: Record<string, string> = {}) => {
  const code = (await authorize(pkce)).searchParams.get('code') ?? '';
  return token({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...extra,
  });
};
const refresh = (refreshToken = '') => token({ grant_type: 'refresh_token', refresh_token: refreshToken });
const me = async (accessToken: string) =>
  (await fetch(`${simulator.url}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).status;

it('goes from consent to an access token that opens the API', async () => {
  const callback = await authorize(pkce);
  expect([callback.searchParams.get('state'), callback.searchParams.get('iss')]).toEqual(['s 1', simulator.url]);
  const tokens = await exchange();
  expect(tokens).toMatchObject({ status: 200, token_type: 'bearer', expires_in: 3600 });
  expect(await me(tokens.access_token)).toBe(200);
});

it('shows a consent page whose form ends at the redirect URI, and escapes what it is given', async () => {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'sim-client',
    redirect_uri: redirectUri,
    state: '"><script>',
  });
  const page = await (await fetch(`${simulator.url}/oauth/authorize?${query}`)).text();
  expect(page).not.toContain('<script>');
  const body = new URLSearchParams({ ...Object.fromEntries(query), decision: 'deny' });
  const response = await fetch(`${simulator.url}/oauth/authorize`, { method: 'POST', body, redirect: 'manual' });
  expect(response.headers.get('location')).toContain('error=access_denied');
});

it('sends nothing to an unknown client or an address that is not registered', async () => {
  simulator.oauth.set({ clients: [{ clientId: 'c', clientSecret: 's', redirectUris: [redirectUri] }] });
  for (const [client, uri] of [
    ['x', redirectUri],
    ['c', 'https://evil.example/'],
  ]) {
    const query = new URLSearchParams({ response_type: 'code', client_id: client!, redirect_uri: uri!, auto: '1' });
    const response = await fetch(`${simulator.url}/oauth/authorize?${query}`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  }
});

it('refuses a wrong verifier, a missing one, one without a challenge, and `plain`', async () => {
  expect(await exchange({ code_verifier: 'wrong' })).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect(await exchange({ code_verifier: '' })).toMatchObject({ error: 'invalid_grant' });
  const code = (await authorize()).searchParams.get('code') ?? '';
  const downgraded = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  expect(await token(downgraded)).toMatchObject({ error: 'invalid_grant' });
  expect((await authorize({ code_challenge: 'x', code_challenge_method: 'plain' })).searchParams.get('error')).toBe(
    'invalid_request',
  );
});

it('ends the grant when a code is exchanged twice', async () => {
  const code = (await authorize()).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
  const { access_token } = await token(form);
  expect(await token(form)).toMatchObject({ error: 'invalid_grant' });
  expect(await me(access_token)).toBe(401);
});

it('rotates strictly: a used refresh token ends the grant', async () => {
  const first = await exchange();
  const second = await refresh(first.refresh_token);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect(simulator.oauth.grants.isUsable(second.refresh_token ?? '')).toBe(true);
  expect(await refresh(first.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect(simulator.oauth.grants.isUsable(second.refresh_token ?? '')).toBe(false);
  expect(await refresh(second.refresh_token)).toMatchObject({ error: 'invalid_grant' });
  expect(simulator.oauth.log.list().map((entry) => entry.reason)).toEqual([undefined, undefined, 'reuse', 'ended']);
});

it('rotates with grace: the old token works for a while', async () => {
  simulator.oauth.set({ rotation: 'grace', graceSeconds: 60 });
  const first = await exchange();
  const second = await refresh(first.refresh_token);
  const again = await refresh(first.refresh_token);
  expect([second.status, again.status]).toEqual([200, 200]);
  expect((await refresh(second.refresh_token)).status).toBe(200);
  simulator.oauth.set({ graceSeconds: -1 });
  expect(await refresh(first.refresh_token)).toMatchObject({ error: 'invalid_grant' });
});

it('without rotation keeps the refresh token and does not repeat it', async () => {
  simulator.oauth.set({ rotation: 'none' });
  const { refresh_token } = await exchange();
  for (let use = 0; use < 3; use += 1) {
    const answer = await refresh(refresh_token);
    expect([answer.status, answer.refresh_token]).toEqual([200, undefined]);
  }
});

it('sees requests for one grant that overlap', async () => {
  simulator.oauth.set({ rotation: 'none', delayMs: 100 });
  const { refreshToken } = simulator.oauth.issue({ accessTokenTtlSeconds: 0 });
  await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
  expect(simulator.oauth.log.overlapped).toBe(1);
});

it('takes clients by Basic, and answers 401 to a wrong secret', async () => {
  const authorization = `Basic ${Buffer.from('sim-client:sim-secret').toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const response = await fetch(`${simulator.url}/oauth/token`, { method: 'POST', headers: { authorization }, body });
  const tokens = (await response.json()) as Tokens;
  expect(tokens.refresh_token).toBeUndefined();
  expect(await me(tokens.access_token)).toBe(200);
  expect(await token({ grant_type: 'client_credentials' }, 'wrong')).toMatchObject({
    status: 401,
    error: 'invalid_client',
  });
});

it('ends a grant at its revocation', async () => {
  const tokens = await exchange();
  const body = new URLSearchParams({
    client_id: 'sim-client',
    client_secret: 'sim-secret',
    token: tokens.refresh_token ?? '',
  });
  expect((await fetch(`${simulator.url}/oauth/revoke`, { method: 'POST', body })).status).toBe(200);
  expect(await me(tokens.access_token)).toBe(401);
});

it('refuses an access token after its time', async () => {
  const { accessToken } = simulator.oauth.issue();
  expect(await me(accessToken)).toBe(200);
  simulator.oauth.grants.expireAccessTokens();
  expect(await me(accessToken)).toBe(401);
});

it('does the work and loses the answer when the script says so: rotated, but nobody knows', async () => {
  const { refreshToken } = simulator.oauth.issue();
  simulator.faults.set([{ match: { path: '/oauth/token' }, fault: 'reset-before-headers', times: 1 }]);
  await expect(refresh(refreshToken)).rejects.toThrow();
  expect(simulator.oauth.grants.isUsable(refreshToken ?? '')).toBe(false);
});

// The simulator's own locks: a test that passes through them has proved something only if others do not.
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../index.ts';
import { createAuthority } from './certificates.ts';
import { verifyJwt } from './jwt.ts';

const simulator = createSimulator();
beforeAll(async () => void (await simulator.listen()));
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
  const answer = await fetch(simulator.url + path, { method, headers, ...(body !== undefined && { body }) });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
};
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const typed = { 'content-type': 'application/x-www-form-urlencoded' };

it.each([
  ['GET', '/modes/login/me', { authorization: 'Bearer lt_nobody' }, 401],
  ['POST', '/modes/login', { 'content-type': 'application/json' }, 401],
  ['GET', '/modes/jwt/me', { authorization: 'Bearer a.b.c' }, 401],
  ['GET', '/modes/bill/me', { sessionid: 'x', devkey: 'y' }, 401],
  ['POST', '/modes/app/installations/1/access_tokens', { authorization: 'Bearer a.b.c' }, 401],
  ['GET', '/modes/aws/echo', { authorization: 'AWS4-HMAC-SHA256 Credential=a' }, 403],
  ['POST', '/modes/aws/sts', typed, 403],
  ['POST', '/modes/oauth1/request_token', { authorization: 'OAuth oauth_consumer_key="sim-client"' }, 401],
  ['GET', '/modes/tba/me', { authorization: 'OAuth realm="1234567_SB1", oauth_token="sim-token"' }, 401],
  [
    'GET',
    '/modes/wsse/me',
    { 'x-wsse': 'UsernameToken Username="sim-user", PasswordDigest="x", Nonce="", Created=""' },
    401,
  ],
  ['POST', '/modes/mcp', {}, 401],
  ['DELETE', '/modes/mcp', {}, 405],
] as const)('%s %s lets nobody in without the right proof', async (method, path, headers, status) => {
  expect((await ask(method, path, headers)).status).toBe(status);
});

it('takes a refresh token of a login once, and no password but the right one', async () => {
  const login = form({ username: 'sim-user', password: 'sim-password' });
  const { data } = JSON.parse((await ask('POST', '/modes/login', typed, login)).text) as {
    data: { token: string; refresh: string };
  };
  const me = () => ask('GET', '/modes/login/me', { authorization: `Bearer ${data.token}` });
  expect((await me()).status).toBe(200);
  const refresh = () => ask('POST', '/modes/login/refresh', typed, form({ refresh_token: data.refresh }));
  expect([(await refresh()).status, (await refresh()).status]).toEqual([200, 400]);
  simulator.modes.expire();
  expect((await me()).status).toBe(401);
  expect((await ask('POST', '/modes/login', typed, form({ username: 'sim-user', password: 'x' }))).status).toBe(401);
});

it('takes a WSSE digest of the right time only', async () => {
  const token = (created: string) => {
    const digest = createHash('sha1').update('nonce').update(`${created}sim-password`).digest('base64');
    const nonce = Buffer.from('nonce').toString('base64');
    return {
      'x-wsse': `UsernameToken Username="sim-user", PasswordDigest="${digest}", Nonce="${nonce}", Created="${created}"`,
    };
  };
  expect((await ask('GET', '/modes/wsse/me', token(new Date().toISOString()))).status).toBe(200);
  expect((await ask('GET', '/modes/wsse/me', token(new Date(Date.now() - 3_600_000).toISOString()))).status).toBe(401);
});

it('believes no JWT without a signature by a key it knows', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = part({ exp: Date.now() / 1000 + 60 });
  for (const token of [
    `${part({ alg: 'none' })}.${claims}.`,
    `${part({ alg: 'RS256' })}.${claims}.AAAA`,
    'nothing',
    '..',
  ]) {
    expect(verifyJwt(token, [{ algorithm: 'RS256', key }])).toBeUndefined();
  }
});

it('makes certificates that others can read and check', () => {
  const authority = createAuthority('Test CA');
  const ca = new X509Certificate(authority.certificate);
  const server = new X509Certificate(authority.issue('server', 'server').certificate);
  const client = new X509Certificate(authority.issue('client', 'client').certificate);
  expect(ca.ca).toBe(true);
  expect([server, client].map((one) => one.verify(ca.publicKey) && one.checkIssued(ca))).toEqual([true, true]);
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(client.verify(new X509Certificate(createAuthority('Other').certificate).publicKey)).toBe(false);
});

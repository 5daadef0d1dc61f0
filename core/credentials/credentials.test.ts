import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { SynclineError } from '../errors.ts';
import type { OAuth2Credential } from './credential.ts';
import { type CredentialsDeps, createCredentials, type FreshCredential } from './credentials.ts';
import { openRenewalTest, type RenewalTest } from './test-renewal.ts';

const simulator = createSimulator();
let test: RenewalTest;
beforeAll(async () => {
  test = await openRenewalTest(simulator);
});
afterAll(() => test.close());
beforeEach(() => {
  simulator.reset();
  test.setEntry({});
});

const start = Date.now();
/** Real time, so many ms ahead. */
let aheadMs = 0;
beforeEach(() => {
  aheadMs = 0;
});

const create = (changes: Partial<CredentialsDeps> = {}) =>
  createCredentials({ ...test, now: () => Date.now() + aheadMs, ...changes });

const tokenOf = ({ credential }: FreshCredential) => (credential as OAuth2Credential).access_token;
const posts = () => simulator.oauth.log.count();
const refuse = (error: string, more: object = {}) =>
  simulator.faults.set([{ match: { path: '/oauth/token' }, fault: { status: 400, body: { error }, ...more } }]);
const fail = (fault: object | string) => simulator.faults.set([{ match: { path: '/oauth/token' }, fault }]);
const mend = () => simulator.faults.set([]);
const requests = () => simulator.requests.total;

const caught = async (work: Promise<unknown>): Promise<SynclineError> => {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof SynclineError)) throw new Error('no SynclineError', { cause: error });
  return error;
};

it('returns a stored credential that is not due, without asking the provider', async () => {
  const { environment, connectionId, accessToken } = await test.connect({ expiresInMs: 3_600_000 });
  const found = await create().fresh(environment, { connectionId });
  expect(found).toMatchObject({ version: 1, credential: { access_token: accessToken } });
  expect(posts()).toBe(0);
});

it('renews a credential that is due, and writes only the credential', async () => {
  const connection = await test.connect();
  const { environment, connectionId, accessToken } = connection;
  const found = await create().fresh(environment, { connectionId });
  expect(tokenOf(found)).not.toBe(accessToken);
  expect(found.version).toBe(2);
  expect(found.expiresAt?.getTime()).toBeGreaterThan(start + 3_500_000);
  const row = await connection.readRow();
  expect(row.refreshAt!.getTime()).toBeLessThan(found.expiresAt!.getTime() - 300_000);
  expect(await connection.readCredential()).toEqual(found.credential);
  expect(await connection.readAttempts()).toMatchObject([{ version: 1, outcome: 'stored' }]);
  expect(tokenOf(await create().fresh(environment, { connectionId }))).toBe(tokenOf(found));
  expect(posts()).toBe(1);
});

it('renews one that is not due when forced', async () => {
  const { environment, connectionId, accessToken } = await test.connect({ expiresInMs: 3_600_000 });
  const found = await create().fresh(environment, { connectionId, force: true });
  expect(tokenOf(found)).not.toBe(accessToken);
  expect(posts()).toBe(1);
});

it.each([false, true])('makes one token request for 50 callers over two databases (forced: %s)', async (force) => {
  simulator.oauth.set({ delayMs: 300 });
  const { environment, connectionId } = await test.connect({ expiresInMs: -1000 });
  const other = await test.openAgain();
  const there = await other.forEnvironment(environment.environmentId);
  const [here, elsewhere] = [create(), create({ database: other })];
  const found = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      n % 2 ? here.fresh(environment, { connectionId, force }) : elsewhere.fresh(there, { connectionId, force }),
    ),
  );
  await other.close();
  expect(new Set(found.map(tokenOf)).size).toBe(1);
  expect(posts()).toBe(1);
  expect(simulator.oauth.log.overlapped).toBe(0);
});

it.each(['none', 'grace', 'strict'] as const)(
  'keeps the newest refresh token when rotation is %s',
  async (rotation) => {
    simulator.oauth.set({ rotation });
    const connection = await test.connect();
    const { environment, connectionId, refreshToken } = connection;
    const credentials = create();
    for (let n = 0; n < 3; n++) await credentials.fresh(environment, { connectionId, force: true });
    const stored = (await connection.readCredential()) as OAuth2Credential;
    expect(stored.refresh_token === refreshToken).toBe(rotation === 'none');
    expect(simulator.oauth.grants.isUsable(stored.refresh_token!)).toBe(true);
    expect(simulator.oauth.log.count('issued')).toBe(3);
  },
);

it('says nothing of a failed renewal while the token is valid, and pauses before the next', async () => {
  const { environment, connectionId, accessToken } = await test.connect();
  fail({ status: 503 });
  const credentials = create();
  for (let n = 0; n < 3; n++) expect(tokenOf(await credentials.fresh(environment, { connectionId }))).toBe(accessToken);
  expect(requests()).toBe(1);
  aheadMs = 30_000;
  mend();
  expect(tokenOf(await credentials.fresh(environment, { connectionId }))).not.toBe(accessToken);
});

it('answers 424 with the time to wait when the token is over and the provider is away', async () => {
  const { environment, connectionId } = await test.connect({ expiresInMs: -1000 });
  fail({ status: 503, headers: { 'retry-after': '120' } });
  const credentials = create();
  const error = await caught(credentials.fresh(environment, { connectionId }));
  expect(error).toMatchObject({ code: 'connection_refresh_backoff', status: 424, retryable: true });
  expect(error.payload).toMatchObject({
    reason: 'provider_unavailable',
    last_error: { status: 503 },
    retry_at: expect.any(String),
  });
  expect(error.retryAfterMs).toBeGreaterThan(115_000);
  expect(error.retryAfterMs).toBeLessThan(122_000);
  await credentials.refresh(environment.environmentId, connectionId); // a run is not stopped by this
  expect(requests()).toBe(1);
});

it('waits longer with each failure, at most 15 minutes', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  fail('html');
  const credentials = create({ random: () => 0.999 });
  const waits: number[] = [];
  for (let n = 0; n < 10; n++) {
    const { retryAfterMs = 0 } = await caught(credentials.fresh(environment, { connectionId }));
    waits.push(Math.round(retryAfterMs / 1000));
    aheadMs += retryAfterMs + 1;
  }
  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 639, 899, 899, 899]);
  expect((await connection.readRow()).needsReauthAt).toBeNull();
});

it('gives a connection up only when the grant is refused twice, a minute apart', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  const credentials = create();
  refuse('invalid_grant');
  const first = await caught(credentials.fresh(environment, { connectionId }));
  expect(first).toMatchObject({ code: 'connection_refresh_backoff', payload: { reason: 'provider_refused' } });
  aheadMs = 59_000;
  await caught(credentials.fresh(environment, { connectionId, force: true }));
  expect(requests()).toBe(1);
  aheadMs = 61_000;
  const second = await caught(credentials.fresh(environment, { connectionId }));
  expect(second).toMatchObject({
    code: 'connection_refresh_exhausted',
    status: 424,
    retryable: false,
    payload: { reason: 'needs_reauth', last_error: { status: 400, error: 'invalid_grant' } },
  });
  aheadMs = 86_400_000;
  await expect(credentials.refresh(environment.environmentId, connectionId)).rejects.toMatchObject({
    code: 'connection_refresh_exhausted',
  });
  expect(requests()).toBe(2);
  mend();
  await credentials.fresh(environment, { connectionId, force: true });
  expect(await connection.readRow()).toMatchObject({
    version: 2,
    needsReauthAt: null,
    refusedAt: null,
    backoffUntil: null,
  });
});

it.each(['invalid_client', 'unauthorized_client', 'invalid_scope'])(
  'never gives a connection up for %s',
  async (error) => {
    const connection = await test.connect({ expiresInMs: -1000 });
    const { environment, connectionId } = connection;
    refuse(error);
    for (let n = 0; n < 3; n++) {
      const failure = await caught(create().fresh(environment, { connectionId }));
      expect(failure).toMatchObject({
        code: 'connection_refresh_backoff',
        payload: { reason: 'provider_refused', last_error: { error } },
      });
      aheadMs += 1_000_000;
    }
    expect(await connection.readRow()).toMatchObject({ needsReauthAt: null, refusedAt: null });
  },
);

it('tries the old token once more, at once, when the answer was cut', async () => {
  simulator.oauth.set({ rotation: 'grace' });
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  simulator.faults.set([{ match: { path: '/oauth/token' }, fault: 'reset-mid-body', times: 1 }]);
  await create().fresh(environment, { connectionId });
  expect(simulator.oauth.log.count('issued')).toBe(2);
  expect((await connection.readAttempts()).map(({ outcome }) => outcome)).toEqual([
    expect.stringMatching(/^unreachable:/),
    'stored',
  ]);
});

it('does not follow a redirect of the token endpoint', async () => {
  const { environment, connectionId } = await test.connect({ expiresInMs: -1000 });
  fail({ status: 307, headers: { location: `${simulator.url}/oauth/elsewhere` } });
  const error = await caught(create().fresh(environment, { connectionId }));
  expect(error.payload).toMatchObject({ last_error: { status: 307 } });
  expect(requests()).toBe(1);
});

const reply = (body: string, contentType = 'application/json', status = 200) => ({
  tokenReply: { status, contentType, body },
});

it.each<[string, Parameters<typeof simulator.oauth.set>[0]]>([
  ['a page instead of JSON', reply('<html>Sign in</html>', 'text/html')],
  ['half an answer', reply('{"access_token": "at_1')],
  ['nothing', reply('')],
  ['a list', reply('[{"access_token": "a"}]')],
  ['no token', reply('{"ok": true}')],
  ['a token that is no text', reply('{"access_token": {"a": 1}}')],
  ['a token that is too long', reply(JSON.stringify({ access_token: 'a'.repeat(16_385) }))],
])('keeps the token it has when a renewal is answered with %s', async (_case, answer) => {
  simulator.oauth.set(answer);
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId } = connection;
  const error = await caught(create().fresh(environment, { connectionId }));
  expect(error).toMatchObject({ code: 'connection_refresh_backoff', status: 424, retryable: true });
  expect(await connection.readRow()).toMatchObject({ version: 1, needsReauthAt: null, refusedAt: null });
  expect(posts()).toBe(1);
});

it.each<[string, Record<string, unknown>, number | null]>([
  ['a number', { expires_in: 3000 }, 3000],
  ['a text', { expires_in: '3000' }, 3000],
  ['missing', { expires_in: undefined }, null],
  ['null', { expires_in: null }, null],
  ['negative', { expires_in: -1 }, null],
  ['no number', { expires_in: 'soon' }, null],
  ['longer than any clock', { expires_in: 1e300 }, null],
])('understands a renewed life that is %s', async (_case, tokenAnswer, seconds) => {
  simulator.oauth.set({ tokenAnswer });
  const { environment, connectionId } = await test.connect({ expiresInMs: -1000 });
  const { version, expiresAt } = await create().fresh(environment, { connectionId });
  expect(version).toBe(2);
  if (seconds === null) expect(expiresAt).toBeNull();
  else expect(Math.abs(expiresAt!.getTime() - Date.now() - seconds * 1000)).toBeLessThan(60_000);
});

it.each([undefined, null, '', 7])('keeps the refresh token when the answer has %j as one', async (refresh_token) => {
  simulator.oauth.set({ tokenAnswer: { refresh_token, access_token: 'a'.repeat(16_384) } });
  const connection = await test.connect({ expiresInMs: -1000 });
  await create().fresh(connection.environment, { connectionId: connection.connectionId });
  expect(await connection.readCredential()).toMatchObject({
    refresh_token: connection.refreshToken,
    access_token: 'a'.repeat(16_384),
  });
});

it('leaves alone what the upstream must judge: no refresh token, another kind, no credential', async () => {
  const raw = {};
  const stale = {
    type: 'OAUTH2',
    access_token: 'a',
    refresh_token: undefined,
    expires_at: '2020-01-01T00:00:00Z',
    raw,
  } as const;
  const without = await test.connect({ credential: stale });
  expect(await create().fresh(without.environment, { connectionId: without.connectionId, force: true })).toMatchObject({
    version: 1,
  });
  const key = await test.connect({ credential: { type: 'API_KEY', apiKey: 'k' } });
  expect(await create().fresh(key.environment, { connectionId: key.connectionId })).toMatchObject({
    credential: { apiKey: 'k' },
    expiresAt: expect.anything(),
  });
  expect(requests()).toBe(0);
});

it('shows no token, old or new, in what it throws', async () => {
  const connection = await test.connect({ expiresInMs: -1000 });
  const { environment, connectionId, accessToken, refreshToken } = connection;
  refuse(`no ${refreshToken}`, {
    body: { error: `no ${refreshToken}`, error_description: `sim-secret for ${accessToken}` },
  });
  const failures = [await caught(create().fresh(environment, { connectionId }))];
  aheadMs = 1_000_000;
  fail({ status: 200, body: '<p>oops' });
  failures.push(await caught(create().fresh(environment, { connectionId })));
  aheadMs = 2_000_000;
  test.setEntry({ token_headers: { 'x-bad': '${accessToken}\n' } });
  failures.push(await caught(create().fresh(environment, { connectionId })));
  const text = inspect(failures, { depth: 20, showHidden: true });
  expect(text).toContain('[secret]');
  for (const secret of [accessToken, refreshToken, 'sim-secret']) expect(text).not.toContain(secret);
});

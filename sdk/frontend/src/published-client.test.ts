// The published client and ours: the same calls of the app are the same requests.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Published from '@nangohq/frontend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuthError, type AuthOptions, type Credentials, Syncline } from './index.ts';

type Arguments<Name extends keyof Published> = Published[Name] extends (...given: infer Given) => unknown
  ? Given
  : never;

/** Ours are named by what an endpoint takes; the published types have all fields optional. */
type Own<Options> = Omit<Exclude<Options, string | undefined>, 'credentials'>;

/** Compiled, never called: each line is an error where ours takes less than the published one gives. */
export const accepted = (ours: Syncline) => ({
  openConnectUI: (...given: Arguments<'openConnectUI'>) => ours.openConnectUI(...given),
  reconnect: (options: Own<Arguments<'reconnect'>[1]>) => ours.reconnect('github', options),
  clear: (...given: Arguments<'clear'>) => ours.clear(...given),
  /** Without a connection's id, which no session may choose. */
  auth: (options: Own<Arguments<'auth'>[1]>) => ours.auth('github', options),
  create: (options: Own<Arguments<'create'>[1]>) => ours.create('github', options),
});

const heard: string[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const url = new URL(request.url!, 'http://any');
  heard.push(`${request.method} ${url.pathname} ${url.searchParams} ${request.headers['content-type']} ${body}`);
  response.setHeader('content-type', 'application/json');
  response.statusCode = url.pathname.endsWith('/broken') ? 400 : 200;
  response.end(
    response.statusCode === 200
      ? '{"providerConfigKey":"github","connectionId":"c1"}'
      : '{"error":{"code":"connection_test_failed","message":"GitHub did not accept it.","hint":"Try another."}}',
  );
});
let host: string;
beforeAll(async () => {
  await once(server.listen(0), 'listening');
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const clients = () => {
  const options = { host, connectSessionToken: 'nango_connect_session_1' };
  return [new Published(options), new Syncline(options)] as const;
};

it.each<Credentials>([
  { apiKey: 'k' },
  { username: 'u', password: 'p' },
  { username: 'u' },
  { password: 'p' },
  { username: 'u', password: 'p', organization_id: 'o', dev_key: 'd' },
  { client_id: 'c', client_secret: 's' },
  { client_id: 'c', client_certificate: 'x', client_private_key: 'k' },
  { token_id: 'i', token_secret: 's' },
  { token_id: 'i', token_secret: 's', oauth_client_id_override: 'a', oauth_client_secret_override: 'b' },
  { privateKey: { id: '1', secret: '2' } },
  { type: 'JWT', issuer: 'i', key: 'k' },
  { type: 'TWO_STEP', account: 'a', assertionOption: { tenant: 't' } },
  { type: 'SIGNATURE', username: 'u', password: 'p' },
  { type: 'AWS_SIGV4', role_arn: 'arn', region: 'eu-west-1' },
])('sends %j to where the published client sends it', async (credentials) => {
  const [published, ours] = clients();
  const params = { subdomain: 'a b&c', 'dotted.name': '1' };
  heard.length = 0;
  const accounts = [
    await published.auth('git hub', { credentials, params } as never),
    await ours.auth('git hub', { credentials, params }),
    await ours.create('git hub', { credentials, params }),
    await ours.reconnect('git hub', { credentials, params }),
  ];
  expect(accounts).toEqual(Array(4).fill({ providerConfigKey: 'github', connectionId: 'c1' }));
  expect(heard.slice(1)).toEqual(Array(3).fill(heard[0]));
});

it('connects without credentials as the published client does, and sends nothing of none', async () => {
  const [published, ours] = clients();
  heard.length = 0;
  await published.create('open', { params: { a: 'b' } });
  await ours.create('open', { params: { a: 'b' } });
  expect(heard[1]).toBe(heard[0]);
  await ours.auth('outbound', { installation: 'outbound', user_scope: ['a', 'b'] });
  expect(heard[2]).toBe(
    'POST /auth/oauth-outbound/outbound connect_session_token=nango_connect_session_1&user_scope=a%2Cb application/json ',
  );
});

it('refuses with the type of the published client, and says more', async () => {
  const [published, ours] = clients();
  const refusal = async (call: () => Promise<unknown>) => {
    try {
      await call();
      return undefined;
    } catch (error) {
      return error as AuthError; // of either: both have a type
    }
  };
  const credentials = { apiKey: 'wrong' };
  const theirs = await refusal(() => published.auth('broken', { credentials }));
  const error = await refusal(() => ours.auth('broken', { credentials }));
  expect(error).toBeInstanceOf(AuthError);
  expect([error?.type, error?.message]).toEqual([theirs?.type, theirs?.message]);
  expect([error?.hint, error?.status]).toEqual(['Try another.', 400]);
  const [without, bare] = [new Published({ host }), new Syncline({ host })];
  const types = [
    await refusal(() => without.reconnect('github', { credentials })),
    await refusal(() => bare.reconnect('github', { credentials })),
  ].map((refused) => refused?.type);
  expect(types).toEqual(Array(2).fill('missing_connect_session_token'));
});

it.each<[string, AuthOptions | string, string, string]>([
  ['credentials of no kind', { credentials: { foo: 'bar' } as never }, 'github', 'missing_credentials'],
  ['half a client', { credentials: { client_id: 'c' } }, 'github', 'missing_credentials'],
  ['an id of its own choice', 'my-id', 'github', 'url_param_err'],
  ['no integration', { credentials: { apiKey: 'k' } }, '', 'no_provider_config_key'],
  ['a way up', { credentials: { apiKey: 'k' } }, '..', 'no_provider_config_key'],
])('refuses %s before anything is sent', async (_case, options, integration, type) => {
  heard.length = 0;
  await expect(clients()[1].auth(integration, options as AuthOptions)).rejects.toMatchObject({ type });
  expect(heard).toEqual([]);
});

it.each(['nonsense', 'ftp://files.example', 'syncline.example.com', ''])('takes no host like "%s"', (given) => {
  expect(() => new Syncline({ host: given })).toThrow(expect.objectContaining({ type: 'invalid_host_url' }));
});

it('says who cannot be reached', async () => {
  const nowhere = new Syncline({ host: 'http://127.0.0.1:9', connectSessionToken: 't' });
  await expect(nowhere.create('github')).rejects.toMatchObject({
    type: 'unknown_error',
    message: 'The API cannot be reached at http://127.0.0.1:9.',
  });
});

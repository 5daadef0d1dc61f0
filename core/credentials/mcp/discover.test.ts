import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSimulator } from '../../../simulator/index.ts';
import { createEgress, type Egress } from '../../egress/egress.ts';
import { createSendTokenRequest, type SendTokenRequest } from '../send-token-request.ts';
import { discoverServer } from './discover.ts';
import { registerClient } from './register-client.ts';

const simulator = createSimulator();
let egress: Egress;
let send: SendTokenRequest;
beforeAll(async () => {
  egress = createEgress({ allow: [new URL(await simulator.listen()).host], env: 'development' });
  send = createSendTokenRequest(egress);
});
afterAll(async () => {
  await Promise.all([egress.close(), simulator.close()]);
});
beforeEach(() => simulator.reset());

const metadata = '/.well-known/oauth-protected-resource/modes/mcp';
const discover = (path = '/modes/mcp') => discoverServer(send, simulator.url + path);
const answer = (path: string, body: Record<string, unknown>) => ({ match: { path }, fault: { status: 200, body } });
const missing = (path: string) => ({ match: { path }, fault: { status: 404, body: {} } }) as const;
const refused = (code: string, message: RegExp) =>
  expect.objectContaining({ code, status: 400, message: expect.stringMatching(message) });

it('finds the authorization server by the challenge of a 401, with resource and scopes', async () => {
  const server = await discover();
  expect(server).toMatchObject({
    issuer: simulator.url,
    authorizationEndpoint: `${simulator.url}/oauth/authorize`,
    tokenEndpoint: `${simulator.url}/oauth/token`,
    registrationEndpoint: `${simulator.url}/oauth/register`,
    resource: `${simulator.url}/modes/mcp`,
    scopes: ['mcp:read'],
    sendsIssuer: true,
    takesMetadataDocument: false,
  });
});

it('finds it at the well-known place when there is no challenge', async () => {
  simulator.faults.set([answer('/modes/mcp', {})]);
  expect((await discover()).tokenEndpoint).toBe(`${simulator.url}/oauth/token`);
});

it('takes the origin itself for the authorization server when nothing describes the resource', async () => {
  simulator.faults.set([missing('/modes/mcp'), missing(metadata), missing('/.well-known/oauth-protected-resource')]);
  expect(await discover()).toMatchObject({ issuer: simulator.url, resource: `${simulator.url}/modes/mcp` });
});

it.each([
  ['another resource', { resource: 'https://other.example/mcp', authorization_servers: ['https://evil.example'] }],
  ['a resource beside it', { resource: 'RESOURCE/modes/mcp2', authorization_servers: ['https://evil.example'] }],
])('believes no document about %s', async (_name, body) => {
  const named = { ...body, resource: body.resource.replace('RESOURCE', simulator.url) };
  simulator.faults.set([answer(metadata, named)]);
  await expect(discover()).rejects.toEqual(refused('provider_config_err', /another resource/));
});

it('believes no server metadata that names another issuer', async () => {
  const path = '/.well-known/oauth-authorization-server';
  simulator.faults.set([answer(path, { issuer: 'https://evil.example', code_challenge_methods_supported: ['S256'] })]);
  await expect(discover()).rejects.toEqual(refused('provider_config_err', /calls itself otherwise/));
});

it.each([
  ['without PKCE S256', { code_challenge_methods_supported: ['plain'] }, /PKCE/],
  ['without a token endpoint', { token_endpoint: undefined }, /token_endpoint/],
  [
    'whose token endpoint is a template of ours',
    { token_endpoint: 'https://x.example/${clientSecret}' },
    /token_endpoint/,
  ],
  [
    'whose token endpoint has two alternatives',
    { token_endpoint: 'https://x.example/a||https://y.example' },
    /token_endpoint/,
  ],
  ['whose endpoint is no web address', { authorization_endpoint: 'javascript:alert(1)' }, /authorization_endpoint/],
])('refuses a server %s', async (_name, changes, message) => {
  const body = {
    issuer: simulator.url,
    authorization_endpoint: `${simulator.url}/oauth/authorize`,
    token_endpoint: `${simulator.url}/oauth/token`,
    code_challenge_methods_supported: ['S256'],
    ...changes,
  };
  simulator.faults.set([answer('/.well-known/oauth-authorization-server', body)]);
  await expect(discover()).rejects.toEqual(refused('provider_config_err', message));
});

it('follows a challenge to its own origin only', async () => {
  const challenge = { 'www-authenticate': 'Bearer resource_metadata="http://127.0.0.1:9/evil"' };
  simulator.faults.set([{ match: { path: '/modes/mcp' }, fault: { status: 401, body: {}, headers: challenge } }]);
  expect((await discover()).resource).toBe(`${simulator.url}/modes/mcp`);
});

it.each(['', 'ftp://x.example', 'not a url', 'javascript:alert(1)'])('says that %j is no address', async (url) => {
  await expect(discoverServer(send, url)).rejects.toEqual(refused('url_param_err', /address/));
});

it('says that a server which is not there does not say how to sign in', async () => {
  await expect(discoverServer(send, 'http://127.0.0.1:9/mcp')).rejects.toEqual(
    refused('provider_config_err', /does not say/),
  );
});

it('registers a client for exactly its redirect URI', async () => {
  const wanted = { redirectUris: ['https://app.example/cb'], clientName: 'Acme', tokenAuthMethods: ['none'] };
  const client = await registerClient(send, `${simulator.url}/oauth/register`, wanted);
  expect(client).toEqual({ client_id: expect.stringMatching(/^dcr_/) });
  expect(simulator.oauth.options.clients.at(-1)).toMatchObject({
    redirectUris: ['https://app.example/cb'],
    clientSecret: '',
  });
  const known = await registerClient(send, `${simulator.url}/oauth/register`, {
    ...wanted,
    tokenAuthMethods: undefined,
  });
  expect(known.client_secret).toMatch(/^[\w-]{20,}$/);
});

it('says what the server says when it registers nobody', async () => {
  const wanted = { redirectUris: [], clientName: 'Acme' };
  await expect(registerClient(send, `${simulator.url}/oauth/register`, wanted)).rejects.toEqual(
    refused('provider_config_err', /status 400, invalid_redirect_uri/),
  );
});

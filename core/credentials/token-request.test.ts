import { generateKeyPairSync, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Provider } from '../../providers/schema.ts';
import { buildTokenRequest, type TokenRequestInput } from './token-request.ts';

const acme: Provider = {
  name: 'acme',
  display_name: 'Acme',
  logo_url: '',
  auth_mode: 'OAUTH2',
  token_url: 'https://auth.acme.example/token',
  refresh_params: { grant_type: 'refresh_token' },
};
const app = { client_id: 'my id', client_secret: 's+cret' };
const build = (
  entry: Partial<Provider> = {},
  more: Partial<TokenRequestInput> = {},
  connectionConfig: Record<string, unknown> = {},
) =>
  buildTokenRequest({
    provider: { ...acme, ...entry },
    app,
    integrationConfig: {},
    connection: { id: 'c1', connectionConfig, metadata: {} },
    credential: { type: 'OAUTH2', access_token: 'a', refresh_token: 'r', raw: {} },
    now: new Date(0),
    ...more,
  });
const formOf = ({ body }: { body: string | null }) => Object.fromEntries(new URLSearchParams(body ?? ''));
const grant = { type: 'OAUTH2_CC', token: 't', client_id: 'user-id', client_secret: 'user-secret', raw: {} } as const;

it('sends id and secret in a form, when the entry says nothing', () => {
  const request = build();
  expect(request).toMatchObject({ url: 'https://auth.acme.example/token', method: 'POST' });
  expect(request.standard).toBeUndefined();
  expect(formOf(request)).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'r',
    client_id: 'my id',
    client_secret: 's+cret',
  });
});

it('form-encodes id and secret before Basic, and leaves them out of the body', () => {
  for (const entry of [{ token_request_auth_method: 'basic' }, { authorization_method: 'header' }] as const) {
    const request = build(entry);
    expect(request.headers['authorization']).toBe(`Basic ${Buffer.from('my+id:s%2Bcret').toString('base64')}`);
    expect(formOf(request)).toEqual({ grant_type: 'refresh_token', refresh_token: 'r' });
    expect(request.standard).toBeUndefined(); // arctic would not encode them
  }
});

it('leaves to the library what is standard: plain Basic, or a client without a secret', () => {
  const plain = { app: { client_id: 'id', client_secret: 'secret' } };
  expect(build({ token_request_auth_method: 'basic' }, plain).standard).toEqual({
    client: { id: 'id', secret: 'secret' },
    refreshToken: 'r',
  });
  expect(build({}, { app: { client_id: 'my id' } }).standard).toEqual({
    client: { id: 'my id', secret: undefined },
    refreshToken: 'r',
  });
  for (const entry of [
    { body_format: 'json' },
    { token_headers: { 'x-a': 'b' } },
    { token_request_method: 'GET' },
    { refresh_params: { grant_type: 'refresh_token', audience: 'x' } },
    { refresh_params: { grant_type: 'other' } },
  ] as const) {
    expect(build({ token_request_auth_method: 'basic', ...entry }, plain).standard).toBeUndefined();
  }
});

it('follows the entry in URL, method, place and headers', () => {
  const json = build({
    body_format: 'json',
    refresh_params: { grant_type: 'refresh_token', more: { deep: ['${clientId}', '${nothing}'] } },
  });
  expect(JSON.parse(json.body!)).toMatchObject({ refresh_token: 'r', more: { deep: ['my id'] } });
  const query = build({
    body_format: 'query',
    refresh_url: 'https://auth.acme.example/refresh/',
    token_request_method: 'GET',
  });
  expect(query.url).toMatch(
    /^https:\/\/auth\.acme\.example\/refresh\/\?client_id=my\+id&client_secret=s%2Bcret&grant_type=refresh_token/,
  );
  expect(query).toMatchObject({ method: 'GET', body: null });
  const headers = build({ token_headers: { 'X-Old': '${accessToken}', 'x-none': '${connectionConfig.none}' } }).headers;
  expect(headers).toMatchObject({ 'x-old': 'a' });
  expect(headers).not.toHaveProperty('x-none');
});

it('sends the secret to no other host than the entry means', () => {
  const entry = { token_url: 'https://${connectionConfig.shop}.acme.example/token' };
  expect(build(entry, {}, { shop: 'mine' }).url).toBe('https://mine.acme.example/token');
  for (const shop of ['evil.test#', 'a@evil.test', 'evil.test:443', ''])
    expect(() => build(entry, {}, { shop })).toThrow();
  expect(new URL(build(entry, {}, { shop: 'https://evil.test/' }).url).hostname).toBe('evil.test.acme.example');
});

it("takes the connection's own app whole: without a secret it is a public client", () => {
  const credential = {
    type: 'OAUTH2',
    access_token: 'a',
    refresh_token: 'r',
    raw: {},
    config_override: { client_id: 'own' },
  } as const;
  expect(formOf(build({}, { credential }))).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'r',
    client_id: 'own',
  });
});

it('asks for a client-credentials grant with the scopes of connection, integration or entry', () => {
  const entry = { token_params: { audience: '${connectionConfig.host}' }, default_scopes: ['d'] };
  const scopes = { app: { scopes: 'a, b' }, credential: grant };
  expect(formOf(build(entry, scopes, { host: 'h' }))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'user-id',
    client_secret: 'user-secret',
    audience: 'h',
    scope: 'a b',
  });
  expect(formOf(build(entry, scopes, { oauth_scopes_override: ['x', 'y'] }))['scope']).toBe('x y');
  expect(formOf(build({ ...entry, scope_separator: ',' }, { app: {}, credential: grant }))['scope']).toBe('d');
});

it('proves itself by a signed assertion: issuer, subject, audience, five minutes', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { client_secret: _, ...client } = grant;
  const request = build(
    { token_request_auth_method: 'private_key_jwt', token_params: { grant_type: 'client_credentials' } },
    { app: {}, credential: { ...client, client_private_key: key } },
  );
  const { client_assertion: assertion = '', ...form } = formOf(request);
  expect(form).toEqual({
    client_id: 'user-id',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    grant_type: 'client_credentials',
  });
  const [head, payload = '', signature = ''] = assertion.split('.');
  const text = Buffer.from(`${head}.${payload}`);
  expect(verify('sha256', text, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
    iss: 'user-id',
    sub: 'user-id',
    aud: 'https://auth.acme.example/token',
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat: 0,
    exp: 300,
  });
});

it('shows no certificate that does not fit its key', () => {
  const entry = { require_client_certificate: true } as const;
  const credential = { ...grant, client_certificate: 'a', client_private_key: 'b' };
  const invalid = expect.objectContaining({ code: 'invalid_certificate_or_key_format' });
  expect(() => build(entry, { credential })).toThrow(invalid);
  expect(() => build(entry, { credential: grant })).toThrow(invalid);
});

it.each([
  ['missing_client_id', {}, { app: {} }],
  ['missing_token_url', { token_url: { API_KEY: 'https://x.example' } }, {}],
  ['invalid_certificate_or_key_format', { token_request_auth_method: 'private_key_jwt' }, {}],
  ['unsupported_token_request', { token_request_auth_method: 'custom' }, {}],
  ['unsupported_token_request', { require_client_certificate: true }, {}],
] as const)('says %s', (code, entry, more) => {
  expect(() => build(entry as Partial<Provider>, more)).toThrow(expect.objectContaining({ code }));
});

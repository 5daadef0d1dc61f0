import { expect, it } from 'vitest';
import type { Provider } from '../../../providers/schema.ts';
import { createScope } from '../../proxy/scope.ts';
import { buildCodeRequest, codeTokenUrl } from './code-request.ts';

const grant = { code: 'CODE', redirectUri: 'https://app.example/cb', verifier: 'VERIFIER' };
const connection = { id: '', connectionConfig: { region: 'eu' }, metadata: {} };

function build(
  entry: Partial<Provider>,
  client: { id: string; secret: string | undefined } = { id: 'id', secret: 's' },
) {
  const provider = { name: 'acme', auth_mode: 'OAUTH2', token_url: 'https://acme.example/token', ...entry } as Provider;
  const scope = createScope({
    provider,
    integration: { clientId: client.id },
    connection,
    credentials: { type: 'NONE' },
  });
  const subject = { provider, integrationConfig: {}, connection, now: new Date() };
  return buildCodeRequest({ ...subject, scope, client, tokenUrl: codeTokenUrl(subject, scope), grant });
}

const bodyOf = (body: string | null) => Object.fromEntries(new URLSearchParams(body ?? ''));

it('sends a form with id and secret in it', () => {
  const { url, method, body, headers, standard } = build({ token_params: { grant_type: 'authorization_code' } });
  expect([url, method, headers['content-type']]).toEqual([
    'https://acme.example/token',
    'POST',
    'application/x-www-form-urlencoded',
  ]);
  expect(bodyOf(body)).toEqual({
    client_id: 'id',
    client_secret: 's',
    grant_type: 'authorization_code',
    code: 'CODE',
    redirect_uri: 'https://app.example/cb',
    code_verifier: 'VERIFIER',
  });
  expect(standard).toBeUndefined(); // a secret in the body is not what the library sends
});

it('leaves the standard exchange to the library: Basic, or a public client', () => {
  const basic = build({ token_request_auth_method: 'basic' });
  expect(basic.standard).toEqual({
    client: { id: 'id', secret: 's' },
    code: 'CODE',
    verifier: 'VERIFIER',
    redirectUri: 'https://app.example/cb',
  });
  expect(basic.headers['authorization']).toBe(`Basic ${Buffer.from('id:s').toString('base64')}`);
  expect(bodyOf(basic.body)).not.toHaveProperty('client_secret');
  expect(build({}, { id: 'id', secret: undefined }).standard).toBeDefined();
});

it.each<[string, Partial<Provider>, { id: string; secret: string | undefined }?]>([
  ['a secret that Basic has to encode', { token_request_auth_method: 'basic' }, { id: 'id', secret: 'a:b c' }],
  ['JSON', { token_request_auth_method: 'basic', body_format: 'json' }],
  ['further headers', { token_request_auth_method: 'basic', token_headers: { 'x-version': '2' } }],
  ['further parameters', { token_request_auth_method: 'basic', token_params: { audience: 'x' } }],
])('sends %s itself', (_case, entry, client) => {
  expect(build(entry, client).standard).toBeUndefined();
});

it('encodes id and secret before Basic, as RFC 6749 section 2.3.1 wants it', () => {
  const { headers } = build({ token_request_auth_method: 'basic' }, { id: 'i:d', secret: 'a b%' });
  expect(Buffer.from(headers['authorization']!.slice(6), 'base64').toString()).toBe('i%3Ad:a+b%25');
});

it('puts parameters where the entry wants them, with what it adds', () => {
  const json = build({ body_format: 'json', token_params: { nested: { region: '${connectionConfig.region}' } } });
  expect(JSON.parse(json.body!)).toMatchObject({ code: 'CODE', nested: { region: 'eu' } });
  const query = new URL(build({ body_format: 'query' }).url);
  expect([query.searchParams.get('code'), query.searchParams.get('redirect_uri')]).toEqual(['CODE', grant.redirectUri]);
  expect(build({ token_headers: { 'X-Region': '${connectionConfig.region}' } }).headers).toMatchObject({
    'x-region': 'eu',
  });
});

it('has a token URL for each mode, filled by the connection', () => {
  expect(build({ token_url: { OAUTH2: 'https://${connectionConfig.region}.acme.example/token' } }).url).toBe(
    'https://eu.acme.example/token',
  );
  expect(() => build({ token_url: { OAUTH1: 'https://acme.example' } })).toThrow(
    expect.objectContaining({ code: 'provider_config_err' }),
  );
  expect(() => build({ require_client_certificate: true })).toThrow(
    expect.objectContaining({ code: 'unsupported_token_request' }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Provider } from '../../../providers/schema.ts';
import { createScope } from '../../proxy/scope.ts';
import { type AuthorizeInput, buildAuthorizeUrl } from './authorize-url.ts';
import { challengeOf, makeVerifier } from './pkce.ts';

const verifier = makeVerifier();

function build(entry: Partial<Provider>, given: Partial<AuthorizeInput> = {}): URL {
  return new URL(buildText(entry, given));
}

function buildText(entry: Partial<Provider>, given: Partial<AuthorizeInput> = {}): string {
  const provider = {
    name: 'acme',
    display_name: 'Acme',
    auth_mode: 'OAUTH2',
    authorization_url: 'https://acme.example/authorize',
    ...entry,
  } as Provider;
  const connection = { id: '', connectionConfig: { region: 'eu' }, metadata: {} };
  return buildAuthorizeUrl({
    provider,
    connection,
    integrationConfig: {},
    scope: createScope({ provider, integration: {}, connection, credentials: { type: 'NONE' } }),
    clientId: 'id 1',
    redirectUri: 'https://app.example/oauth/callback',
    scopes: ['read', 'write:all'],
    userScopes: [],
    state: 'STATE',
    verifier,
    browserParams: {},
    sessionParams: {},
    ...given,
  });
}

it('asks for a code with a challenge, in the order that the field knows', () => {
  expect(buildText({})).toBe(
    'https://acme.example/authorize?response_type=code&client_id=id%201&redirect_uri=https%3A%2F%2Fapp.example%2Foauth%2Fcallback' +
      `&scope=read%20write%3Aall&state=STATE&code_challenge=${challengeOf(verifier)}&code_challenge_method=S256`,
  );
});

describe('by its entry', () => {
  it('leaves PKCE out', () => {
    const { searchParams } = build({}, { verifier: undefined });
    expect([...searchParams.keys()]).toEqual(['response_type', 'client_id', 'redirect_uri', 'scope', 'state']);
  });

  it('fills the URL and its parameters, and goes on after a query', () => {
    const url = build({
      authorization_url: 'https://${connectionConfig.region}.acme.example/authorize?v=2',
      authorization_params: { audience: 'https://${connectionConfig.region}.api', gone: '${connectionConfig.none}' },
    });
    expect(url.host).toBe('eu.acme.example');
    expect([url.searchParams.get('v'), url.searchParams.get('audience')]).toEqual(['2', 'https://eu.api']);
    expect(url.searchParams.has('gone')).toBe(false);
  });

  it('joins scopes with the separator, and asks for none when there are none', () => {
    expect(build({ scope_separator: ',' }).searchParams.get('scope')).toBe('read,write:all');
    expect(build({}, { scopes: [] }).searchParams.has('scope')).toBe(false);
  });

  it('leaves scopes un-encoded, but for what would end the parameter', () => {
    const entry = { authorization_url_skip_encode: ['scopes'] as ('scopes' | 'base_url')[], scope_separator: '+' };
    expect(buildText(entry)).toContain('&scope=read+write:all&');
    expect(buildText(entry, { scopes: ['a&state=x', 'b#'] })).toContain('&scope=a%26state=x+b%23&');
  });

  it('puts the query behind a fragment', () => {
    expect(buildText({ authorization_url_fragment: '/oauth' })).toMatch(
      /^https:\/\/acme\.example\/authorize#\/oauth\?response_type=code&/,
    );
  });

  it('renames and drops parameters', () => {
    const replaced = build({ authorization_url_replacements: { client_id: 'client_key', 'response_type=code&': '' } });
    expect(replaced.searchParams.get('client_key')).toBe('id 1');
    expect(['client_id', 'response_type'].some((name) => replaced.searchParams.has(name))).toBe(false);
  });

  it('drops empty parameters where the provider refuses them', () => {
    const entry = { authorization_params: { prompt: '' } };
    expect(build(entry).searchParams.get('prompt')).toBe('');
    expect(build({ ...entry, authorization_url_skip_empty: true }).searchParams.has('prompt')).toBe(false);
  });
});

it('takes parameters of browser and session, the session’s over the browser’s, and removes by "undefined"', () => {
  const { searchParams } = build(
    { authorization_params: { prompt: 'consent', access_type: 'offline' } },
    {
      browserParams: { prompt: 'none', hint: 'a', access_type: 'undefined' },
      sessionParams: { hint: 'b' },
      userScopes: ['x', 'y'],
    },
  );
  expect(['prompt', 'hint', 'user_scope', 'access_type'].map((name) => searchParams.get(name))).toEqual([
    'none',
    'b',
    'x,y',
    null,
  ]);
});

it('lets nobody touch what decides where the answer goes and whose it is', () => {
  const own = [
    'state',
    'redirect_uri',
    'client_id',
    'response_type',
    'code_challenge',
    'code_challenge_method',
    'nonce',
  ];
  const ours = build({});
  const spelling = (name: string) =>
    fc.constantFrom(name, name.toUpperCase(), `${name} `, ` ${name}`, `${name}[]`, `${name}&x`, `${name}\0`);
  const key = fc.oneof(
    fc.constantFrom(...own, 'request', 'request_uri', 'client_key').chain(spelling),
    fc.string({ maxLength: 30 }),
  );
  const value = fc.oneof(fc.constant('undefined'), fc.string({ maxLength: 60 }));
  fc.assert(
    fc.property(fc.dictionary(key, value), fc.dictionary(key, value), (browserParams, sessionParams) => {
      const replacements = { client_id: 'client_key' };
      const { searchParams } = build({}, { browserParams, sessionParams });
      for (const name of own) expect(searchParams.getAll(name)).toEqual(ours.searchParams.getAll(name));
      expect([searchParams.has('request'), searchParams.has('request_uri')]).toEqual([false, false]);
      const renamed = build({ authorization_url_replacements: replacements }, { browserParams, sessionParams });
      expect(renamed.searchParams.getAll('client_key')).toEqual(['id 1']);
    }),
  );
});

it('refuses an entry without a place to send the browser', () => {
  const { authorization_url: _, ...without } = { authorization_url: undefined };
  expect(() => build({ ...without, authorization_url: undefined as never })).toThrow(
    expect.objectContaining({ code: 'provider_config_err' }),
  );
});

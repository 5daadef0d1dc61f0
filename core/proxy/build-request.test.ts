import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BuildInput, buildRequest } from './build-request.ts';
import type { ProxyCredentials, ProxyRules } from './entry.ts';
import { signAws } from './sign-aws.ts';
import { signOAuth1 } from './sign-oauth1.ts';

interface Case {
  credentials?: ProxyCredentials;
  proxy?: Partial<ProxyRules>;
  request?: Partial<BuildInput['request']>;
  config?: Record<string, unknown>;
  integration?: BuildInput['integration'];
}

const token: ProxyCredentials = {
  type: 'OAUTH2',
  access_token: 'the-access-token',
  refresh_token: 'the-refresh-token',
};

function build({ credentials = token, proxy = {}, request = {}, config = {}, integration = {} }: Case) {
  return buildRequest({
    provider: { auth_mode: 'OAUTH2', proxy: { base_url: 'https://api.example.com', ...proxy } },
    integration,
    connection: { id: 'c', connectionConfig: config, metadata: {} },
    credentials,
    request: { method: 'get', endpoint: '/x', ...request },
    userAgent: 'Syncline/9',
  });
}
const text = (input: Case) => String(build(input).body ?? '');

describe('authorization', () => {
  it.each<[string, ProxyCredentials, string | undefined]>([
    ['OAUTH2', token, 'Bearer the-access-token'],
    ['APP', { type: 'APP', access_token: 'a' }, 'Bearer a'],
    ['CUSTOM', { type: 'CUSTOM', app: { access_token: 'a' }, user: null }, 'Bearer a'],
    ['OAUTH2_CC', { type: 'OAUTH2_CC', token: 't' }, 'Bearer t'],
    ['JWT', { type: 'JWT', token: 't' }, 'Bearer t'],
    ['SIGNATURE', { type: 'SIGNATURE', token: 't' }, 'Bearer t'],
    ['TWO_STEP', { type: 'TWO_STEP', token: 't' }, 'Bearer t'],
    ['BASIC', { type: 'BASIC', username: 'ü', password: 'p' }, `Basic ${Buffer.from('ü:p').toString('base64')}`],
    ['BASIC without password', { type: 'BASIC', username: 'u' }, `Basic ${btoa('u:')}`],
    ['API_KEY', { type: 'API_KEY', apiKey: 'k' }, undefined],
    ['BILL', { type: 'BILL', session_id: 's', dev_key: 'd' }, undefined],
    ['NONE', { type: 'NONE' }, undefined],
  ])('%s', (_mode, credentials, expected) => {
    expect(build({ credentials }).headers['authorization']).toBe(expected);
    const entry = { headers: { Authorization: 'Entry ${connectionConfig.x}' } };
    expect(build({ credentials, proxy: entry, config: { x: 1 } }).headers['authorization']).toBe('Entry 1');
    expect(build({ credentials, proxy: entry }).headers['authorization']).toBe(expected); // dropped whole
    expect(build({ credentials, proxy: entry, request: { headers: { AUTHORIZATION: 'mine' } } })).toMatchObject({
      headers: { authorization: 'mine' },
      ownAuthorization: true,
    });
  });

  it('gives no Bearer to a login that the entry places itself', () => {
    const credentials: ProxyCredentials = { type: 'TWO_STEP', token: 't', _cookies: 'sid=1' };
    expect(build({ credentials, proxy: { headers: { 'x-token': '${accessToken}' } } }).headers).toMatchObject({
      'x-token': 't',
    });
    expect(
      build({ credentials, proxy: { headers: { 'x-token': '${accessToken}' } } }).headers['authorization'],
    ).toBeUndefined();
    expect(
      build({ credentials, proxy: { headers: { Cookie: '${credentials._cookies}' } } }).headers,
    ).not.toHaveProperty('authorization');
  });

  it('refuses a header that would split', () => {
    expect(() => build({ credentials: { type: 'OAUTH2', access_token: 'a\r\nx: y' } })).toThrow(
      expect.objectContaining({ code: 'invalid_headers', message: expect.not.stringContaining('x: y') }),
    );
  });
});

describe('OAuth 1', () => {
  it('signs the documented example of Twitter (developer.x.com, "Creating a signature")', () => {
    const header = signOAuth1({
      method: 'POST',
      url: 'https://api.twitter.com/1.1/statuses/update.json?include_entities=true',
      form: 'status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21',
      clientId: 'xvz1evFS4wEEPTGEFPHBog',
      clientSecret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw',
      token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
      tokenSecret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
      signatureMethod: 'HMAC-SHA1',
      now: new Date(1_318_622_958_000),
      nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg',
    });
    expect(header).toContain('oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"');
  });

  it('needs the client of the integration, and gives TBA its realm', () => {
    const oauth1: ProxyCredentials = { type: 'OAUTH1', oauth_token: 't', oauth_token_secret: 's' };
    expect(() => build({ credentials: oauth1 })).toThrow(expect.objectContaining({ code: 'unsupported_auth' }));
    const integration = { clientId: 'id', clientSecret: 'secret' };
    expect(build({ credentials: oauth1, integration }).headers['authorization']).toMatch(
      /^OAuth oauth_consumer_key="id"/,
    );
    const tba: ProxyCredentials = { type: 'TBA', token_id: 't', token_secret: 's' };
    expect(build({ credentials: tba, integration, config: { accountId: '12-sb1' } }).headers['authorization']).toMatch(
      /^OAuth realm="12_SB1".*HMAC-SHA256/,
    );
  });
});

describe('an AWS signature that the entry asks for', () => {
  const credentials: ProxyCredentials = { type: 'BASIC', username: 'AKIDEXAMPLE', password: 'a secret, with a comma' };
  const headers = {
    'x-amz-date': '${now:YYYYMMDD[T]HHmmss[Z]}',
    authorization: '${awsSigV4(${username}, ${password}, us-east-1, iam)}',
  };

  it('is the one of a signer, over the same date, query and body', () => {
    const now = new Date('2015-08-30T12:36:00Z');
    const request = {
      method: 'post',
      endpoint: '/a b?z=1&a=%2F&a=ü',
      data: { Action: 'ListUsers', Name: 'x y' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
    const built = buildRequest({
      provider: { auth_mode: 'BASIC', proxy: { base_url: 'https://iam.amazonaws.com', headers } },
      integration: {},
      connection: { id: 'c', connectionConfig: {}, metadata: {} },
      credentials,
      request,
      now,
    });
    const signer = {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'a secret, with a comma',
      region: 'us-east-1',
      service: 'iam',
    };
    const expected = signAws({ method: 'POST', url: built.url, headers: {}, body: built.body as Buffer, now }, signer);
    expect(built.headers).toMatchObject(expected);
    expect(built.headers['x-amz-date']).toBe('20150830T123600Z');
  });

  it('leaves a caller who signs alone', () => {
    const mine = { headers: { authorization: 'AWS4-HMAC-SHA256 mine', 'x-amz-date': 'mine' } };
    expect(build({ credentials, proxy: { headers }, request: mine }).headers).toMatchObject(mine.headers);
  });

  it('stands nowhere but in a header: elsewhere the request is not finished', () => {
    const proxy = { query: { signature: '${awsSigV4(a, b, c, d)}', kept: 'yes' } };
    expect(build({ credentials, proxy }).url).not.toContain('AWS4');
  });
});

describe('headers', () => {
  it('have defaults, and one order of precedence', () => {
    const built = build({
      proxy: { headers: { Accept: 'entry', 'X-Two': '${apiKey} || two' } },
      request: { headers: { 'x-two': 'mine', 'X-N': 1, gone: undefined } },
    });
    expect(built.headers).toEqual({
      accept: 'entry',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'Syncline/9',
      authorization: 'Bearer the-access-token',
      'x-two': 'mine',
      'x-n': '1',
    });
    expect(
      build({ proxy: { headers: { 'user-agent': 'entry' } }, request: { headers: { 'User-Agent': 'mine' } } }).headers[
        'user-agent'
      ],
    ).toBe('entry');
    expect(build({ request: { headers: { 'User-Agent': 'mine' } } }).headers['user-agent']).toBe('mine');
  });

  it('never take hop-by-hop or framing from a caller', () => {
    const names = [
      'Host',
      'Connection',
      'Keep-Alive',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
      'Content-Length',
      'Expect',
      'Proxy-Authorization',
      'X-Hop',
    ];
    const { headers } = build({
      request: { headers: { ...Object.fromEntries(names.map((name) => [name, 'x'])), Connection: 'close, x-hop' } },
    });
    for (const name of names) expect(headers, name).not.toHaveProperty(name.toLowerCase());
  });

  it('keep a resolved value that looks like a template', () => {
    expect(
      build({
        proxy: { headers: { 'x-v': '${connectionConfig.v}' } },
        config: { v: '${clientSecret}' },
        integration: { clientSecret: 'shh' },
      }).headers['x-v'],
    ).toBe('${clientSecret}');
  });
});

describe('query', () => {
  const url = (request: Partial<BuildInput['request']>, proxy: Partial<ProxyRules> = {}) =>
    build({ request, proxy }).url.replace('https://api.example.com', '');

  it('is verbatim until something is added', () => {
    expect(url({ endpoint: '/x?b=two%20words&page[size]=1' })).toBe('/x?b=two%20words&page[size]=1');
    expect(url({ endpoint: '/x?b=two%20words', params: { c: undefined, d: null } })).toBe('/x?b=two%20words');
    expect(url({ endpoint: '/x?b=two%20words&page[size]=1', params: { 'page[size]': 2 } })).toBe(
      '/x?b=two+words&page%5Bsize%5D=2',
    );
  });

  it('takes scalars, dates and lists, and refuses objects', () => {
    expect(url({ params: { a: 1, b: true, c: '', d: [1, 'x', null], e: new Date(0) } })).toBe(
      '/x?a=1&b=true&c=&d=1%2Cx%2C&e=1970-01-01T00%3A00%3A00.000Z',
    );
    expect(() => url({ params: { a: { b: 1 } } })).toThrow(
      expect.objectContaining({ code: 'invalid_query_params', status: 400 }),
    );
    expect(() => url({ params: { a: [{}] } })).toThrow(expect.objectContaining({ code: 'invalid_query_params' }));
  });

  it('takes text, but not twice', () => {
    expect(url({ params: '?a=two%20words' })).toBe('/x?a=two%20words');
    expect(url({ params: '' })).toBe('/x');
    expect(() => url({ endpoint: '/x?a=1', params: 'b=2' })).toThrow(
      expect.objectContaining({ code: 'invalid_query_params' }),
    );
  });

  it("lets the entry's parameters win and skips unresolved ones", () => {
    expect(url({ params: { key: 'mine', a: 1 } }, { query: { key: '${accessToken}', other: '${apiKey}' } })).toBe(
      '/x?key=the-access-token&a=1',
    );
  });

  it('keeps credentials out of the public URL', () => {
    const credentials: ProxyCredentials = { type: 'API_KEY', apiKey: 'k/ey+secret' };
    const built = build({
      credentials,
      proxy: { base_url: 'https://api.example.com/bot', query: { key: '${apiKey}' } },
      request: { endpoint: `/y?mine=${encodeURIComponent('k/ey+secret')}` },
    });
    expect(new URL(built.url).searchParams.get('key')).toBe('k/ey+secret');
    expect(built.publicUrl).toBe('https://api.example.com/bot/y?mine=[secret]');
  });
});

describe('bodies', () => {
  it('go with the methods that carry one', () => {
    for (const method of ['POST', 'put', 'PATCH', 'DELETE', 'REPORT'])
      expect(text({ request: { method, data: { a: 1 } } })).toBe('{"a":1}');
    for (const method of ['GET', 'head', 'OPTIONS']) {
      const built = build({ request: { method, data: { a: 1 } } });
      expect([built.body, built.headers['content-type']]).toEqual([null, undefined]);
    }
  });

  it('may be absent while the type that the caller names stays', () => {
    const headers = { 'Content-Type': 'application/octet-stream' };
    for (const method of ['POST', 'GET']) {
      const built = build({ request: { method, headers } });
      expect([built.body, built.headers['content-type']]).toEqual([null, 'application/octet-stream']);
    }
  });

  it('pass raw bytes untouched', () => {
    const bytes = Buffer.from([0, 255, 10]);
    const built = build({ request: { method: 'POST', rawBody: bytes, headers: { 'content-type': 'text/plain' } } });
    expect(built).toMatchObject({ body: bytes, repeatable: true, headers: { 'content-type': 'text/plain' } });
  });

  it('have the type of the entry unless the caller names one', () => {
    const proxy = { headers: { 'Content-Type': 'application/vnd.api+json' } };
    const type = (request: Partial<BuildInput['request']>) =>
      build({ proxy, request: { method: 'POST', ...request } }).headers['content-type'];
    expect(type({ data: { a: 1 } })).toBe('application/vnd.api+json');
    expect(type({ rawBody: '{}', rawBodyType: 'application/json' })).toBe('application/vnd.api+json');
    expect(type({ data: { a: 1 }, headers: { 'content-type': 'application/json' } })).toBe('application/json');
    expect(type({})).toBeUndefined();
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect(text({ proxy: form, request: { method: 'POST', data: { a: { b: 1 } } } })).toBe('a%5Bb%5D=1');
    expect(
      build({ request: { method: 'POST', rawBody: '{}', rawBodyType: 'application/json' } }).headers['content-type'],
    ).toBe('application/json');
  });

  it('stream, and are then sent once', () => {
    const built = build({
      request: {
        method: 'POST',
        rawBody: Readable.from(['x']),
        rawBodySizeBytes: 1,
        headers: { 'content-type': 'a/b' },
      },
    });
    expect(built).toMatchObject({ repeatable: false, headers: { 'content-length': '1' } });
    expect(build({ request: { method: 'POST', rawBody: Buffer.alloc(8_000_001) } }).repeatable).toBe(false);
  });

  const proxy: Partial<ProxyRules> = {
    body: { auth: { key: '${accessToken}', gone: '${apiKey}' }, none: { x: '${apiKey}' } },
  };
  it.each<[string, Partial<BuildInput['request']>, string]>([
    ['JSON', { data: { auth: { key: 'mine', keep: 1 } } }, '{"auth":{"key":"the-access-token","keep":1}}'],
    ['no body', {}, '{"auth":{"key":"the-access-token"}}'],
    ['a form', { data: new URLSearchParams('a=1&auth[key]=mine') }, 'a=1&auth%5Bkey%5D=the-access-token'],
    ['a top-level list', { data: [1] }, '[1]'],
    ['text', { data: 'hi', headers: { 'content-type': 'text/plain' } }, 'hi'],
    [
      'multipart',
      { rawBody: '--b\r\n\r\nx\r\n--b--\r\n', headers: { 'content-type': 'multipart/form-data; boundary=b' } },
      '--b\r\n\r\nx\r\n--b\r\ncontent-disposition: form-data; name="auth[key]"\r\n\r\nthe-access-token\r\n--b--\r\n',
    ],
  ])("get the entry's keys: %s", (_what, request, expected) => {
    expect(text({ proxy, request: { method: 'POST', ...request } })).toBe(expected);
  });

  it('are not injected into a GET, nor into a stream', () => {
    expect(build({ proxy }).body).toBeNull();
    expect(() => build({ proxy, request: { method: 'POST', rawBody: Readable.from(['x']) } })).toThrow(
      expect.objectContaining({ code: 'request_too_large' }),
    );
  });
});

describe('the rest', () => {
  // security.md case 12
  it('proxy.template: a placeholder from a caller stays text everywhere', () => {
    const names = [
      'access_token',
      'accessToken',
      'refresh_token',
      'credentials.access_token',
      'clientSecret',
      'connectionConfig.x',
      'base64(${accessToken})',
      'now',
      'random',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.stringMatching(/^[a-z]{0,5}$/), (name, around) => {
        const placeholder = `${around}\${${name}}`;
        const built = build({
          config: { x: 'config-secret' },
          integration: { clientSecret: 'client-secret' },
          request: {
            method: 'POST',
            endpoint: `/a/${placeholder}?q=${placeholder}`,
            params: { p: placeholder },
            headers: { 'x-h': placeholder },
            data: { d: placeholder },
          },
        });
        const url = new URL(built.url);
        expect(decodeURIComponent(url.pathname)).toBe(`/a/${placeholder}`);
        expect([
          url.searchParams.get('q'),
          url.searchParams.get('p'),
          built.headers['x-h'],
          JSON.parse(String(built.body)).d,
        ]).toEqual(Array(4).fill(placeholder));
      }),
    );
  });

  it('knows idempotency headers, the entry’s own too', () => {
    const has = (headers: Record<string, string>) =>
      build({ proxy: { idempotency_header: 'X-Once' }, request: { headers } }).hasIdempotencyHeader;
    expect([
      has({}),
      has({ 'Idempotency-Key': '1' }),
      has({ 'paypal-request-id': '1' }),
      has({ 'x-once': '1' }),
    ]).toEqual([false, true, true, true]);
  });

  it('serves an API without a base URL of its own by the settings of the integration', () => {
    const generic = (config: Record<string, string>) =>
      buildRequest({
        provider: { auth_mode: 'API_KEY', proxy: {} },
        integration: { config },
        connection: { id: 'c', connectionConfig: {}, metadata: {} },
        credentials: { type: 'API_KEY', apiKey: 'k' },
        request: { method: 'GET', endpoint: 'x' },
      });
    expect(generic({ baseUrl: 'https://a.io/', keyName: 'X-Key', valueTemplate: 'Key ${apiKey}' })).toMatchObject({
      url: 'https://a.io/x',
      headers: { 'x-key': 'Key k' },
    });
    expect(generic({ baseUrl: 'https://a.io', keyName: 'key', keyPlacement: 'query' }).url).toBe(
      'https://a.io/x?key=k',
    );
  });

  it('offers the request itself to signatures of the entry', () => {
    const headers = {
      'x-sig': '${method} ${host} ${path} ${urlCanonicalParams} ${bodyCanonicalParams} ${params} ${contentType}',
      'x-id': '${random}|${random}',
    };
    const built = build({
      proxy: { headers },
      request: { method: 'POST', endpoint: '/p?b=2&a=x%20y', data: new URLSearchParams({ z: '1', y: 'ä' }) },
    });
    expect(built.headers['x-sig']).toBe(
      'POST api.example.com /p a=x%20y&b=2 z=1&y=%C3%A4 y=%C3%A4&z=1 application/x-www-form-urlencoded',
    );
    const [one, two] = built.headers['x-id']!.split('|');
    expect(one).toBe(two);
  });
});

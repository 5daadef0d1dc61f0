import { createHash } from 'node:crypto';
import type { ProxyConfiguration } from '@syncline/functions';
import { describe, expect, it } from 'vitest';
import { jsonRecording } from './json-recording.ts';
import { matchRequest } from './match-request.ts';
import type { Entry } from './recording.ts';
import { identify } from './request-identity.ts';

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const hashOf = (parts: object) => sha1(JSON.stringify(parts));

describe('the identity of a request', () => {
  it('is the digest of its parts, in their order', () => {
    const config: ProxyConfiguration = {
      endpoint: '/v1/items?b=2',
      params: { a: [1, 2], c: undefined, B: true },
      headers: {
        'X-Version': 3,
        Authorization: 'Bearer own',
        'content-type': 'application/json; charset=utf-8',
        'nango-is-sync': 'true',
        Accept: 'text/csv',
      },
      data: { z: 1 },
    };
    expect(identify(config, 'post')).toMatchObject({
      path: '/v1/items',
      hash: hashOf({
        method: 'post',
        endpoint: 'v1/items',
        params: [
          ['B', 'true'],
          ['a', '1,2'],
          ['b', '2'],
        ],
        headers: [['X-Version', '3']],
        data: '{"z":1}',
      }),
    });
  });

  it.each<[unknown, string | undefined]>([
    ['a=1', 'a=1'],
    [Buffer.from('pdf'), Buffer.from('pdf').toString('base64')],
    [['x'.repeat(1_000)], `sha1:${sha1(JSON.stringify(['x'.repeat(1_000)]))}`],
    [undefined, undefined],
  ])('has a body of %j as text, a long one as its digest', (data, text) => {
    expect(identify({ endpoint: '/', data }, 'post').data).toBe(text);
  });

  it('keeps escapes and a trailing slash of the path, and drops the host', () => {
    expect(identify({ endpoint: 'https://api.example.com/a%2Fb/?x=1#y' }, 'get')).toMatchObject({
      path: '/a%2Fb/',
      host: 'api.example.com',
      params: [['x', '1']],
    });
  });
});

describe('an entry is found', () => {
  const find = (entries: Entry | Entry[], config: Partial<ProxyConfiguration> = {}, path = '/items') =>
    matchRequest(
      jsonRecording({ api: { post: { [path]: entries } } }),
      identify({ endpoint: '/items', ...config }, 'post'),
    )?.response;
  const plain = hashOf({ method: 'post', endpoint: 'items', params: [], headers: [] });

  it('by its hash, before anything else', () => {
    const entries = [
      { response: 'by parts', request: {} },
      { response: 'by hash', hash: plain },
    ];
    expect(find(entries)).toBe('by hash');
  });

  it.each<[string, NonNullable<Entry['request']>, Partial<ProxyConfiguration>, boolean]>([
    ['equal parameters', { params: { a: 1 } }, { params: { a: '1' } }, true],
    ['other parameters', { params: { a: 1 } }, { params: { a: 2 } }, false],
    ['one parameter more', { params: { a: 1 } }, { params: { a: 1, b: 2 } }, false],
    ['headers in another case', { headers: { 'X-A': '1' } }, { headers: { 'x-a': 1 } }, true],
    ['a header less', { headers: { 'X-A': '1' } }, {}, false],
    ['a body with its keys in another order', { data: { a: 1, b: 2 } }, { data: { b: 2, a: 1 } }, true],
    ['another body', { data: { a: 1 } }, { data: { a: 2 } }, false],
    ['a body where none was recorded', {}, { data: { a: 1 } }, true],
    ['the digest of a long body', { data: `sha1:${sha1('x'.repeat(2_000))}` }, { data: 'x'.repeat(2_000) }, true],
  ])('by its parts: %s', (_what, request, config, found) => {
    expect(find({ response: 'it', request }, config)).toBe(found ? 'it' : undefined);
  });

  it('that says nothing of its request, when it is alone and the call has no parameters', () => {
    expect(find({ response: 'it', hash: 'another' })).toBe('it');
    expect(find({ response: 'it', hash: 'another' }, { params: { a: 1 } })).toBeUndefined();
    expect(
      find([
        { response: 'a', hash: 'b' },
        { response: 'c', hash: 'd' },
      ]),
    ).toBeUndefined();
  });

  it('by the end of its path only at a slash', () => {
    const at = (endpoint: string) => find({ response: 'it', request: {} }, { endpoint }, '/items');
    expect(at('https://api.example.com/v2/items')).toBe('it');
    expect(at('/myitems')).toBeUndefined();
    expect(at('/items/')).toBeUndefined();
  });

  it('on its host, where request and entry name one', () => {
    const at = (endpoint: string) => find({ response: 'it', request: {}, host: 'eu.example.com' }, { endpoint });
    expect(at('https://eu.example.com/items')).toBe('it');
    expect(at('https://us.example.com/items')).toBeUndefined();
    expect(at('/items')).toBe('it');
  });
});

import { describe, expect, it } from 'vitest';
import { nextHop, type RedirectInput } from './redirects.ts';

const hop = (input: Partial<RedirectInput>) =>
  nextHop({
    status: 302,
    location: '/next',
    url: 'https://api.example.com/v1/x',
    method: 'GET',
    headers: { authorization: 'a', accept: 'b', 'content-type': 'c' },
    hops: 0,
    repeatable: true,
    trustedOrigins: [],
    ...input,
  });

describe('redirects', () => {
  const table: [number, string, string | undefined][] = [
    [301, 'GET', 'GET'],
    [302, 'GET', 'GET'],
    [303, 'GET', 'GET'],
    [307, 'GET', 'GET'],
    [308, 'HEAD', 'HEAD'],
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', undefined],
    [302, 'DELETE', undefined],
    [303, 'PUT', 'GET'],
    [307, 'PATCH', 'PATCH'],
    [300, 'GET', undefined],
    [304, 'GET', undefined],
    [200, 'GET', undefined],
  ]; // prettier-ignore
  it.each(table)('%i of %s within the origin goes on as %s', (status, method, expected) => {
    expect(hop({ status, method })?.method).toBe(expected);
  });

  it('keep headers within the origin, and a body only with its method', () => {
    expect(hop({})).toMatchObject({ url: 'https://api.example.com/next', headers: { authorization: 'a' } });
    expect(hop({ method: 'POST', status: 307 })).toMatchObject({ keepBody: true, headers: { 'content-type': 'c' } });
    expect(hop({ method: 'POST', status: 302 })).toMatchObject({
      keepBody: false,
      headers: { authorization: 'a', accept: 'b' },
    });
    expect(hop({ method: 'POST', status: 307, repeatable: false })).toBeUndefined();
  });

  it.each([
    'https://other.example.com/',
    'http://api.example.com/',
    'https://api.example.com:8443/',
    '//other.example.com/x',
  ])('take four harmless headers to %s', (location) => {
    const headers = {
      authorization: 'a',
      cookie: 'c',
      'x-api-key': 'k',
      accept: 'b',
      'user-agent': 'u',
      range: 'bytes=0-',
      'accept-language': 'de',
    };
    expect(Object.keys(hop({ location, headers })?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-language',
      'range',
      'user-agent',
    ]);
    for (const status of [301, 302, 303, 307, 308]) expect(hop({ location, status, method: 'POST' })).toBeUndefined();
  });

  it('forward to the origins an entry trusts', () => {
    expect(
      hop({ location: 'https://eu.example.com/x', trustedOrigins: ['https://eu.example.com'] })?.headers,
    ).toHaveProperty('authorization');
  });

  it('end after five', () => {
    expect(hop({ hops: 4 })).toBeDefined();
    expect(() => hop({ hops: 5 })).toThrow(expect.objectContaining({ code: 'too_many_redirects' }));
  });

  it.each(['ftp://x/', 'https://u:p@api.example.com/', 'http://['])('do not go to %s', (location) => {
    expect(hop({ location })).toBeUndefined();
  });
});

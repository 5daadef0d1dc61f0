import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinUrl } from './join-url.ts';

const base = 'https://api.example.com/v1';
const refuse = (): never => {
  throw Object.assign(new Error('no'), { code: 'base_url_override_disabled' });
};
const join = (endpoint: string, from = base) => joinUrl(from, endpoint, refuse);
const code = (endpoint: string, from = base) => {
  try {
    return join(endpoint, from);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('joining', () => {
  it.each([
    ['users', '/v1/users'],
    ['/users', '/v1/users'],
    ['///users', '/v1/users'],
    ['/users/', '/v1/users/'],
    ['', '/v1'],
    ['?x=1', '/v1?x=1'],
    ['/a%2Fb/%C3%A9', '/v1/a%2Fb/%C3%A9'],
    ['/a//b', '/v1/a//b'],
    ['/A/b?B=two%20words&c=a+b', '/v1/A/b?B=two%20words&c=a+b'],
    ['/x?redirect=../..&y=%2e%2e', '/v1/x?redirect=../..&y=%2e%2e'],
    ['/file.tar.gz/...x', '/v1/file.tar.gz/...x'],
    ['/a#frag', '/v1/a'],
    ['https://api.example.com/v1/users?p=2', '/v1/users?p=2'],
    ['https://api.example.com/v1', '/v1'],
    ['https://api.example.com/v1?p=2', '/v1?p=2'],
    ['https://api.example.com/v2/users', '/v2/users'],
    ['https://api.example.com/v10', '/v10'],
  ])('puts %j at %j', (endpoint, path) => {
    expect(join(endpoint)).toBe(`https://api.example.com${path}`);
  });

  it('keeps a placeholder as text', () => {
    expect(decodeURIComponent(join('/search/${access_token}?q=${refresh_token}'))).toBe(
      `${base}/search/\${access_token}?q=\${refresh_token}`,
    );
  });

  it.each([
    '/..',
    '/../x',
    '/a/../../b',
    '/%2e%2e/43',
    '/.%2E/',
    '/a/.',
    '\\..\\x',
    '/a\\b',
    '/.\t./x',
    '/a/..%2f..%2fb',
    '/%2e%2e%5Cx',
  ])('refuses %j', (endpoint) => {
    expect(code(endpoint)).toBe('invalid_path');
  });

  it.each([
    'https://evil.com/x',
    'http://api.example.com/v1/x',
    'https://api.example.com.evil.com/v1',
    'https://api.example.com@evil.com/',
    'HTTPS://EVIL.com',
  ])('asks about the other origin %s', (endpoint) => {
    expect(code(endpoint)).toBe('base_url_override_disabled');
  });

  it('follows another origin when that is allowed', () => {
    expect(joinUrl(base, 'https://files.example.com/a%2Fb?x=1', () => undefined)).toBe(
      'https://files.example.com/a%2Fb?x=1',
    );
  });

  // security.md case 16
  it('proxy.path: any text stays below the base path or is refused', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '%2e',
      '%2E%2e',
      '/',
      '\\',
      '%2f',
      '%5c',
      '\t',
      '\n',
      '?',
      '#',
      '@',
      ':',
      '//',
      'a',
      '%',
      ' ',
      'é',
      '＃',
      '．．',
      ';',
    );
    const endpoint = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(
        endpoint,
        fc.constantFrom('https://api.example.com', 'https://api.example.com/tenants/42'),
        (text, from) => {
          const result = code(text, from);
          if (result === 'invalid_path') return;
          const url = new URL(result);
          expect(url.origin).toBe('https://api.example.com');
          const floor = new URL(from).pathname.replace(/\/$/, '');
          expect(url.pathname === floor || url.pathname.startsWith(`${floor}/`)).toBe(true);
          expect(url.pathname.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))).toBe(false);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

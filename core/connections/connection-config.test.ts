import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeConfig } from './connection-config.ts';

const form = {
  subdomain: { type: 'string', title: 'Subdomain', pattern: '^[a-z]+$' },
  region: { type: 'string', title: 'Region', default_value: 'eu' },
  note: { type: 'string', title: 'Note', optional: true },
  accountId: { type: 'string', title: 'Account', automated: true },
} as const;
const entry = { connection_config: form };

describe('what wins', () => {
  it('is the session over the browser over what is stored, where it has a value', () => {
    const values = completeConfig(entry, {
      stored: { subdomain: 'old', note: 'old', kept: 1 },
      browser: { subdomain: 'mine', note: 'mine' },
      session: { note: 'ours', subdomain: '' },
    });
    expect(values).toEqual({ subdomain: 'mine', note: 'ours', kept: 1, region: 'eu' });
  });

  it('is never a webhook address from a browser', () => {
    const values = completeConfig({}, { browser: { webhook_url: 'https://evil.example', a: 'b' } });
    expect(values).toEqual({ a: 'b' });
  });

  it('is a default where there is nothing', () => {
    expect(completeConfig(entry, { browser: { subdomain: 'a', region: '' } })).toMatchObject({ region: 'eu' });
  });
});

it.each([
  ['a missing value', {}, ['connection_config', 'subdomain']],
  ['an empty one', { subdomain: '' }, ['connection_config', 'subdomain']],
  ['one that does not fit', { subdomain: 'evil.com/#' }, ['connection_config', 'subdomain']],
  [
    'more than a form has',
    Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, '1'])),
    ['connection_config'],
  ],
])('refuses %s, naming it', (_case, browser, path) => {
  const attempt = () => completeConfig(entry, { browser });
  expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_body', status: 400 }));
  expect(attempt).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ path })] }));
});

it('changes no prototype, whatever the names are', () => {
  const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString'), fc.string());
  fc.assert(
    fc.property(fc.dictionary(key, fc.string()), (browser) => {
      completeConfig({}, { browser, session: browser, stored: browser });
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
      expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    }),
  );
});

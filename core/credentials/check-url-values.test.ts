import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Provider } from '../../providers/schema.ts';
import { checkUrlValues } from './check-url-values.ts';

const acme: Provider = {
  name: 'acme',
  display_name: 'Acme',
  logo_url: '',
  auth_mode: 'BASIC',
  connection_config: { subdomain: { type: 'string', title: 'Subdomain' } },
  token_url: 'https://${connectionConfig.subdomain}.acme.example/token/${connectionConfig.tenant}',
  proxy: { base_url: 'https://${connectionConfig.subdomain}.acme.example' },
};

const wrongOf = (config: Record<string, unknown>): string[][] => {
  try {
    checkUrlValues(acme, config);
    return [];
  } catch (cause) {
    return (cause as { errors: { path: string[] }[] }).errors.map(({ path }) => path);
  }
};

it.each(['evil.com/#', 'evil.com?', 'a@evil.com', 'evil.com:443', 'evil.com\\', '', 'ok', 'https://ok.acme.example/'])(
  'judges the subdomain %j',
  (subdomain) => {
    const isFine = ['', 'ok', 'https://ok.acme.example/'].includes(subdomain);
    expect(wrongOf({ subdomain })).toEqual(isFine ? [] : [['connection_config', 'subdomain']]);
  },
);

it('names each value that cannot stand in its place, once', () => {
  expect(wrongOf({ subdomain: { a: 1 }, tenant: '..' })).toEqual([
    ['connection_config', 'subdomain'],
    ['connection_config', 'tenant'],
  ]);
  expect(() => checkUrlValues(acme, { subdomain: 'evil.com/#' })).toThrow(
    expect.objectContaining({
      code: 'invalid_body',
      errors: [expect.objectContaining({ message: 'Subdomain cannot stand in an address of Acme as it is.' })],
    }),
  );
});

it('lets pass no value that would lead to another host', () => {
  fc.assert(
    fc.property(fc.string(), (subdomain) => {
      fc.pre(subdomain !== '' && wrongOf({ subdomain }).length === 0);
      const name = subdomain
        .trim()
        .replace(/^https?:\/\//i, '')
        .replace(/\/.*$/s, '')
        .replace(/\.acme\.example$/i, '');
      expect(new URL(`https://${name}.acme.example`).hostname.endsWith('.acme.example')).toBe(true);
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveBaseUrl } from './base-url.ts';
import type { OverridePolicy, ProxyEntry } from './entry.ts';
import { fitToPosition } from './position-values.ts';
import { createScope } from './scope.ts';

interface Case {
  template?: string;
  config?: Record<string, string>;
  override?: string;
  policy?: OverridePolicy;
  proxy?: Partial<NonNullable<ProxyEntry['proxy']>>;
}

function resolve({ template, config = {}, override, policy = { mode: 'any-public' }, proxy = {} }: Case) {
  const provider: ProxyEntry = {
    auth_mode: 'API_KEY',
    proxy: { ...(template !== undefined && { base_url: template }), ...proxy },
  };
  const connection = { id: 'c', connectionConfig: config, metadata: {} };
  const scope = createScope({ provider, integration: {}, connection, credentials: { type: 'API_KEY', apiKey: 'k' } });
  return resolveBaseUrl({ provider, integration: {}, connection, scope, override, policy });
}
const base = (input: Case) => resolve(input).base;
const code = (input: Case) => {
  try {
    return resolve(input).base;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

const shop = 'https://${connectionConfig.shop}.example.com/api/';

describe('templates', () => {
  it.each<[string, Case, string]>([
    ['a plain one, one trailing slash cut', { template: 'https://api.example.com/v1/' }, 'https://api.example.com/v1'],
    ['a host label', { template: shop, config: { shop: 'acme' } }, 'https://acme.example.com/api'],
    [
      'a host label given as a whole URL',
      { template: shop, config: { shop: 'https://acme.example.com/admin' } },
      'https://acme.example.com/api',
    ],
    [
      'several labels before the suffix',
      { template: shop, config: { shop: 'org.eu-1' } },
      'https://org.eu-1.example.com/api',
    ],
    [
      'a whole host',
      { template: 'https://${connectionConfig.h}/v2', config: { h: 'x.acme.io:8443' } },
      'https://x.acme.io:8443/v2',
    ],
    [
      'a host with a path',
      { template: 'https://${connectionConfig.h}', config: { h: 'dev.acme.io/org' } },
      'https://dev.acme.io/org',
    ],
    [
      'a host given as a URL',
      { template: 'https://${connectionConfig.h}/v2', config: { h: 'https://acme.io/x' } },
      'https://acme.io/v2',
    ],
    [
      'an extension',
      { template: 'https://start.acme.${connectionConfig.ext}/', config: { ext: 'co.uk' } },
      'https://start.acme.co.uk',
    ],
    [
      'an origin',
      { template: '${connectionConfig.url}/rest', config: { url: 'https://a.acme.io/jira/' } },
      'https://a.acme.io/jira/rest',
    ],
    [
      'an origin without scheme',
      { template: '${connectionConfig.url}', config: { url: 'a.acme.io' } },
      'https://a.acme.io',
    ],
    [
      'a path segment',
      { template: 'https://a.io/t/${connectionConfig.t}', config: { t: 'my team' } },
      'https://a.io/t/my%20team',
    ],
    ['a credential in the path', { template: 'https://a.io/bot${apiKey}' }, 'https://a.io/botk'],
    [
      'a fallback, first',
      { template: 'https://${connectionConfig.r}.a.io || https://a.io', config: { r: 'eu' } },
      'https://eu.a.io',
    ],
    [
      'a fallback, second',
      { template: 'https://${connectionConfig.r}.a.io || https://a.io', config: { r: '' } },
      'https://a.io',
    ],
    [
      'a default of the entry',
      { template: shop, proxy: { connection_config: { shop: 'demo' } } },
      'https://demo.example.com/api',
    ],
    [
      'a declared position',
      { template: 'https://api.${connectionConfig.d}', config: { d: 'acme.io' }, proxy: { variables: { d: 'host' } } },
      'https://api.acme.io',
    ],
  ])('renders %s', (_what, input, expected) => {
    expect(base(input)).toBe(expected);
  });

  it('says what is missing', () => {
    expect(() => resolve({ template: shop })).toThrow(
      expect.objectContaining({
        code: 'missing_api_url',
        status: 400,
        message: expect.stringContaining('connectionConfig.shop'),
      }),
    );
    expect(code({})).toBe('unsupported_provider');
  });

  it.each([
    'evil.com/#',
    'evil.com#',
    'evil.com?',
    'a@evil.com',
    'evil.com\\',
    'x/../..',
    'a b',
    '',
    'a:80',
    '-a',
    'а',
    'a..b',
    '%2e',
    'x%2f',
    'https://u:p@evil.com',
    '\u0000',
  ])('refuses %j as a host label', (value) => {
    expect(code({ template: shop, config: { shop: value } })).toBe('missing_api_url');
  });

  it('refuses a whole domain where an extension belongs', () => {
    expect(code({ template: 'https://start.acme.${connectionConfig.ext}', config: { ext: 'evil.com' } })).toBe(
      'missing_api_url',
    );
  });

  // security.md case 11
  it('template.host: any string is rejected, or the host ends with the literal suffix', () => {
    const nasty = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[a-z0-9.@:/?#\\%_-]{0,24}$/),
      fc.stringMatching(/^https?:\/\/[a-z0-9.-]{1,20}(:[0-9]{1,5})?\/[a-z0-9%./-]{0,12}$/),
      fc.domain(),
    );
    fc.assert(
      fc.property(
        nasty,
        fc.constantFrom(
          shop,
          'https://api-${connectionConfig.shop}.example.com',
          'https://${connectionConfig.shop}.x.example.com:8443/t/${connectionConfig.shop}',
        ),
        (value, template) => {
          const result = code({ template, config: { shop: value } });
          if (result === 'missing_api_url') return;
          const url = new URL(result);
          expect(url.hostname.endsWith('.example.com')).toBe(true);
          expect(url.username + url.password + url.search + url.hash).toBe('');
          expect(
            result.startsWith(url.origin.replace(url.hostname, '')) || result.toLowerCase().startsWith(url.origin),
          ).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('fits any string into any position without escaping it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('host', 'host-path', 'path-segment', 'port', 'origin'),
        (value, position) => {
          const fitted = fitToPosition(value, position);
          if (fitted === undefined) return;
          const text = {
            host: `https://${fitted}/z`,
            'host-path': `https://${fitted}/z`,
            origin: `${fitted}/z`,
            port: `https://a.io:${fitted}/z`,
            'path-segment': `https://a.io/b/${fitted}/z`,
          }[position];
          const url = new URL(text);
          expect(url.username + url.search + url.hash).toBe('');
          expect(url.pathname.endsWith('/z')).toBe(true);
          if (position === 'path-segment') expect(url.pathname.split('/')).toHaveLength(4);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('overrides', () => {
  const template = 'https://api.example.com/v1';

  it('win over the template, empty ones do not', () => {
    expect(resolve({ template, override: 'https://other.io/x/' })).toEqual({
      base: 'https://other.io/x',
      overridden: true,
    });
    expect(resolve({ template, override: '' })).toEqual({ base: template, overridden: false });
  });

  it('are plain text: placeholders stay', () => {
    expect(base({ template, override: 'https://other.io/${apiKey}' })).toBe('https://other.io/${apiKey}');
  });

  it.each(['nonsense', 'ftp://a.io', 'https://u:p@a.io', '//a.io'])('refuse %s', (override) => {
    expect(code({ template, override })).toBe('base_url_override_not_allowed');
  });

  it('follow the policy', () => {
    const listed: OverridePolicy = { mode: 'listed', origins: ['https://ok.io'] };
    const proxy = { known_origins: ['https://eu.example.com'] };
    expect(code({ template, override: 'https://any.io', policy: { mode: 'off' } })).toBe('base_url_override_disabled');
    expect(code({ template, override: 'https://any.io', policy: listed })).toBe('base_url_override_not_allowed');
    expect(code({ template, override: 'https://ok.io/a', policy: listed })).toBe('https://ok.io/a');
    expect(code({ template, override: 'https://eu.example.com', policy: listed, proxy })).toBe(
      'https://eu.example.com',
    );
    expect(code({ template, override: 'https://api.example.com/v2', policy: listed })).toBe(
      'https://api.example.com/v2',
    );
    expect(code({ template, override: 'http://ok.io', policy: listed })).toBe('base_url_override_not_allowed');
  });
});

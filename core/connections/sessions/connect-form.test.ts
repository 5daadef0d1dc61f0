import { describe, expect, it } from 'vitest';
import { authModes } from '../../../providers/auth-modes.ts';
import type { Provider } from '../../../providers/schema.ts';
import { modes } from '../../credentials/modes/modes.ts';
import { openCatalogue } from '../../integrations/catalogue.ts';
import { connectFormOf } from './connect-form.ts';

const provider = (entry: Partial<Provider>): Provider => ({
  name: 'acme',
  logo_url: '',
  display_name: 'Acme',
  auth_mode: 'API_KEY',
  ...entry,
});
const text = (more: object = {}) => ({ type: 'string' as const, title: 'A title', ...more });
const names = (entry: Partial<Provider>, context = {}) =>
  connectFormOf(provider(entry), context).fields.map(({ name }) => name);

describe('every entry of the catalogue', () => {
  const catalogue = openCatalogue({ providersDir: undefined, publicUrl: 'http://localhost' }).list();

  it('has a form whose answer its endpoint takes', () => {
    const form = catalogue.filter(({ auth_mode }) => Object.hasOwn(modes, auth_mode));
    expect(form.length).toBeGreaterThan(70);
    for (const entry of form) {
      const { fields, constants } = connectFormOf(entry);
      const body: Record<string, unknown> = { ...constants };
      for (const { name, place, pattern, enum: options } of fields)
        if (place === 'body' && pattern === undefined) body[name] = options?.[0] ?? 'x';
      const schema = modes[entry.auth_mode as keyof typeof modes].inputs(entry);
      const wrong = schema.safeParse(body).error?.issues ?? [];
      // What is left are values that have a shape; nothing is unknown to the endpoint.
      const entered = new Set(fields.map(({ name }) => name));
      expect(
        wrong.filter(({ code, path }) => code === 'unrecognized_keys' || !entered.has(String(path.at(-1)))),
      ).toEqual([]);
    }
  });

  it('asks for nothing twice and for nothing hidden', () => {
    for (const entry of catalogue) {
      const ids = connectFormOf(entry).fields.map(({ name, place }) => `${place} ${name}`);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });
});

it.each(authModes)('knows where %s is sent', (auth_mode) => {
  const { kind, endpoint } = connectFormOf(provider({ auth_mode }));
  expect(kind).toBe(Object.hasOwn(modes, auth_mode) ? 'form' : 'popup');
  expect(endpoint).toMatch(/^\/[a-z0-9/-]+$/);
});

it('opens no window for an installation that its provider completes', () => {
  const { kind, endpoint, fields } = connectFormOf(provider({ auth_mode: 'OAUTH2', installation: 'outbound' }));
  expect([kind, endpoint, fields]).toEqual(['form', '/auth/oauth-outbound', []]);
});

it('asks what the mode always needs, in the words of the entry where it has some', () => {
  expect(connectFormOf(provider({ auth_mode: 'BASIC' })).fields).toEqual([
    { name: 'username', place: 'body', required: true, secret: false, multiline: false },
    { name: 'password', place: 'body', required: true, secret: true, multiline: false },
  ]);
  const credentials = {
    username: text({ title: 'Key', secret: true }),
    password: text({ hidden: true, default_value: 'x' }),
  };
  const form = connectFormOf(provider({ auth_mode: 'BASIC', credentials }));
  expect(form.fields).toMatchObject([{ name: 'username', title: 'Key', secret: true }]);
  expect(form.constants).toEqual({ username: '', password: 'x' });
});

it('asks for a key and its certificate where tokens are given for those', () => {
  expect(names({ auth_mode: 'OAUTH2_CC' })).toEqual(['client_id', 'client_secret']);
  const certified = connectFormOf(provider({ auth_mode: 'OAUTH2_CC', require_client_certificate: true })).fields;
  expect(certified.map(({ name, multiline, required }) => [name, multiline, required])).toEqual([
    ['client_id', false, true],
    ['client_secret', false, false],
    ['client_certificate', true, true],
    ['client_private_key', true, true],
  ]);
});

it('orders the fields, and leaves out what nobody has to enter', () => {
  const connection_config = {
    late: text({ order: 2 }),
    early: text({ order: 1 }),
    found: text({ automated: true }),
    fixed: text({ hidden: true, default_value: 'x' }),
    given: text(),
  };
  expect(names({ connection_config }, { given: { given: 'by the session', late: '' } })).toEqual([
    'early',
    'late',
    'apiKey',
  ]);
});

it('shows where to find a value, on the page that the app prefers', () => {
  const entry = provider({
    docs_connect: 'https://docs.example/acme#top',
    credentials: { apiKey: text({ doc_section: 'key' }) },
  });
  expect(connectFormOf(entry).fields[0]!.help).toBe('https://docs.example/acme#key');
  const preferred = connectFormOf(entry, { docsConnect: 'https://app.example/help' });
  expect(preferred.fields[0]!.help).toBe('https://app.example/help#key');
});

it('starts a renewal with what is known already, but for secrets', () => {
  const connection_config = { subdomain: text(), token: text({ secret: true }), region: text({ default_value: 'us' }) };
  const { fields } = connectFormOf(provider({ connection_config }), { stored: { subdomain: 'acme', token: 'hush' } });
  expect(JSON.stringify(fields)).not.toContain('hush');
  expect(fields.map(({ name, value, required }) => [name, value, required])).toEqual([
    ['subdomain', 'acme', true],
    ['token', undefined, false],
    ['region', 'us', true],
    ['apiKey', undefined, true],
  ]);
});

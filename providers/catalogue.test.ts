// Every entry of ours keeps the house rules, and the README names every key.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { evidenceGaps, shortcomingsOf } from './lint.ts';
import { loadCatalogue } from './load.ts';
import { proxy } from './proxy-schema.ts';
import { renderDocsPage } from './render-docs-page.ts';
import { type Entry, entrySchema } from './schema.ts';

const providers = loadCatalogue().list();
const ours = /^(private-api-|simulator|unauthenticated)/;
const textOf = (fileName: string) => readFileSync(new URL(fileName, import.meta.url), 'utf8');

it.each(providers.map((provider) => [provider.name, provider] as const))('%s keeps the house rules', (_, provider) => {
  expect(shortcomingsOf(provider)).toEqual([]);
});

const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.yaml'));

it.each(files.filter((name) => !ours.test(name)))('%s cites its pages and their date', (name) => {
  expect(evidenceGaps(textOf(name))).toEqual([]);
});

it('has a docs page that lists it as it is', () => {
  // Due after each change of the entries: node providers/write-docs-page.ts
  expect(textOf('../docs/catalogue.md')).toBe(renderDocsPage(providers));
});

it('has families that somebody extends', () => {
  const extended = new Set(files.flatMap((name) => /^extends: (\S+)$/m.exec(textOf(name))?.[1] ?? []));
  const families = files.filter((name) => name.startsWith('_')).map((name) => name.replace('.yaml', ''));
  expect(families.filter((name) => !extended.has(name))).toEqual([]);
});

it('documents every key, in the schema and in the README', () => {
  const readme = textOf('README.md');
  for (const [key, { description }] of [...Object.entries(entrySchema.shape), ...Object.entries(proxy.shape)]) {
    expect(description, key).toBeTruthy();
    expect(readme).toContain(`\`${key}\``);
  }
});

const minimal: Entry = { display_name: 'A', auth_mode: 'NONE', categories: ['crm'], docs: 'https://a.example' };

it.each<[string, Partial<Entry>, string]>([
  ['no docs', { docs: undefined }, 'docs'],
  ['PKCE off without a reason', { disable_pkce: true }, 'pkce_reason'],
  ['a category of nobody', { categories: ['wood'] }, 'categories'],
  ['no category', { categories: [] }, 'categories'],
  ['a default scope that is not offered', { default_scopes: ['b'], available_scopes: ['a'] }, 'available_scopes'],
  ['a mode that lacks its keys', { auth_mode: 'BASIC' }, 'credentials'],
  ['a host variable without a pattern', hosted({ type: 'string', title: 'X' }), 'proxy.base_url'],
  ['a pattern that is not anchored', hosted({ type: 'string', title: 'X', pattern: '[a-z]+' }), 'proxy.base_url'],
  ['a variable that nothing sets', { proxy: { headers: { x: '${connectionConfig.x}' } } }, 'proxy.headers.x'],
  ['a position of no variable', { proxy: { variables: { x: 'host' } } }, 'proxy.variables.x'],
  [
    'a field that nothing fills',
    { connection_config: { x: { type: 'string', title: 'X', automated: true } } },
    at('x'),
  ],
  ['an identity that nothing sets', { identity: 'x' }, 'identity'],
  ['an example that is refused', sample({ example: 'A', pattern: '^[a-z]$' }), at('x.example')],
  ['a default that is refused', sample({ default_value: 'c', enum: ['a', 'b'] }), at('x.default_value')],
  [
    'a hook that leaves the API',
    { after_connect: [{ request: { endpoint: 'https://b.example/me' }, set: {} }] },
    'after_connect.0.request.endpoint',
  ],
])('finds %s', (_, change, path) => {
  expect(shortcomingsOf({ ...minimal, ...change }).map((finding) => finding.path)).toEqual([path]);
});

it.each([
  ['no page', '# Acme, as of 2026-11\ndisplay_name: Acme'],
  ['no date', '# https://acme.example/docs\ndisplay_name: Acme'],
  ['a page below the head', '# Acme 2026-11\ndisplay_name: Acme # https://acme.example/docs'],
])('finds evidence with %s', (_, yaml) => {
  expect(evidenceGaps(yaml)).toHaveLength(1);
});

function at(path: string): string {
  return `connection_config.${path}`;
}

function sample(field: Partial<NonNullable<Entry['connection_config']>[string]>): Partial<Entry> {
  return { connection_config: { x: { type: 'string', title: 'X', ...field } } };
}

function hosted(field: NonNullable<Entry['connection_config']>[string]): Partial<Entry> {
  return { connection_config: { x: field }, proxy: { base_url: 'https://${connectionConfig.x}.a.example' } };
}

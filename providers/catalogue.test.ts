// Every entry of ours keeps the house rules, and the README names every key.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shortcomingsOf } from './lint.ts';
import { loadCatalogue } from './load.ts';
import { proxy } from './proxy-schema.ts';
import { type Entry, entrySchema } from './schema.ts';

const providers = loadCatalogue().list();
const ours = /^(private-api-|simulator|unauthenticated)/;
const textOf = (fileName: string) => readFileSync(new URL(fileName, import.meta.url), 'utf8');

it.each(providers.map((provider) => [provider.name, provider] as const))('%s keeps the house rules', (_, provider) => {
  expect(shortcomingsOf(provider)).toEqual([]);
});

it.each(providers.filter(({ name }) => !ours.test(name)).map(({ name }) => name))(
  '%s cites its pages and their date',
  (name) => {
    const head = textOf(`${name}.yaml`).split(/^[^#]/m)[0] ?? '';
    expect(head).toMatch(/https:\/\//);
    expect(head).toContain('2026-11');
  },
);

it('documents every key, in the schema and in the README', () => {
  const readme = textOf('README.md');
  for (const [key, { description }] of [...Object.entries(entrySchema.shape), ...Object.entries(proxy.shape)]) {
    expect(description, key).toBeTruthy();
    expect(readme).toContain(`\`${key}\``);
  }
});

const minimal: Entry = { display_name: 'A', auth_mode: 'NONE', docs: 'https://a.example' };

it.each<[string, Partial<Entry>, string]>([
  ['no docs', { docs: undefined }, 'docs'],
  ['PKCE off without a reason', { disable_pkce: true }, 'pkce_reason'],
  ['a category of nobody', { categories: ['wood'] }, 'categories'],
  ['a mode that lacks its keys', { auth_mode: 'BASIC' }, 'credentials'],
  ['a host variable without a pattern', hosted({ type: 'string', title: 'X' }), 'proxy.base_url'],
  ['a pattern that is not anchored', hosted({ type: 'string', title: 'X', pattern: '[a-z]+' }), 'proxy.base_url'],
  ['a variable that nothing sets', { proxy: { headers: { x: '${connectionConfig.x}' } } }, 'proxy.headers.x'],
])('finds %s', (_, change, path) => {
  expect(shortcomingsOf({ ...minimal, ...change }).map((finding) => finding.path)).toEqual([path]);
});

function hosted(field: NonNullable<Entry['connection_config']>[string]): Partial<Entry> {
  return { connection_config: { x: field }, proxy: { base_url: 'https://${connectionConfig.x}.a.example' } };
}

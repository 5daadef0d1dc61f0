// The scopes that routes ask for are those that core/environments lists, and docs/scopes.md says what each is for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allScopes } from '../../core/environments/all-scopes.ts';
import { sourceFiles } from './source-files.ts';

const asks = /\b(?:requireScope|assertScope|grants)\(([^;]*?)\)/g;
const scope = /'((?:environment:|account:)?(?:[a-z_]+:)*[a-z_]+)'/g;

function askedFor(): string[] {
  const api = sourceFiles().filter(({ path }) => path.startsWith('api/') && !path.endsWith('.test.ts'));
  const calls = api.flatMap(({ text }) => [...text.matchAll(asks)].map(([, given]) => given!));
  const names = calls.flatMap((given) => [...given.matchAll(scope)].map(([, name]) => name!));
  return [...new Set(names.map((name) => name.replace(/^environment:/, '')))].sort();
}

it('are all listed, and no other', () => {
  expect(askedFor()).toEqual(Object.keys(allScopes).sort());
});

it('are explained in the documentation', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'scopes.md'), 'utf8');
  const rows = Object.entries(allScopes).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  const table = ['| scope | lets a key |', '| --- | --- |', ...rows].join('\n');
  expect(page).toContain(`<!-- scopes -->\n\n${table}\n\n<!-- /scopes -->`);
});

// The scopes that routes ask for are those that docs/scopes.md explains.
import { expect, it } from 'vitest';
import { readPage } from './page-blocks.ts';
import { sourceFiles } from './source-files.ts';

const asks = /\b(?:requireScope|assertScope|grants)\(([^;]*?)\)/g;
const scope = /'((?:environment:|account:)?(?:[a-z_]+:)*[a-z_]+)'/g;

function askedFor(): string[] {
  const api = sourceFiles().filter(({ path }) => path.startsWith('api/') && !path.endsWith('.test.ts'));
  const calls = api.flatMap(({ text }) => [...text.matchAll(asks)].map(([, given]) => given!));
  const names = calls.flatMap((given) => [...given.matchAll(scope)].map(([, name]) => name!));
  return [...new Set(names.map((name) => name.replace(/^environment:/, '')))].sort();
}

it('are all explained in the documentation, each once, and no other', () => {
  const [, table = ''] = readPage('docs/scopes.md').split(/<!-- \/?scopes -->/);
  const [head, line, ...rows] = table.trim().split('\n');
  expect([head, line]).toEqual(['| scope | lets a key |', '| --- | --- |']);
  const explained = rows.map((row) => /^\| `([a-z_:]+)` \| \S.* \|$/.exec(row)?.[1]);
  expect(explained.toSorted()).toEqual(askedFor());
});

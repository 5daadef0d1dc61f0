// A file has one reason, says it in its first line, and is short; re-exporting files exist only where a package begins.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { readImports } from './read-imports.ts';
import { sourceFiles } from './source-files.ts';

const files = sourceFiles().filter(({ path }) => !path.startsWith('templates/'));
const root = join(import.meta.dirname, '..', '..');

it('has no file of more than 500 lines, and names those above 300', () => {
  const lengths = files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  const questionable = lengths.filter(({ lines }) => lines > 300).sort((a, b) => b.lines - a.lines);
  if (questionable.length > 0) {
    console.info(`Above 300 lines: ${questionable.map(({ path, lines }) => `${path} (${lines})`).join(', ')}`);
  }
  expect(lengths.filter(({ lines }) => lines > 500)).toEqual([]);
});

it('says in the first line of each file why it exists', () => {
  const silent = files.filter(({ path, text }) => {
    const [first = '', second = ''] = text.split('\n');
    const line = first.startsWith('#!') ? second : first;
    return !/^\/[/*]/.test(line) && !/\.(test|chaos)\.ts$/.test(path);
  });
  expect(silent.map(({ path }) => path)).toEqual([]);
});

it('has barrels only as the index.ts of a package and of workflows/', () => {
  const isPackageIndex = (path: string) => {
    if (path === 'workflows/index.ts') return true;
    const folder = dirname(path).replace(/\/src$/, '');
    return path.endsWith('/index.ts') && existsSync(join(root, folder, 'package.json'));
  };
  const barrels = files.filter((file) => readImports(file).isBarrel).map(({ path }) => path);
  expect(barrels.filter((path) => !isPackageIndex(path))).toEqual([]);
});

it('has no folder or file for things without a home', () => {
  const homeless = /(^|\/)(utils?|common|misc|helpers?|shared)(\/|\.ts$)/;
  expect(files.map(({ path }) => path).filter((path) => homeless.test(path))).toEqual([]);
});

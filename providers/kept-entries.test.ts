import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openKeptEntries } from './kept-entries.ts';
import { readFolder } from './read-folder.ts';

let folder: string;
let home: string;
let cacheDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'syncline-entries-'));
  home = mkdtempSync(join(tmpdir(), 'syncline-kept-'));
  cacheDir = join(home, 'v24');
});
afterEach(() => {
  for (const one of [folder, home]) rmSync(one, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

function readKept(dir = folder) {
  const problems: unknown[] = [];
  const kept = openKeptEntries(dir, cacheDir);
  const entries = readFolder(dir, problems as never, kept);
  kept.save();
  return { problems, values: Object.fromEntries([...entries].map(([name, { value }]) => [name, value])) };
}

it('gives the same entries from what it kept as from the files', () => {
  write('a.yaml', 'display_name: A\nlist: [1, two, { three: null }]\n__proto__: { x: 1 }\n');
  write('b.yaml', 'display_name: B\nmost: .inf\n');
  const parsed = readKept();
  expect(parsed.values['b']).toEqual({ display_name: 'B', most: Number.POSITIVE_INFINITY });
  expect(readdirSync(home)).toHaveLength(1);
  expect(readKept()).toEqual(parsed);
});

it('knows nothing of a text that changed, and is silent on no problem', () => {
  write('a.yaml', 'display_name: A\n');
  readKept();
  write('a.yaml', 'display_name: Another\n');
  expect(readKept().values).toEqual({ a: { display_name: 'Another' } });
  write('a.yaml', 'display_name: [\n');
  for (let time = 1; time <= 2; time++) expect(readKept()).toMatchObject({ values: {}, problems: [{ path: '' }] });
});

it('parses the files where what was kept is broken, or where there is no place for it', () => {
  write('a.yaml', 'display_name: A\n');
  readKept();
  const [name] = readdirSync(home) as [string];
  writeFileSync(join(home, name), '{"cut');
  expect(readKept().values).toEqual({ a: { display_name: 'A' } });
  cacheDir = join(home, 'nowhere', 'v24');
  expect(readKept()).toEqual({ values: { a: { display_name: 'A' } }, problems: [] });
});

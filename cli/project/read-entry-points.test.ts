import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { readEntryPoints } from './read-entry-points.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(realpathSync(tmpdir()), 'entry-points-'));
  for (const file of ['github/syncs/issues.ts', 'github/actions/close.ts', 'github/on-events/hello.ts']) write(file);
});

function write(file: string, text = '') {
  mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
  writeFileSync(path.join(dir, file), text);
}

function codeOf(index: string) {
  write('index.ts', index);
  try {
    readEntryPoints(dir);
  } catch (error) {
    if (error instanceof CliError) return { code: error.code, line: error.diagnostics[0]?.line };
    throw error;
  }
  return undefined;
}

it('reads import lines with .js, .ts or no extension, either quotes, in their order and once', () => {
  write(
    'index.ts',
    [
      '// a comment',
      "import './github/on-events/hello.js';",
      'import "./github/syncs/issues.ts"',
      "import './github/actions/close';",
      "import './github/syncs/issues.js';",
      "  import './github/syncs/indented.js';",
      "import x from './github/syncs/named.js';",
    ].join('\n'),
  );
  expect(readEntryPoints(dir)).toEqual(
    [
      { path: 'github/on-events/hello.ts', providerConfigKey: 'github', name: 'hello', kind: 'onEvent' },
      { path: 'github/syncs/issues.ts', providerConfigKey: 'github', name: 'issues', kind: 'sync' },
      { path: 'github/actions/close.ts', providerConfigKey: 'github', name: 'close', kind: 'action' },
    ].map((entry) => ({ ...entry, file: path.join(dir, entry.path) })),
  );
});

it('takes the integration id from the name of a linked folder', () => {
  symlinkSync('github', path.join(dir, 'github-app'));
  write('index.ts', "import './github-app/syncs/issues.js';");
  expect(readEntryPoints(dir)).toMatchObject([{ providerConfigKey: 'github-app', name: 'issues' }]);
});

it.each([
  ["import './github/syncs/../../../x.js';", 'invalid_path'],
  ["import '../x/syncs/y.js';", 'invalid_path'],
  ["import '/etc/passwd';", 'invalid_path'],
  ["import './github/./issues.js';", 'invalid_path'],
  ["import './github\\\\syncs\\\\issues.js';", 'invalid_path'],
  ["import './issues.js';", 'function_in_root'],
  ["import './github/syncs/nowhere.js';", 'file_not_found'],
])('refuses %s and names its line', (line, code) => {
  expect(codeOf(`\n${line}`)).toEqual({ code, line: 2 });
});

it('refuses a link that leaves the project', () => {
  const outside = mkdtempSync(path.join(tmpdir(), 'outside-'));
  mkdirSync(path.join(outside, 'syncs'));
  writeFileSync(path.join(outside, 'syncs', 'a.ts'), '');
  symlinkSync(outside, path.join(dir, 'evil'));
  expect(codeOf("import './evil/syncs/a.js';")).toEqual({ code: 'invalid_path', line: 1 });
});

it('says how to start when there is no index.ts', () => {
  expect(() => readEntryPoints(dir)).toThrow(expect.objectContaining({ code: 'no_index', exitCode: 10 }));
});

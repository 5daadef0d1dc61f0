import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createIncrementalCompiler, type IncrementalCompiler, type Round } from './incremental-compiler.ts';

let dir: string;
let compiler: IncrementalCompiler;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'incremental-'));
  compiler = createIncrementalCompiler(dir);
});
afterEach(async () => {
  await compiler.dispose();
  rmSync(dir, { recursive: true });
});

/** @returns the files, as a watch tells them */
function write(files: Record<string, string>): Set<string> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
  return new Set(Object.keys(files).map((file) => path.join(dir, file)));
}

const action = (body: string, imports = '') => `
import { createAction } from '@syncline/functions';
import { z } from 'zod';
${imports}
export default createAction({
  description: 'd', input: z.void(), output: z.string(), exec: async () => { ${body} },
});
`;
const index = (...names: string[]) => names.map((name) => `import './crm/actions/${name}.js';\n`).join('');
const names = ({ compiled }: Round) => compiled.map(({ entry }) => entry.name);
const told = ({ diagnostics }: Round) => diagnostics.map(({ file, line, code }) => `${file}:${line ?? ''} ${code}`);

it('compiles everything first, then only what a change concerns, through the modules that it imports', async () => {
  write({
    'index.ts': index('one', 'two'),
    'crm/actions/one.ts': action("return greet('one');", "import { greet } from '../greet.js';"),
    'crm/actions/two.ts': action("return 'two';"),
    'crm/greet.ts': "export const greet = (name: string) => 'Hello ' + name;",
  });
  expect(names(await compiler.compile())).toEqual(['one', 'two']);
  expect(names(await compiler.compile(write({ 'crm/actions/two.ts': action("return '2';") })))).toEqual(['two']);
  const greeted = write({ 'crm/greet.ts': "export const greet = (name: string) => 'Good day ' + name;" });
  expect(names(await compiler.compile(greeted))).toEqual(['one']);
  expect(readFileSync(path.join(dir, 'build', 'crm_actions_one.cjs'), 'utf8')).toContain('Good day');
  expect(names(await compiler.compile(write({ 'crm/tests/one.test.ts': 'export {};' })))).toEqual([]);
});

it('tells the place of a problem, spares the others, and compiles it again when it is mended', async () => {
  write({
    'index.ts': index('one', 'two'),
    'crm/actions/one.ts': action('return 1;'),
    'crm/actions/two.ts': action("return '';"),
  });
  const first = await compiler.compile();
  expect(names(first)).toEqual(['two']);
  expect(told(first)).toEqual(['crm/actions/one.ts:6 TS2322']);
  const mended = await compiler.compile(write({ 'crm/actions/one.ts': action("return 'one';") }));
  expect([names(mended), told(mended)]).toEqual([['one'], []]);

  const missing = write({ 'crm/actions/two.ts': action('return x;', "import { x } from './x.js';") });
  expect(told(await compiler.compile(missing))).toContain('crm/actions/two.ts:4 bundle_failed');
  expect(names(await compiler.compile(write({ 'crm/actions/x.ts': "export const x = 'x';" })))).toContain('two');
});

it('checks types that are in no bundle', async () => {
  write({
    'index.ts': index('one'),
    'crm/types.ts': 'export type Answer = string;',
    'crm/actions/one.ts': action(
      'return await answer();',
      "import type { Answer } from '../types.js';\nconst answer = async (): Promise<Answer> => 'one' as never;",
    ),
  });
  expect(told(await compiler.compile())).toEqual([]);
  expect(told(await compiler.compile(write({ 'crm/types.ts': 'export type Answer = number;' })))).toEqual([
    'crm/actions/one.ts:7 TS2322',
  ]);
});

it('follows index.ts: functions that come, functions that go, and one that is named twice', async () => {
  write({ 'index.ts': index('one'), 'crm/actions/one.ts': action("return '';") });
  await compiler.compile();
  const added = write({ 'index.ts': index('one', 'two'), 'crm/actions/two.ts': action("return '';") });
  expect(names(await compiler.compile(added))).toEqual(['two']);
  const gone = await compiler.compile(write({ 'index.ts': index('two') }));
  expect(gone).toMatchObject({ compiled: [], removed: ['crm/one'] });
  expect(told(await compiler.compile(write({ 'index.ts': "import './nowhere.js';\n" })))).toEqual([
    'index.ts:1 function_in_root',
  ]);
  const twice = write({
    'index.ts': `${index('two')}import './crm/syncs/two.js';\nimport './crm/actions/more/two.js';\n`,
    'crm/syncs/two.ts': action("return '';"),
    'crm/actions/more/two.ts': action("return '';"),
  });
  expect(told(await compiler.compile(twice)).some((line) => line.endsWith('duplicate_name'))).toBe(true);
});

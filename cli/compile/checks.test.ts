import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { checkSources } from './checks.ts';

function check(text: string) {
  const dir = mkdtempSync(path.join(tmpdir(), 'checks-'));
  const file = path.join(dir, 'x.ts');
  writeFileSync(file, text);
  return checkSources({ files: [{ file, path: 'a/syncs/x.ts' }], dir });
}

const codes = (text: string) => check(text).map(({ code, line }) => `${code}:${line}`);
const exec = (...lines: string[]) =>
  ['export default createSync({', 'exec: async (nango) => {', ...lines, '} });'].join('\n');

it('takes both forms of the default export, and types beside it', () => {
  expect(codes('export default createSync({});')).toEqual([]);
  expect(
    codes(
      "const sync = createSync({});\nexport type Local = Parameters<typeof sync.exec>[0];\nexport { a } from './a.js';\nexport default sync;",
    ),
  ).toEqual([]);
  expect(codes("export const sync = { type: 'sync' };\nexport default sync;")).toEqual(['named_export:1']);
});

it('refuses other forms, with line and column', () => {
  expect(check('const options = {};\nexport default createSync(options);')).toEqual([
    expect.objectContaining({ code: 'default_export', file: 'a/syncs/x.ts', line: 2, column: 1, severity: 'error' }),
  ]);
  expect(codes('export function helper() {}\nexport default createSync({});')).toEqual(['named_export:1']);
});

it('finds calls that nobody waits for', () => {
  expect(codes(exec("nango.batchSave([], 'A');", 'void nango.log(1);', 'nango.get({}).then(() => 1);'))).toEqual([
    'not_awaited:3',
    'not_awaited:4',
  ]);
  expect(codes(exec('await nango.log(1);', 'const r = nango.get({});', 'return nango.post({});'))).toEqual([]);
});

it('wants retries beside retryOn, unless a spread may bring them', () => {
  expect(codes(exec('await nango.get({ retryOn: [404] });'))).toEqual(['retry_on_without_retries:3']);
  expect(
    codes(exec('await nango.get({ retryOn: [404], retries: 1 });', 'await nango.get({ ...c, retryOn: [1] });')),
  ).toEqual([]);
});

it('warns of console', () => {
  expect(check(exec('console.log(1);'))).toMatchObject([{ code: 'console', severity: 'warning' }]);
});

it.each([
  [['Start', 'save', 'End'], []],
  [['save', 'Start', 'End'], ['track_deletes_order:3']],
  [['Start', 'End', 'save'], ['track_deletes_order:5']],
  [['Start', 'save'], ['track_deletes_order:3']],
  [['save', 'End'], ['track_deletes_order:4']],
  [['End', 'Start'], ['track_deletes_order:3']],
  [['Start', 'Start', 'End'], ['track_deletes_order:4']],
])('sees the order of delete tracking in %j', (order, expected) => {
  const lines = order.map((step) =>
    step === 'save' ? "await nango.batchSave([], 'A');" : `await nango.trackDeletes${step}('A');`,
  );
  expect(codes(exec(...lines))).toEqual(expected);
});

it('keeps models apart, and wants the merging strategy first', () => {
  expect(
    codes(
      exec(
        "await nango.batchSave([], 'B');",
        "await nango.trackDeletesStart('A');",
        "await nango.trackDeletesEnd('A');",
      ),
    ),
  ).toEqual([]);
  expect(codes(exec('await nango.get({});', "await nango.setMergingStrategy({ strategy: 'override' }, 'A');"))).toEqual(
    ['merging_order:4'],
  );
});

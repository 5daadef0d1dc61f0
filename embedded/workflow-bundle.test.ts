import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createPrint } from './print.ts';
import { buildWorkflowBundle } from './workflow-bundle.ts';

const root = mkdtempSync(join(tmpdir(), 'bundle-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const print = createPrint({ format: 'json', write: () => {} });

const folder = join(root, 'workflows');
const cacheDir = join(root, 'cache');
mkdirSync(folder);
mkdirSync(cacheDir);
symlinkSync(join(import.meta.dirname, '..', 'node_modules'), join(root, 'node_modules'));
writeFileSync(
  join(folder, 'index.ts'),
  `import { sleep } from '@temporalio/workflow';
  export async function napWorkflow(ms: number): Promise<void> { await sleep(ms); }`,
);
const build = () => buildWorkflowBundle({ cacheDir, print, folder });

it('bundles TypeScript with its source map, once for the same sources', async () => {
  const path = await build();
  const code = readFileSync(path, 'utf8');
  expect(code).toContain('napWorkflow');
  expect(code).toContain('sourceMappingURL=data:'); // the worker refuses a bundle without
  appendFileSync(path, '// the same file');
  writeFileSync(join(folder, 'index.test.ts'), 'tests are not part of it');
  expect(await build()).toBe(path);
  expect(readFileSync(path, 'utf8')).toMatch(/the same file$/);
});

it('bundles again after a change, and forgets what nobody used for a month', async () => {
  const before = await build();
  utimesSync(before, 0, 0);
  appendFileSync(join(folder, 'index.ts'), '\nexport async function otherWorkflow(): Promise<void> {}\n');
  const after = await build();
  expect(readFileSync(after, 'utf8')).toContain('otherWorkflow');
  expect(readdirSync(cacheDir).map((name) => join(cacheDir, name))).toEqual([after]);
});

it('says what does not bundle', async () => {
  const broken = join(root, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'index.ts'), `export * from './missing.ts';`);
  await expect(buildWorkflowBundle({ cacheDir, print, folder: broken })).rejects.toThrow(
    /could not be bundled:.*missing\.ts/s,
  );
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ProjectWatch, watchProject } from './watch-project.ts';

let dir: string;
let watch: ProjectWatch;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'watch-'));
  for (const folder of ['crm/syncs', 'node_modules/x', 'build']) mkdirSync(path.join(dir, folder), { recursive: true });
  symlinkSync('crm', path.join(dir, 'crm-app'));
});
afterEach(() => {
  watch.close();
  rmSync(dir, { recursive: true });
});

const write = (...files: string[]) => {
  for (const file of files) writeFileSync(path.join(dir, file), '');
};
/** Of all until the file has been told. */
async function until(file: string): Promise<Set<string>> {
  const all = new Set<string>();
  while (!all.has(file)) for (const one of (await watch.next()) ?? []) all.add(path.relative(dir, one));
  return all;
}

it('tells sources together, and nothing of builds, packages, hidden folders and other files', async () => {
  watch = watchProject(dir);
  write('node_modules/x/a.ts', 'build/a.cjs', 'notes.txt', 'crm/syncs/a.ts', 'index.ts');
  expect([...(await until('index.ts'))].filter((file) => !file.startsWith('crm-app'))).toEqual(
    expect.arrayContaining(['crm/syncs/a.ts', 'index.ts']),
  );
  write('crm/syncs/b.ts');
  const next = await until('crm/syncs/b.ts');
  expect([...next].some((file) => /node_modules|build|txt/.test(file))).toBe(false);
});

it('tells of folders that are made later', async () => {
  watch = watchProject(dir);
  mkdirSync(path.join(dir, 'erp'));
  write('erp.json'); // the folder is watched when this has been told
  await until('erp.json');
  mkdirSync(path.join(dir, 'erp/actions'));
  write('erp/later.json');
  await until('erp/later.json');
  write('erp/actions/pay.ts');
  expect(await until('erp/actions/pay.ts')).toContain('erp/actions/pay.ts');
});

it('keeps what changed while nobody asked, and ends when it is closed', async () => {
  watch = watchProject(dir);
  write('crm/syncs/a.ts');
  await new Promise((done) => setTimeout(done, 300)); // a compile's time
  expect([...(await watch.next())!].map((file) => path.basename(file))).toContain('a.ts');
  const next = watch.next();
  watch.close();
  expect(await next).toBeUndefined();
});

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { renderFunction } from './commands/new-function.ts';
import { main } from './main.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'main-'));
});

async function syncline(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    env: { SYNCLINE_DATA: path.join(cwd, 'no-instance') },
    cwd,
    stdin: {},
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
  });
  return { code, out: out.join(''), err: err.join('') };
}

it('starts a project that compiles as it is, type check and checks included', async () => {
  const started = await syncline('init', 'My Project', '--json');
  expect(started).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(started.out).files.toSorted()).toEqual([
    '.env.example',
    '.gitignore',
    'index.ts',
    'package.json',
    'simulator/actions/create-contact.ts',
    'simulator/syncs/contacts.ts',
    'tsconfig.json',
  ]);
  const dir = path.join(cwd, 'My Project');
  expect(JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')).name).toBe('my-project');
  for (const file of ['index.ts', 'tsconfig.json', '.env.example', '.gitignore'])
    expect(existsSync(path.join(dir, file))).toBe(true);

  const compiled = await syncline('compile', '--json', '--dir', 'My Project');
  expect(JSON.parse(compiled.out)).toEqual({
    functions: [
      { type: 'sync', integration: 'simulator', name: 'contacts', file: 'simulator/syncs/contacts.ts' },
      { type: 'action', integration: 'simulator', name: 'create-contact', file: 'simulator/actions/create-contact.ts' },
    ],
    warnings: [],
  });
  expect(existsSync(path.join(dir, 'build', 'simulator_syncs_contacts.cjs'))).toBe(true);
  expect(JSON.parse(readFileSync(path.join(dir, '.nango', 'nango.json'), 'utf8'))).toMatchObject([
    { providerConfigKey: 'simulator', syncs: [{ syncName: 'contacts' }], actions: [{ syncName: 'create-contact' }] },
  ]);
  expect(await syncline('init', 'My Project')).toMatchObject({ code: 1 });
});

it('adds functions that compile, and lists them in index.ts', async () => {
  writeFileSync(path.join(cwd, 'index.ts'), '');
  expect(await syncline('create', 'github', 'pull-requests', '--sync')).toMatchObject({ code: 0, err: '' });
  expect(await syncline('create', '--integration', 'github', '--name', 'merge', '--action')).toMatchObject({ code: 0 });
  const told = await syncline('create', 'github', 'welcome', '--on-event', '--json');
  expect(JSON.parse(told.out)).toMatchObject({ type: 'on-event', file: 'github/on-events/welcome.ts' });
  expect(readFileSync(path.join(cwd, 'index.ts'), 'utf8').trim().split('\n')).toEqual([
    "import './github/syncs/pull-requests.js';",
    "import './github/actions/merge.js';",
    "import './github/on-events/welcome.js';",
  ]);
  expect(await syncline('compile')).toMatchObject({ code: 0, err: '' });
  expect(await syncline('create', 'github', 'merge', '--action')).toMatchObject({ code: 1 });
  expect(await syncline('create', 'github', '../up', '--action')).toMatchObject({ code: 1 });
});

it('clones from a folder of one’s own, and never writes over what is different without being told', async () => {
  const templates = path.join(cwd, 'own', 'github', 'actions');
  mkdirSync(templates, { recursive: true });
  writeFileSync(path.join(templates, 'ping.ts'), renderFunction('action', 'ping'));
  const clone = (...flags: string[]) =>
    syncline('clone', 'github/actions/ping', '--dir', 'app', '--from', '../own', ...flags);
  expect(await clone()).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(path.join(cwd, 'app', 'index.ts'), 'utf8')).toBe("import './github/actions/ping.js';\n");
  expect(await clone()).toMatchObject({ code: 0 }); // the same
  writeFileSync(path.join(cwd, 'app', 'github', 'actions', 'ping.ts'), '// mine');
  expect(await clone()).toMatchObject({ code: 1, err: expect.stringContaining('github/actions/ping.ts') });
  expect(readFileSync(path.join(cwd, 'app', 'github', 'actions', 'ping.ts'), 'utf8')).toBe('// mine');
  expect(await clone('--force')).toMatchObject({ code: 0 });
  expect(await syncline('compile', '--dir', 'app', '--no-typecheck')).toMatchObject({ code: 0 });
  expect(readFileSync(path.join(cwd, 'app', 'index.ts'), 'utf8')).toBe("import './github/actions/ping.js';\n");
});

it('writes a page for each function, and keeps what people wrote around it', async () => {
  await syncline('init', '.');
  expect(await syncline('generate:docs', '--integration-templates')).toMatchObject({ code: 0, err: '' });
  const file = path.join(cwd, 'simulator', 'syncs', 'contacts.md');
  const page = readFileSync(file, 'utf8');
  for (const text of [
    '# contacts',
    '| Runs | every hour |',
    '## Records: Contact',
    'company: string | null;',
    '`simulator/syncs/contacts.ts`',
  ])
    expect(page).toContain(text);
  expect(readFileSync(path.join(cwd, 'simulator', 'README.md'), 'utf8')).toContain('[contacts](syncs/contacts.md)');
  writeFileSync(file, `# Ours\n\n${page.replace('every hour', 'sometimes')}\nBy hand.\n`);
  await syncline('generate:docs');
  expect(readFileSync(file, 'utf8')).toBe(`# Ours\n\n${page}\nBy hand.\n`);
  await syncline('generate:docs', '-p', 'docs');
  expect(existsSync(path.join(cwd, 'docs', 'simulator', 'actions', 'create-contact.md'))).toBe(true);
});

it('writes tests for what is recorded, once', async () => {
  await syncline('init', '.');
  const tests = path.join(cwd, 'simulator', 'tests');
  mkdirSync(tests);
  for (const name of ['contacts', 'create-contact']) writeFileSync(path.join(tests, `${name}.test.json`), '{}');
  const made = await syncline('generate:tests', '-s', 'contacts', '--json');
  expect(JSON.parse(made.out)).toEqual({ written: ['simulator/tests/contacts.test.ts'], unrecorded: [] });
  const text = readFileSync(path.join(tests, 'contacts.test.ts'), 'utf8');
  expect(text).toContain("import sync from '../syncs/contacts.js';");
  expect(text).toContain("it.each(['Contact'])");
  writeFileSync(path.join(tests, 'contacts.test.ts'), '// mine');
  expect(JSON.parse((await syncline('generate:tests', '--json')).out)).toMatchObject({
    written: ['simulator/tests/create-contact.test.ts'],
  });
  expect(readFileSync(path.join(tests, 'contacts.test.ts'), 'utf8')).toBe('// mine');
});

it('says what there is when it gets a word it does not know', async () => {
  const unknown = await syncline('frobnicate');
  expect(unknown.code).toBe(1);
  expect(unknown.err).toMatch(/There are: init, create, .*version\./);
  expect((await syncline('syncs', 'start')).err).toContain('There are: status, trigger.');
  expect((await syncline('deploy', '--nope')).err).toContain("unknown option '--nope'");
  const json = await syncline('frobnicate', '--json');
  expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'unknown_command' } });
});

it('ends with 10 when it does not compile, and prints places', async () => {
  expect(await syncline('compile')).toMatchObject({ code: 10, err: expect.stringContaining('syncline init') });
  writeFileSync(path.join(cwd, 'index.ts'), "import './gone.js';");
  expect(await syncline('compile')).toMatchObject({ code: 10, err: expect.stringContaining('index.ts:1:1 error:') });
});

it('has help and a version, and takes the peer’s flags before or after the command', async () => {
  expect(await syncline('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(await syncline('deploy', '--help')).toMatchObject({
    code: 0,
    out: expect.stringContaining('--allow-destructive'),
  });
  expect(await syncline()).toMatchObject({ code: 0, out: expect.stringContaining('Commands:') });
  const flags = ['--no-interactive', '--no-telemetry', '--no-dependency-update', '--auto-confirm'];
  expect((await syncline(...flags, 'compile', ...flags)).code).toBe(10);
});

it('names the variable to set when there is no key', async () => {
  expect(await syncline('connections', '-e', 'prod')).toMatchObject({
    code: 1,
    err: expect.stringContaining('SYNCLINE_SECRET_KEY_PROD'),
  });
});

it('starts from its launcher', () => {
  const launcher = fileURLToPath(new URL('./bin/syncline.js', import.meta.url));
  expect(execFileSync(process.execPath, [launcher, 'version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

// The command line in a process of its own, against a real instance: each command by what it leaves behind.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPage, shellBlocks } from '../house/page-blocks.ts';
import { runCli } from './deploy.ts';
import { ownEnvironment } from './instance-process.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import {
  createIntegration,
  importConnection,
  listRuns,
  readRecords,
  readStatus,
  runOnce,
  waitForRun,
} from './syncs.ts';

const root = join(import.meta.dirname, '..', '..');
const contacts = 30;
let system: SharedSystem;
const folders: string[] = [];

beforeAll(async () => {
  system = await joinSystem('cli', { dataset: { count: contacts } });
});
afterAll(async () => {
  await system?.end();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Project {
  dir: string;
  write(files: Record<string, string>): void;
  read(file: string): string;
  /** Fails unless the exit code is as expected; gives what --json printed. */
  cli<T = Record<string, unknown>>(args: string[], code?: number): Promise<T>;
}

/** Sources only, as a person has before `npm install`. */
function createProject(): Project {
  const dir = mkdtempSync(join(tmpdir(), 'syncline-cli-'));
  folders.push(dir);
  return {
    dir,
    write(files) {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(dir, file)), { recursive: true });
        writeFileSync(join(dir, file), text);
      }
    },
    read: (file) => readFileSync(join(dir, file), 'utf8'),
    async cli<T>(args: string[], code = 0) {
      const answer = await runCli([...args, '--dir', dir, '--json'], system.settings);
      expect(answer.code, answer.output).toBe(code);
      return JSON.parse(answer.stdout) as T;
    },
  };
}

/** An integration with the connection `acme`, of this test alone. */
async function prepare(integration: string): Promise<Project> {
  await createIntegration(system.api, integration);
  await importConnection(system.api, { integration, connection: 'acme', simulator: system.simulator });
  return createProject();
}

const call = (integration: string, action_name: string, input?: unknown) =>
  system.api.call('POST', '/action/trigger', {
    headers: { 'provider-config-key': integration, 'connection-id': 'acme' },
    body: { action_name, input },
  });

const answer = (text: string) => `
import { createAction } from '@syncline/functions';
import { z } from 'zod';
export default createAction({
  description: 'Answers.', input: z.object({ n: z.number() }), output: z.string(),
  exec: async (_nango, input) => '${text} ' + input.n,
});
`;
const copy = `
import { createSync } from '@syncline/functions';
import { z } from 'zod';
const Contact = z.object({ id: z.string(), name: z.string() });
export default createSync({
  description: 'Copies.', frequency: 'every day', autoStart: false, models: { Contact },
  exec: async (nango) => {
    for await (const page of nango.paginate<{ id: string; name: string }>({ endpoint: '/contacts', params: { per_page: 100 } }))
      await nango.batchSave(page.map(({ id, name }) => ({ id, name })), 'Contact');
  },
});
`;

// First: it deploys to the whole environment, where nothing else may be yet.
it('does what docs/cli.md shows', async () => {
  const [, examples = ''] = readPage('docs/cli.md').split(/<!-- \/?examples -->\n/);
  const script = shellBlocks(examples).join('\n');
  await createIntegration(system.api, 'simulator');
  const cwd = mkdtempSync(join(tmpdir(), 'syncline-docs-'));
  folders.push(cwd);
  // In a folder without packages npx would ask the registry; the checkout's launcher is what it would find.
  const npx = `npx() { shift; "${process.execPath}" "${join(root, 'cli/bin/syncline.js')}" "$@"; }`;
  const shell = spawnSync('bash', ['-euo', 'pipefail', '-c', `${npx}\n${script}`], {
    cwd,
    env: ownEnvironment({ NO_COLOR: '1', ...system.settings }),
    encoding: 'utf8',
    timeout: 220_000,
  });
  expect(shell.status, `${shell.stdout}${shell.stderr}`).toBe(0);
  for (const text of [
    '✔ 3 unchanged, not deployed again',
    '- action simulator/ping',
    '+ action simulator/ping version 1',
  ])
    expect(shell.stdout).toContain(text);
  expect(readFileSync(join(cwd, 'my-integrations', 'src', 'syncline.gen.ts'), 'utf8')).toContain(
    "'create-contact'".replaceAll("'", '"'),
  );
}, 240_000);

it('deploys what changed and says what did not; rolls back all or one; lists versions', async () => {
  const { cli, write } = await prepare('versions');
  const index = "import './versions/syncs/copy.js';\nimport './versions/actions/answer.js';\n";
  write({ 'index.ts': index, 'versions/syncs/copy.ts': copy, 'versions/actions/answer.ts': answer('one') });
  const deploy = ['deploy', 'dev', '-i', 'versions', '--auto-confirm', '--no-typecheck'];
  await cli(deploy);
  write({ 'versions/actions/answer.ts': answer('two') });
  const second = await cli<{ unchanged: { name: string }[]; plan: object }>(deploy);
  expect(second.unchanged).toMatchObject([{ name: 'copy' }]);
  expect(second.plan).toMatchObject({ updatedActions: [{ name: 'answer' }], updatedSyncs: [] });
  expect((await call('versions', 'answer', { n: 1 })).body).toBe('two 1');

  const rolled = await cli(['rollback', '--auto-confirm']);
  expect(rolled['changes']).toMatchObject([{ name: 'answer', from: 2, to: 1 }]);
  expect((await call('versions', 'answer', { n: 1 })).body).toBe('one 1');
  const one = ['rollback', 'dev', '-i', 'versions', '-a', 'answer', '--auto-confirm'];
  expect(await cli([...one, '--version', '2'])).toMatchObject({ version: 2 });
  expect((await call('versions', 'answer', { n: 1 })).body).toBe('two 1');
  expect(await cli(['functions', 'versions', 'versions', 'answer'])).toMatchObject([
    { version: 2, current: true },
    { version: 1, current: false },
  ]);
  const history = await cli<{ id: number; kind: string }[]>(['rollback', '--list']);
  expect(history.slice(0, 4).map(({ kind }) => kind)).toEqual(['rollback', 'rollback', 'deploy', 'deploy']);

  // Before its first deploy there was nothing: that takes functions away, which must be said.
  const first = history[3]!.id;
  expect(await cli(['rollback', '--to', String(first - 1), '--auto-confirm'], 11)).toMatchObject({
    error: { code: 'destructive_deploy' },
  });
  expect(await cli(['rollback'], 11)).toMatchObject({ error: { code: 'not_confirmed' } });
  expect((await call('versions', 'answer', { n: 1 })).status).toBe(200);
  await cli(['rollback', '--to', String(first - 1), '--auto-confirm', '--allow-destructive']);
  expect((await call('versions', 'answer', { n: 1 })).status).toBe(404);
});

it('switches a sync off: no run begins, not even an asked-for one, until it is on again', async () => {
  const { cli, write } = await prepare('switch');
  const place = { integration: 'switch', connection: 'acme', sync: 'copy' };
  write({ 'index.ts': "import './switch/syncs/copy.js';\n", 'switch/syncs/copy.ts': copy });
  await cli(['deploy', '-i', 'switch', '--auto-confirm', '--no-typecheck']);
  expect(await runOnce(system.api, place)).toMatchObject({ state: 'succeeded' });
  expect(await cli(['functions', 'disable', 'switch', 'copy'])).toMatchObject({ enabled: false });
  expect(await cli(['functions', 'list', 'switch'])).toMatchObject([{ name: 'copy', enabled: false }]);
  await cli(['syncs', 'trigger', 'copy', '-i', 'switch', '-c', 'acme']);
  await new Promise((done) => setTimeout(done, 2_000)); // a run takes 100 ms to begin
  expect(await listRuns(system.api, place)).toHaveLength(1);
  expect(await readStatus(system.api, place)).toMatchObject({ status: 'PAUSED' });
  await cli(['functions', 'enable', 'switch', 'copy']);
  expect(await waitForRun(system.api, place, 2)).toMatchObject({ state: 'succeeded', trigger: 'api' });
  expect(await cli(['functions', 'enable', 'switch', 'gone'], 1)).toMatchObject({ error: { code: 'not_found' } });
});

it('deploys createFunction apart from the others, and it runs', async () => {
  const { cli, write } = await prepare('general');
  const head = "import { createFunction } from '@syncline/functions';\nimport { z } from 'zod';\n";
  write({
    'index.ts': "import './general/functions/double.js';\nimport './general/functions/copy.js';\n",
    'general/functions/double.ts': `${head}
export default createFunction({
  description: 'Doubles.', input: z.object({ n: z.number() }), output: z.object({ n: z.number(), why: z.string(), of: z.string() }),
  exec: async (_nango, trigger) => ({ n: trigger.input.n * 2, why: trigger.kind, of: trigger.connection?.connectionId ?? '' }),
});`,
    'general/functions/copy.ts': `${head}
export default createFunction({
  description: 'Copies.', trigger: { kind: 'schedule', frequency: 'every day' },
  data: { models: { Contact: z.object({ id: z.string(), why: z.string() }) } },
  exec: async (nango, trigger) => {
    const { data } = await nango.get<{ id: string }[]>({ endpoint: '/contacts', params: { per_page: 5 } });
    await nango.batchSave(data.map(({ id }) => ({ id, why: trigger.kind })), 'Contact');
  },
});`,
  });
  const deploy = ['deploy', '-i', 'general', '--auto-confirm'];
  expect(await cli(deploy)).toMatchObject({ bundles: { created: [{ name: 'double' }, { name: 'copy' }] } });
  expect((await call('general', 'double', { n: 21 })).body).toEqual({ n: 42, why: 'invoke', of: 'acme' });
  const place = { integration: 'general', connection: 'acme', sync: 'copy' };
  expect(await waitForRun(system.api, place, 1)).toMatchObject({ state: 'succeeded' });
  const records = await readRecords(system.api, place);
  expect(records).toHaveLength(5);
  expect(records[0]).toMatchObject({ why: 'schedule' });
  expect(await cli(deploy)).toMatchObject({ bundles: { unchanged: [{}, {}], updated: [] } });
  write({ 'index.ts': "import './general/functions/copy.js';\n" });
  expect(await cli(deploy, 11)).toMatchObject({ error: { code: 'destructive_deploy' } });
  await cli([...deploy, '--allow-destructive']);
  expect((await call('general', 'double', { n: 1 })).status).toBe(404);
});

const legacy = {
  'nango.yaml': `
integrations:
  legacy:
    syncs:
      people: { runs: every day, endpoint: GET /people, output: Person, auto_start: false }
    actions:
      greet: { endpoint: POST /greet, input: { name: string }, output: string }
      empty: { endpoint: GET /empty, output: any }
models:
  Person: { id: string, name: string }
`,
  'legacy/syncs/people.ts': `import type { NangoSync, Person } from '../../models';

// Everyone, page by page.
export default async function fetchData(nango: NangoSync): Promise<void> {
  for await (const page of nango.paginate({ endpoint: '/contacts', params: { per_page: 100 } })) {
    const people: Person[] = page.map((one: any) => ({ id: one.id, name: one.name }));
    await nango.batchSave<Person>(people, 'Person');
  }
}
`,
  'legacy/actions/greet.ts': `import type { NangoAction } from '../../models';

export default async function runAction(nango: NangoAction, input: { name: string }): Promise<string> {
  if (input.name === '') throw new nango.ActionError({ message: 'Who?' });
  return \`Hello \${input.name}\`;
}
`,
  'legacy/actions/empty.ts': `export default async function runAction(nango: any, input?: unknown): Promise<unknown> {
  return { none: input === undefined };
}
`,
};

it('deploys a nango.yaml project as it is, and it runs; migrated, it does the same', async () => {
  const { cli, write, read } = await prepare('legacy');
  const place = { integration: 'legacy', connection: 'acme', sync: 'people' };
  write(legacy);
  const deploy = ['deploy', '-i', 'legacy', '--auto-confirm'];
  await cli(deploy);
  expect(await runOnce(system.api, place)).toMatchObject({ state: 'succeeded' });
  expect(await readRecords(system.api, place, { model: 'Person' })).toHaveLength(contacts);
  expect((await call('legacy', 'greet', { name: 'Ada' })).body).toBe('Hello Ada');
  expect((await call('legacy', 'greet', { name: '' })).body).toMatchObject({ error: { payload: { message: 'Who?' } } });
  expect((await call('legacy', 'empty')).body).toEqual({ none: true }); // not {}: the older form

  await cli(['migrate-to-zero-yaml']);
  expect(read('legacy/syncs/people.ts')).toContain('// Everyone, page by page.');
  expect(await cli(deploy)).toMatchObject({
    plan: { newSyncs: [], deletedSyncs: [], updatedSyncs: [{ name: 'people' }] },
  });
  expect(await runOnce(system.api, place)).toMatchObject({
    state: 'succeeded',
    results: { Person: { unchanged: contacts } },
  });
  expect((await call('legacy', 'greet', { name: 'Ada' })).body).toBe('Hello Ada');
  expect(await cli(['migrate'], 1)).toMatchObject({ error: { code: 'no_nango_yaml' } });
});

it('pulls the source of a deployed function, and clones templates whole or in part', async () => {
  const { cli, write } = await prepare('sources');
  const source = answer('pulled');
  write({ 'index.ts': "import './sources/actions/answer.js';\n", 'sources/actions/answer.ts': source });
  await cli(['deploy', '-i', 'sources', '--auto-confirm', '--no-typecheck']);

  const other = createProject();
  expect(await other.cli(['pull', 'sources', 'answer'])).toMatchObject({ file: 'sources/actions/answer.ts' });
  expect(other.read('sources/actions/answer.ts')).toBe(source);
  expect(other.read('index.ts')).toBe("import './sources/actions/answer.js';\n");
  expect(await other.cli(['pull', 'sources', 'answer'], 1)).toMatchObject({ error: { code: 'function_exists' } });
  await other.cli(['pull', 'sources', 'answer', '-a', '-f']);
  expect(await other.cli(['pull', 'sources', 'gone'], 1)).toMatchObject({ error: { code: 'not_found' } });
  await other.cli(['compile']);

  // In the way of a deploy to see that what was cloned works: the template's integration is `simulator`.
  const cloned = createProject();
  expect(await cloned.cli(['clone', 'simulator/actions/create-contact'])).toEqual({
    functions: ['simulator/actions/create-contact'],
    files: ['simulator/actions/create-contact.ts'],
  });
  await cloned.cli(['clone', 'demo']);
  expect(await cloned.cli(['compile'])).toMatchObject({
    functions: [{ name: 'create-contact' }, { name: 'contacts' }],
  });
  expect(await cloned.cli(['clone', 'nowhere'], 1)).toMatchObject({ error: { code: 'template_not_found' } });
  expect(await cloned.cli(['pull', 'simulator', 'contacts', '--catalog'], 1)).toMatchObject({
    error: { code: 'function_exists' },
  });
});

it('generates types of what is deployed, and tells when they are out of date', async () => {
  const { cli, write, read } = await prepare('typed');
  write({ 'index.ts': "import './typed/actions/answer.js';\n", 'typed/actions/answer.ts': answer('typed') });
  await cli(['deploy', '-i', 'typed', '--auto-confirm', '--no-typecheck']);
  await cli(['generate', 'dev', '-o', 'src/types.gen.ts']);
  expect(read('src/types.gen.ts')).toContain("declare module '@syncline/node'");
  expect(read('src/types.gen.ts')).toMatch(/answer: \{\n {4}input: \{\n {6}n: number;\n {4}\};\n {4}output: string;/);
  expect(await cli(['generate', '--from-project', '--check', '-o', 'own.gen.ts'], 1)).toMatchObject({
    error: { code: 'out_of_date' },
  });
  await cli(['generate', '--from-project', '-o', 'own.gen.ts']);
  await cli(['generate', '--from-project', '--check', '-o', 'own.gen.ts']);
});

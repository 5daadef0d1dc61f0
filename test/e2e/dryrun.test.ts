// Dry runs and recorded tests by the command line in a process of its own: against a real instance and a hostile provider, then
// with neither of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPage, shellBlocks } from '../house/page-blocks.ts';
import { deployFunctions, runCli } from './deploy.ts';
import { ownEnvironment } from './instance-process.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import { createIntegration, importConnection, listRuns, readRecords, runOnce } from './syncs.ts';

import { waitFor } from './wait-for.ts';

const launcher = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'syncline.js');
const contacts = 30;
const folders: string[] = [];
let system: SharedSystem;

beforeAll(async () => {
  system = await joinSystem('dryrun', { dataset: { count: contacts } });
  await createIntegration(system.api, 'crm');
  const at = { integration: 'crm', connection: 'acme', simulator: system.simulator };
  await importConnection(system.api, { ...at, metadata: { team: 'blue' } });
});
afterAll(async () => {
  await system?.end();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const from = (name: string) => `import { ${name} } from '@syncline/functions';\nimport { z } from 'zod';\n`;

const copy = `${from('createSync')}
const Contact = z.object({ id: z.string(), name: z.string() });
export default createSync({
  description: 'Copies contacts.', frequency: 'every day', autoStart: false,
  models: { Contact }, checkpoint: z.object({ updated_after: z.string() }),
  exec: async (nango) => {
    const checkpoint = await nango.getCheckpoint();
    await nango.trackDeletesStart('Contact');
    const startedAt = new Date().toISOString();
    for await (const page of nango.paginate<{ id: string; name: string }>({
      endpoint: '/contacts', retries: 3,
      params: { per_page: 20, ...(checkpoint && { updated_after: checkpoint.updated_after }) },
    })) await nango.batchSave(page.map(({ id, name }) => ({ id, name })), 'Contact');
    await nango.batchDelete([{ id: 'gone' }], 'Contact');
    await nango.updateMetadata({ copied: true });
    await nango.saveCheckpoint({ updated_after: startedAt });
    await nango.log('copied', { team: (await nango.getMetadata<{ team: string }>()).team });
    await nango.trackDeletesEnd('Contact');
  },
});
`;

function project(files: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'syncline-dryrun-'));
  folders.push(dir);
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  };
  const listed = Object.keys(files).map((file) => `import './${file.replace(/\.ts$/, '.js')}';\n`);
  for (const [file, text] of Object.entries({ ...files, 'index.ts': listed.join('') })) write(file, text);
  const { settings } = system;
  return {
    dir,
    write,
    read: (file: string) => readFileSync(join(dir, file), 'utf8'),
    has: (file: string) => existsSync(join(dir, file)),
    async cli<T = Record<string, unknown>>(args: string[], code = 0) {
      const answer = await runCli([...args, '--dir', dir, '--json'], settings);
      expect(answer.code, answer.output).toBe(code);
      return JSON.parse(answer.stdout) as T;
    },
    /** What a person reads. */
    say: (args: string[], own: Record<string, string> = settings) => runCli([...args, '--dir', dir], own),
  };
}

interface DryRun {
  success: boolean;
  output?: unknown;
  models: Record<string, { added: number; deleted: number; records: { id: string }[]; deletions: string[] }>;
  checkpoint: { from: unknown; to: { updated_after: string } | null };
  metadata?: unknown;
  timeline: { kind: string; atMs: number; url?: string; outcome?: unknown; message?: string; payload?: unknown }[];
}

it('shows what a sync would store, and stores nothing', async () => {
  const { cli, say } = project({ 'crm/syncs/copy.ts': copy });
  const run = await cli<DryRun>(['dryrun', 'copy', 'acme']);
  expect(run).toMatchObject({
    success: true,
    models: { Contact: { added: contacts, deleted: 0, deletions: ['gone'] } },
    checkpoint: { from: null, to: { updated_after: expect.any(String) } },
    metadata: { team: 'blue', copied: true },
  });
  expect(run.models['Contact']!.records).toHaveLength(contacts);
  const requests = run.timeline.filter(({ kind }) => kind === 'request');
  expect(requests.map(({ url }) => new URL(url!).search)).toEqual(['?per_page=20', '?per_page=20&page=2']);
  expect(run.timeline).toContainEqual(
    expect.objectContaining({ kind: 'log', message: 'copied', payload: { team: 'blue' } }),
  );

  const text = await say(['dryrun', 'crm/copy', 'acme', '--diagnostics']);
  expect(text.code, text.output).toBe(0);
  expect(text.output).toMatch(/GET \/contacts\?per_page=20 {2}200, \d+ ms, \d/);
  expect(text.output).toContain(`Contact  ${contacts} would be saved, 1 deleted`);
  expect(text.output).toMatch(/memory +\d/);

  await cli(['deploy', '--auto-confirm', '--no-typecheck']);
  const place = { integration: 'crm', connection: 'acme', sync: 'copy' };
  expect(await listRuns(system.api, place)).toEqual([]);
  expect(await readRecords(system.api, place).catch(() => [])).toEqual([]);
  const { metadata } = await system.api.ok<{ metadata: unknown }>('GET', '/connections/acme', {
    query: { provider_config_key: 'crm' },
  });
  expect(metadata).toEqual({ team: 'blue' });

  // The production engine: the same records, for real.
  expect(await runOnce(system.api, place)).toMatchObject({
    state: 'succeeded',
    results: { Contact: { added: contacts } },
  });
  const stored = await readRecords(system.api, place);
  const ids = (records: { id: string }[]) => records.map(({ id }) => id).sort();
  expect(ids(stored)).toEqual(ids(run.models['Contact']!.records));
});

it('begins where it is told: checkpoint, metadata, date, variant', async () => {
  const { cli } = project({
    'crm/syncs/copy.ts': copy,
    'crm/syncs/tell.ts': `${from('createSync')}
export default createSync({
  description: 'Tells.', frequency: 'every day', models: { Fact: z.object({ id: z.string() }) },
  exec: async (nango) => nango.log('facts', {
    last: nango.lastSyncDate?.toISOString(), variant: nango.variant, cli: nango.isCLI, lock: await nango.tryAcquireLock({ key: 'a', ttlMs: 1000 }),
  }),
});`,
  });
  const later = JSON.stringify({ updated_after: '2999-01-01T00:00:00Z' });
  const run = await cli<DryRun>(['dryrun', 'copy', 'acme', '-c', later, '-m', '{"team":"red"}']);
  expect(run.checkpoint.from).toEqual({ updated_after: '2999-01-01T00:00:00Z' });
  expect(run.timeline.find(({ kind }) => kind === 'request')?.url).toContain('updated_after=2999');
  expect(run.timeline.find(({ message }) => message === 'copied')?.payload).toEqual({ team: 'red' });

  const told = await cli<DryRun>(['dryrun', 'tell', 'acme', '-l', '2026-01-31', '--variant', 'us']);
  expect(told.timeline.find(({ kind }) => kind === 'log')?.payload).toEqual({
    last: '2026-01-31T00:00:00.000Z',
    variant: 'us',
    cli: true,
    lock: true,
  });
  const odd = await cli(['dryrun', 'copy', 'acme', '-c', '{"a":{"b":1}}'], 12);
  expect(odd).toMatchObject({
    error: { code: 'invalid_option', message: expect.stringContaining("'a' is of type object") },
  });
  expect(await cli(['dryrun', 'copy', 'acme', '-l', 'soon'], 12)).toMatchObject({ error: { code: 'invalid_option' } });
});

const answer = `${from('createAction')}
export default createAction({
  description: 'Answers.', input: z.object({ id: z.string() }), output: z.object({ name: z.string(), n: z.number() }),
  exec: async (nango, input) => {
    if (input.id === 'boom') throw new nango.ActionError({ reason: 'asked for it' });
    const { data } = await nango.get<{ name: string }>({ endpoint: \`/contacts/\${input.id}\` });
    return { name: data.name, n: input.id === 'odd' ? ('x' as never) : 1 };
  },
});`;

it('shows the output of an action; what fails ends with 12 and the place in the source', async () => {
  const { cli, say, write, dir } = project({ 'crm/actions/answer.ts': answer });
  const id = system.simulator.dataset.read(0)!.id;
  write('input.json', JSON.stringify({ id }));
  expect(await cli(['dryrun', 'answer', 'acme', '-i', '@input.json'])).toMatchObject({ output: { n: 1 } });

  const missing = await cli(['dryrun', 'answer', 'acme', '-i', '{"id":"nobody"}'], 12);
  expect(missing).toMatchObject({
    success: false,
    error: { code: 'script_http_error', diagnostics: [{ file: 'crm/actions/answer.ts', line: 8 }] },
  });
  const text = await say(['dryrun', 'answer', 'acme', '-i', '{"id":"boom"}']);
  expect(text.code).toBe(12);
  expect(text.output).toContain('crm/actions/answer.ts:7:');
  expect(text.output).toContain('> 7 |     if (input.id === ');
  expect(text.output).toContain('"reason": "asked for it"');

  expect(await cli(['dryrun', 'answer', 'acme', '-i', '{"id":7}', '--validate'], 12)).toMatchObject({
    error: { code: 'invalid_action_input' },
  });
  expect(await cli(['dryrun', 'answer', 'nobody', '-i', '{}'], 12)).toMatchObject({
    error: { code: 'unknown_connection' },
  });
  expect(await cli(['dryrun', 'nothing', 'acme'], 12)).toMatchObject({ error: { code: 'unknown_function' } });
  expect(await cli(['dryrun', 'answer'], 12)).toMatchObject({ error: { code: 'missing_connection' } });
  const away = await runCli(['dryrun', 'answer', 'acme', '--dir', dir, '--json'], {
    SYNCLINE_HOSTPORT: 'http://127.0.0.1:9',
    SYNCLINE_SECRET_KEY: 'x',
  });
  expect([away.code, JSON.parse(away.stdout)]).toMatchObject([12, { error: { code: 'unreachable' } }]);
});

it('records what replays without an instance: secrets and addresses out, links followed, the clock as it was', async () => {
  const { cli, say, read, has } = project({
    'crm/syncs/copy.ts': copy,
    'crm/actions/answer.ts': answer,
    'crm/actions/token.ts': `${from('createAction')}
export default createAction({
  description: 'Uses the key itself.', input: z.object({ mail: z.string() }), output: z.object({ seen: z.boolean() }),
  exec: async (nango, input) => {
    const { credentials } = await nango.getConnection();
    const key = (credentials as { apiKey: string }).apiKey;
    const { data } = await nango.post<{ body: string }>({
      endpoint: '/echo', params: { key, day: new Date().toISOString() }, data: { mail: input.mail, key }, headers: { 'x-own': key },
    });
    return { seen: JSON.stringify(data).includes(key) };
  },
});`,
  });
  const id = system.simulator.dataset.read(0)!.id;
  const saved = await cli<{ written: string[]; replay: string[] }>(['dryrun', 'copy', 'acme', '--save']);
  expect(saved).toMatchObject({ written: ['crm/tests/copy.test.json', 'crm/tests/copy.test.ts'], replay: [] });
  await cli(['dryrun', 'answer', 'acme', '-i', JSON.stringify({ id }), '--save-responses']);
  const mail = ['dryrun', 'token', 'acme', '-i', '{"mail":"ada@example.org"}', '--save', '--redact-emails'];
  expect(await cli(mail)).toMatchObject({ output: { seen: true }, replay: [] });
  expect(read('crm/tests/token.test.json')).not.toContain('sim-key');
  expect(read('crm/tests/token.test.json')).not.toContain('ada@');
  expect(read('crm/tests/copy.test.ts')).toContain("import sync from '../syncs/copy.js'");

  // No instance, no network, no node_modules.
  const none = { SYNCLINE_HOSTPORT: 'http://127.0.0.1:9' };
  const tested = await say(['test'], none);
  expect(tested.code, tested.output).toBe(0);
  expect(tested.output).toContain('3 passed, 0 failed');
  expect(has('node_modules')).toBe(false);
});

it('tells how a function differs from its recording', async () => {
  const { cli, write, read, say } = project({ 'crm/syncs/copy.ts': copy, 'crm/actions/answer.ts': answer });
  await cli(['dryrun', 'copy', 'acme', '--save']);
  expect(await cli(['test', 'copy'])).toMatchObject({ passed: 1, failed: 0, unrecorded: [] });
  write('crm/syncs/copy.ts', copy.replace('({ id, name }))', "({ id, name: name + '!' }))"));
  const text = await say(['test']);
  expect(text.code).toBe(1);
  expect(text.output).toMatch(/Contact \S+: name is ".*!" instead of ".*"/);
  expect(text.output).toContain('Not recorded yet: crm/answer');

  write('crm/syncs/copy.ts', copy.replace('per_page: 20', 'per_page: 10'));
  const changed = await cli<{ results: { missing: string[]; unserved: string[] }[] }>(['test', 'copy'], 1);
  expect(changed.results).toMatchObject([
    { status: 'failed', missing: ['GET /contacts'], unserved: ['GET /contacts', 'GET /contacts'] },
  ]);

  // Another recording of the same function.
  write('crm/syncs/copy.ts', copy);
  write('other.json', read('crm/tests/copy.test.json'));
  expect(await cli(['test', 'copy', '--replay', 'other.json'])).toMatchObject({ passed: 1 });
  expect(await cli(['test', 'answer'], 1)).toMatchObject({ error: { code: 'nothing_recorded' } });
});

it('is the production engine: a script sees the same of requests, failures, the connection, metadata and other functions', async () => {
  const { simulator, api } = system;
  await deployFunctions(api, 'crm', ['actions/use-members', 'actions/answer']);
  await api.ok('PUT', '/environment-variables/REGION', { body: { value: 'eu' } });
  const source = readFileSync(join(import.meta.dirname, 'functions', 'actions', 'use-members.ts'), 'utf8');
  const { cli } = project({ 'crm/actions/use-members.ts': source });
  const id = simulator.dataset.read(0)!.id;
  for (const input of [
    { what: 'requests', with: { id } },
    { what: 'failures' },
    { what: 'connection' },
    { what: 'delegates', with: { how: 'refuses' } },
    { what: 'checkpoint', with: { next: 'save' } },
    { what: 'metadata' }, // last, because there it is written
  ]) {
    const dry = await cli<DryRun>(['dryrun', 'use-members', 'acme', '-i', JSON.stringify(input)]);
    const headers = { 'provider-config-key': 'crm', 'connection-id': 'acme' };
    const real = await api.ok('POST', '/action/trigger', { headers, body: { action_name: 'use-members', input } });
    expect(dry.output, input.what).toEqual(real);
  }
});

it('does what docs/testing.md says', async () => {
  await createIntegration(system.api, 'simulator');
  await importConnection(system.api, { integration: 'simulator', connection: 'demo', simulator: system.simulator });
  const blocks = shellBlocks(readPage('docs/testing.md'));
  expect(blocks).toHaveLength(2);
  const { dir } = project({});
  const script = `npx() { shift; "${process.execPath}" "${launcher}" "$@"; }\n${blocks.join('')}`;
  const bash = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: dir,
    env: ownEnvironment(system.settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [bash.stdout, bash.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(bash, 'close');
  expect(code, output).toBe(0);
  expect(output).toContain(`Contact  ${contacts} would be saved`);
  expect(output).toContain('"name": "Ada"');
  expect(output).toContain('1 passed, 0 failed');
});

it('runs on-event functions, and calls the provider as often as the script allows', async () => {
  const { cli } = project({
    'crm/on-events/greet.ts': `${from('createOnEvent')}
export default createOnEvent({
  description: 'Greets.', event: 'post-connection-creation',
  exec: async (nango) => {
    await nango.get({ endpoint: '/me', retries: 2 });
    await nango.setMetadata({ greeted: true });
    await nango.startSync('crm', ['copy'], nango.connectionId);
  },
});`,
  });
  system.simulator.faults.set([
    { match: { path: '/me' }, fault: { status: 503, headers: { 'retry-after': '0' } }, times: 2 },
  ]);
  const run = await cli<DryRun>(['dryrun', 'greet', 'acme']);
  expect(run).toMatchObject({ success: true, kind: 'on-event', metadata: { greeted: true } });
  expect(run.timeline.filter(({ kind }) => kind !== 'metadata')).toMatchObject([
    { kind: 'request', outcome: 200 },
    { kind: 'call', name: 'startSync copy' },
  ]);
});

it('watches: compiles and dry-runs what changed, shows the line of a mistake, and ends cleanly with Ctrl-C', async () => {
  const { dir, write } = project({
    'crm/actions/answer.ts': answer.replace("input.id === 'boom'", 'false as boolean'),
  });
  const say = (text: string) => write('crm/actions/answer.ts', text);
  const dev = spawn(process.execPath, [launcher, 'dev', '--dryrun', 'answer', 'acme', '--dir', dir], {
    env: ownEnvironment(system.settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const until = (text: string) =>
    waitFor(`dev says ${text}`, () => output.includes(text)).catch((error) => expect(output).toBe(String(error)));
  try {
    await until('GET /contacts/undefined  404');
    await until('crm/actions/answer.ts:8:');
    output = '';
    say(answer.replace('data.name', 'data.nome'));
    await until('>  9 |     return { name: data.nome,');
    await until('1 problem');
    output = '';
    say(answer.replace("if (input.id === 'boom') throw", 'throw'));
    await until('action_script_runtime_error');
  } finally {
    dev.kill('SIGINT');
  }
  const [code] = await once(dev, 'close');
  expect([code, output]).toEqual([0, expect.stringMatching(/Stopped\.\n$/)]);
});

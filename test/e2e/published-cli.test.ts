// The published command line of the peer, unmodified, against a real instance: deploy, dry runs, pull. It is a tool that is run here; it is
// installed from the registry into a cache outside of the repository.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownEnvironment } from './instance-process.ts';
import { readRecords, waitForRun } from './syncs.ts';
import { type System, startSystem } from './system.ts';

const version = '0.71.10';
/** It asks a question before it shows more than ten. */
const contacts = 7;
/** It takes a UUID v4 only. */
const secretKey = '3f0f2c55-9c0e-4f6e-8a52-6d1d0b8d3a10';

let system: System;
let dir: string;

const project = {
  'package.json': JSON.stringify({ name: 'tasks', private: true, type: 'module', devDependencies: { nango: version } }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'node16', target: 'esnext', strict: true, noEmit: true, skipLibCheck: true },
  }),
  'index.ts': `import './board/syncs/cards.js';
import './board/actions/rename-card.js';
import './board/on-events/hello.js';
`,
  'board/syncs/cards.ts': `import { createSync } from 'nango';
import * as z from 'zod';

const Card = z.object({ id: z.string(), title: z.string(), note: z.string().optional() });

const sync = createSync({
    description: 'Copies every card.',
    version: '1.0.0',
    frequency: 'every hour',
    autoStart: true,
    metadata: z.object({ board: z.string() }),
    models: { Card },
    exec: async (nango) => {
        await nango.trackDeletesStart('Card');
        for await (const page of nango.paginate<{ id: string; name: string }>({
            endpoint: '/contacts',
            paginate: { type: 'link', link_rel_in_response_header: 'next', limit: 3, limit_name_in_request: 'per_page' },
            retries: 3
        })) {
            await nango.batchSave(page.map((one) => ({ id: one.id, title: one.name })), 'Card');
        }
        await nango.trackDeletesEnd('Card');
    }
});
export default sync;
`,
  'board/actions/rename-card.ts': `import { createAction } from 'nango';
import * as z from 'zod';

const action = createAction({
    description: 'Renames a card.',
    version: '1.0.0',
    input: z.object({ id: z.string(), title: z.string() }),
    output: z.object({ id: z.string(), title: z.string() }),
    exec: async (nango, input) => {
        const { data } = await nango.patch<{ id: string; name: string }>({
            endpoint: \`/contacts/\${input.id}\`,
            data: { name: input.title },
            retries: 1
        });
        return { id: data.id, title: data.name };
    }
});
export default action;
`,
  'board/on-events/hello.ts': `import { createOnEvent } from 'nango';

export default createOnEvent({
    description: 'Greets.',
    version: '1.0.0',
    event: 'post-connection-creation',
    exec: async (nango) => {
        await nango.log('hello');
    }
});
`,
};

interface Answer {
  code: number | null;
  output: string;
}

async function run(
  command: string,
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Answer> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: ownEnvironment({ CI: '1', NO_COLOR: '1', ...options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number | null, output };
}

/** Fails when the registry cannot be reached: a machine that cannot run this has not shown what it is for. */
async function install(): Promise<string> {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'syncline-test', `nango-${version}`);
  const modules = join(folder, 'node_modules');
  if (existsSync(join(modules, '.bin', 'nango'))) return modules;
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const args = ['install', '--prefix', fresh, '--no-audit', '--no-fund', '--ignore-scripts', `nango@${version}`];
  const { code, output } = await run('npm', args, { cwd: fresh });
  if (code !== 0)
    throw new Error(`nango@${version} could not be installed from the registry (npm ended with ${code}):\n${output}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return modules;
}

const nango = (...args: string[]) =>
  run(process.execPath, [join(dir, 'node_modules', '.bin', 'nango'), ...args, ...quiet], {
    cwd: dir,
    env: {
      NANGO_HOSTPORT: system.url,
      NANGO_SECRET_KEY_DEV: secretKey,
      NANGO_CLI_UPGRADE_MODE: 'ignore',
      NANGO_CLI_TELEMETRY: 'false',
      NANGO_CLI_DEPENDENCY_UPDATE: 'false',
    },
  });
const quiet = ['--no-interactive', '--no-telemetry', '--no-dependency-update'];

beforeAll(async () => {
  const modules = await install();
  system = await startSystem({
    port: 3281,
    simulator: { dataset: { count: contacts } },
    settings: { SYNCLINE_SECRET_KEY_DEV: secretKey },
  });
  dir = mkdtempSync(join(tmpdir(), 'published-cli-'));
  for (const [file, text] of Object.entries(project)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  mkdirSync(join(dir, '.nango'));
  symlinkSync(modules, join(dir, 'node_modules'));
  // A provider that it knows, too: it takes the pagination defaults from its own catalogue.
  await system.api.ok('POST', '/integrations', {
    body: {
      provider: 'private-api-generic',
      unique_key: 'board',
      integration_config: { baseUrl: system.simulator.url, keyPlacement: 'header', keyName: 'x-api-key' },
    },
  });
  await system.api.ok('POST', '/connections', {
    body: {
      provider_config_key: 'board',
      connection_id: 'acme',
      credentials: { type: 'API_KEY', apiKey: 'sim-key' },
      metadata: { board: 'b1' },
    },
  });
}, 400_000);

afterAll(async () => {
  await system?.end();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

it('deploys, and what it deployed runs', async () => {
  const { code, output } = await nango('deploy', 'dev', '--auto-confirm');
  expect(code, output).toBe(0);
  for (const line of ['cards@v1.0.0', 'rename-card@v1.0.0', 'hello@v']) expect(output).toContain(line);
  const { data } = await system.api.ok<{ data: object[] }>('GET', '/integrations/board/functions');
  expect(data).toMatchObject([
    { name: 'rename-card', type: 'action' },
    { name: 'hello', type: 'on-event', event: 'post-connection-creation' },
    { name: 'cards', type: 'sync', runs: 'every hour', returns: ['Card'] },
  ]);
  const place = { integration: 'board', connection: 'acme', sync: 'cards' };
  expect(await waitForRun(system.api, place, 1)).toMatchObject({ state: 'succeeded' });
  const cards = await readRecords(system.api, place, { model: 'Card' });
  expect(cards).toHaveLength(contacts);
  const [first] = cards;
  const renamed = await system.api.call('POST', '/action/trigger', {
    headers: { 'provider-config-key': 'board', 'connection-id': 'acme' },
    body: { action_name: 'rename-card', input: { id: first!.id, title: 'Renamed' } },
  });
  expect(renamed).toEqual({ status: 200, body: { id: first!.id, title: 'Renamed' } });
});

it('deploys again and removes what the project no longer has, when told that it may', async () => {
  const index = readFileSync(join(dir, 'index.ts'), 'utf8');
  writeFileSync(join(dir, 'index.ts'), index.replace("import './board/actions/rename-card.js';\n", ''));
  const names = async () =>
    (await system.api.ok<{ data: { name: string }[] }>('GET', '/integrations/board/functions')).data.map(
      ({ name }) => name,
    );
  const { code, output } = await nango('deploy', 'dev', '--auto-confirm', '--allow-destructive');
  expect(code, output).toBe(0);
  expect(await names()).toEqual(['hello', 'cards']);
  writeFileSync(join(dir, 'index.ts'), index);
  await nango('deploy', 'dev', '--auto-confirm');
  expect(await names()).toEqual(['rename-card', 'hello', 'cards']);
});

it('runs a sync and an action dry, through the API, and stores nothing', async () => {
  const before = await system.api.ok<{ data: object[] }>('GET', '/logs', { query: { types: 'sync' } });
  const sync = await nango('dryrun', 'cards', 'acme', '-e', 'dev');
  expect(sync.code, sync.output).toBe(0);
  expect(sync.output).toContain('script:"cards"');
  expect(sync.output).not.toContain('An error occurred');
  expect(sync.output).toMatch(/"title":/);
  const [record] = await readRecords(system.api, { integration: 'board', connection: 'acme' }, { model: 'Card' });
  const action = await nango(
    'dryrun',
    'rename-card',
    'acme',
    '-e',
    'dev',
    '-i',
    JSON.stringify({ id: record!.id, title: 'Dry' }),
  );
  expect(action.code, action.output).toBe(0);
  expect(action.output).toContain('"title": "Dry"');
  const after = await system.api.ok<{ data: object[] }>('GET', '/logs', { query: { types: 'sync' } });
  expect(after.data.length).toBe(before.data.length);
});

it('pulls the source of a function', async () => {
  const { code, output } = await nango('pull', 'board', 'rename-card', '-e', 'dev', '-f');
  expect(code, output).toBe(0);
  expect(readFileSync(join(dir, 'board/actions/rename-card.ts'), 'utf8')).toBe(project['board/actions/rename-card.ts']);
});

it('ends with its own exit code and words of ours when a deploy is refused', async () => {
  await system.api.ok('DELETE', '/integrations/board');
  const { code, output } = await nango('deploy', 'dev', '--auto-confirm');
  expect(code, output).not.toBe(0);
  expect(output).toMatch(/needs the integration 'board'|provider_not_on_account/);
});

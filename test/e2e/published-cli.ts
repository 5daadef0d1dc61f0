// The published command line of the peer, unmodified, with a project of its own kind, against a real instance. It is a tool that is run
// here; it is installed from the registry into a cache outside of the repository.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Api, createApi } from '../conformance/api.ts';
import { shellBlock } from '../house/page-blocks.ts';
import { ownEnvironment } from './instance-process.ts';
import { joinSystem } from './join-system.ts';
import { seedKey } from './shared-instance.ts';

const version = '0.71.10';
/** It asks a question before it shows more than ten. */
export const contacts = 7;
export interface PublishedCli {
  dir: string;
  api: Api;
  /** Runs it in `dir`. */
  nango(...args: string[]): Promise<Answer>;
  /** The line of docs/from-nango.md. */
  asDocumented(): Promise<Answer>;
  end(): Promise<void>;
}

export const project = {
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

const silent = {
  NANGO_CLI_UPGRADE_MODE: 'ignore',
  NANGO_CLI_TELEMETRY: 'false',
  NANGO_CLI_DEPENDENCY_UPDATE: 'false',
};
const quiet = ['--no-interactive', '--no-telemetry', '--no-dependency-update'];

/** In the environment `dev` of the shared instance, whose key is of the only form that it takes. */
export async function openPublishedCli(): Promise<PublishedCli> {
  const modules = await install();
  const system = await joinSystem('published-cli', { dataset: { count: contacts } });
  const api = createApi({ host: system.url, key: seedKey });
  const dir = mkdtempSync(join(tmpdir(), 'published-cli-'));
  for (const [file, text] of Object.entries(project)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  mkdirSync(join(dir, '.nango'));
  symlinkSync(modules, join(dir, 'node_modules'));
  // A provider that it knows, too: it takes the pagination defaults from its own catalogue.
  await api.ok('POST', '/integrations', {
    body: {
      provider: 'private-api-generic',
      unique_key: 'board',
      integration_config: { baseUrl: system.simulator.url, keyPlacement: 'header', keyName: 'x-api-key' },
    },
  });
  await api.ok('POST', '/connections', {
    body: {
      provider_config_key: 'board',
      connection_id: 'acme',
      credentials: { type: 'API_KEY', apiKey: 'sim-key' },
      metadata: { board: 'b1' },
    },
  });
  return {
    dir,
    api,
    nango: (...args) =>
      run(process.execPath, [join(dir, 'node_modules', '.bin', 'nango'), ...args, ...quiet], {
        cwd: dir,
        env: { NANGO_HOSTPORT: system.url, NANGO_SECRET_KEY_DEV: seedKey, ...silent },
      }),
    asDocumented() {
      const line = shellBlock('docs/from-nango.md', 'npx nango deploy dev')
        .replace('http://127.0.0.1:3003', system.url)
        .replace('<the UUID>', seedKey);
      const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`;
      return run('bash', ['-euc', line], { cwd: dir, env: { PATH, NANGO_DEPLOY_AUTO_CONFIRM: 'true', ...silent } });
    },
    async end() {
      await system.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

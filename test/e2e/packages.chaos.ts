// The published packages as a stranger gets them: packed, installed from their tarballs into an empty project, compiled against, run.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFolder } from './system.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const modules = join(root, 'node_modules');
const packages = ['sdk/functions', 'simulator', 'sdk/node', 'sdk/frontend', 'sdk/testing'];

const { path: folder, remove } = createFolder();
const copy = join(folder, 'checkout');
const project = join(folder, 'project');
const tarballs = join(folder, 'tarballs');

/** Packing rewrites each package.json for a moment: in a copy, so that nobody else sees it. */
beforeAll(async () => {
  for (const path of ['tsconfig.json', 'sdk', 'simulator', 'providers'])
    cpSync(join(root, path), join(copy, path), {
      recursive: true,
      filter: (from) => !/\/(node_modules|dist)$/.test(from),
    });
  symlinkSync(modules, join(copy, 'node_modules'));
  mkdirSync(tarballs);
  for (const path of packages)
    await run('npm', ['pack', '--silent', '--offline', '--pack-destination', tarballs], { cwd: join(copy, path) });

  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  const files = readdirSync(tarballs).map((file) => join(tarballs, file));
  // Offline: what is not ours comes from here, by link.
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', ...files], {
    cwd: project,
  });
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  for (const name of ['zod', 'undici-types', '@types/node'])
    symlinkSync(join(modules, name), join(project, 'node_modules', name));
});

afterAll(remove);

const write = (file: string, text: string) => writeFileSync(join(project, file), text);

async function compile(): Promise<string> {
  const compilerOptions = { strict: true, module: 'nodenext', target: 'es2024', types: ['node'], skipLibCheck: false };
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = join(modules, '.bin', 'tsc');
  return run(tsc, ['-p', project]).then(
    () => '',
    ({ stdout }) => stdout as string,
  );
}

it('hold what they declare, and no sources or tests', async () => {
  for (const file of readdirSync(tarballs)) {
    const { stdout } = await run('tar', ['-tzf', join(tarballs, file)]);
    const paths = stdout.trim().split('\n');
    expect(paths, file).toContain('package/README.md');
    expect(paths, file).toContain('package/dist/index.d.ts');
    expect(
      paths.filter((path) => /\.test\.|\/src\/|\/fixtures\/|node_modules/.test(path)),
      file,
    ).toEqual([]);
  }
});

it('compile with types that a generated file fills, and run', async () => {
  write(
    'syncline.gen.ts',
    `import type {} from '@syncline/node';
export interface Models { GithubIssue: { id: string; title: string } }
export interface Actions { 'create-issue': { input: { title: string }; output: { id: string } } }
declare module '@syncline/node' { interface SynclineRegistry { models: Models; actions: Actions } }
`,
  );
  write(
    'app.ts',
    `import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Nango, Syncline, SynclineApiError, type StoredRecord } from '@syncline/node';
import type { Models } from './syncline.gen.js';

const server = createServer((request, response) => {
  if (request.method === 'POST') response.writeHead(404).end('{"error":{"code":"not_found","message":"No action."}}');
  else response.end('{"records":[{"id":"1","title":"It works"}],"next_cursor":null}');
}).listen(0);
const host = \`http://127.0.0.1:\${(server.address() as AddressInfo).port}\`;
const syncline: Nango = new Syncline({ host, apiKey: 'key', providerConfigKey: 'github', connectionId: 'acme' });

const { records } = await syncline.listRecords('GithubIssue');
const issue: StoredRecord<Models['GithubIssue']> = records[0]!;
const title: string = issue.title;
const refusal = await syncline.triggerAction('create-issue', { title }).then(({ id }) => id, (error: unknown) => error);
console.log(title, refusal instanceof SynclineApiError && refusal.code);
server.close();
`,
  );
  write(
    'refund.ts',
    `import { createAction } from '@syncline/functions';
import { createSimulator, NangoActionMock } from '@syncline/testing';
import { z } from 'zod';

const action = createAction({
  description: 'Reads one contact.',
  input: z.object({ id: z.string() }),
  output: z.object({ name: z.string() }),
  exec: async (nango, { id }) => ({ name: (await nango.get<{ name: string }>({ endpoint: \`/contacts/\${id}\` })).data.name }),
});
const fixture = { input: { id: '7' }, api: { get: { '/contacts/7': { response: { name: 'Ada' } } } } };
const mock = new NangoActionMock({ name: 'read', fixture, strict: true });
const { name } = await action.exec(mock, await mock.getInput());
mock.verify();
const pages = new NangoActionMock({ name: 'x', provider: 'github', fixture: { api: { get: { '/a': { response: [1] } } } } });
for await (const page of pages.paginate({ endpoint: '/a' })) console.log(name, page, mock.get.mock.calls.length);
const simulator = createSimulator({ dataset: { count: 3 } });
await simulator.listen();
console.log((await fetch(\`\${simulator.url}/contacts\`, { headers: { 'x-api-key': 'sim-key', authorization: 'Bearer sim-key' } })).status);
await simulator.close();
`,
  );
  expect(await compile()).toBe('');
  expect((await run(process.execPath, ['app.js'], { cwd: project })).stdout).toBe('It works not_found\n');
  expect((await run(process.execPath, ['refund.js'], { cwd: project })).stdout).toBe('Ada [ 1 ] 1\n200\n');
});

it('refuse, as types, what is not deployed', async () => {
  write(
    'wrong.ts',
    `import { Syncline } from '@syncline/node';
const syncline = new Syncline({ apiKey: 'key' });
await syncline.listRecords('GitlabIssue');
await syncline.triggerAction('create-issue', { titel: 'a' });
`,
  );
  expect(await compile()).toMatch(/wrong\.ts\(3,[\s\S]*GitlabIssue[\s\S]*wrong\.ts\(4,/);
});

// The examples of docs/oauth.md and of the frontend package's README, as they stand there: compiled, and the guide's app built, served
// and used in a real browser.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../embedded/free-port.ts';
import { type OpenBrowser, openBrowser } from './chromium.ts';
import { ownEnvironment } from './instance-process.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import { createFolder } from './system.ts';
import { waitFor } from './wait-for.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const { path: project, remove } = createFolder();

let system: SharedSystem;
let server: ChildProcess;
let chromium: OpenBrowser;
let page: Page;

beforeAll(async () => {
  [system, chromium] = await Promise.all([joinSystem('guide'), openBrowser()]);
  await makeDemo();
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  write('package.json', '{"type":"module"}');
  write('tsconfig.json', JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts'] }));
  writeBlocks('docs/oauth.md', 'guide.ts');
  writeBlocks('sdk/frontend/README.md', 'readme.ts');
});

afterAll(async () => {
  server?.kill();
  await chromium?.close();
  await system?.end();
  remove();
});

const write = (file: string, text: string) => writeFileSync(join(project, file), text);

/** As `npm start` has made it: the guide's server asks this connection where the simulator listens. */
async function makeDemo(): Promise<void> {
  const { api, simulator } = system;
  await api.ok('POST', '/integrations', { body: { provider: 'simulator-api-key', unique_key: 'simulator' } });
  const demo = {
    provider_config_key: 'simulator',
    connection_id: 'demo',
    connection_config: { base_url: simulator.url },
  };
  await api.ok('POST', '/connections', { body: { ...demo, credentials: { type: 'API_KEY', apiKey: 'sim-key' } } });
}

/** A block with a file's name is that file, or goes on with it; the others of a page are one script. */
function writeBlocks(path: string, script: string): void {
  const text = readFileSync(join(root, path), 'utf8').replaceAll('http://localhost:3003', system.url);
  const files = new Map<string, string>();
  for (const [, name = script, code = ''] of text.matchAll(/^```(?:ts|html)(?: (\S+))?\n([\s\S]*?)^```$/gm))
    files.set(name, `${files.get(name) ?? ''}${code}`);
  expect(files.size, path).toBeGreaterThan(0);
  for (const [name, code] of files) write(name, code);
}

it('compile', async () => {
  const problems = await run(bin('tsc'), ['-p', project]).then(
    () => '',
    ({ stdout }) => stdout as string,
  );
  expect(problems).toBe('');
});

it('of the guide set up an integration, build the page and serve the app', async () => {
  const env = ownEnvironment({ SYNCLINE_SECRET_KEY: system.key, PORT: String(await freePort({})) });
  await run(process.execPath, ['--no-warnings', 'setup.ts'], { cwd: project, env });
  await run(bin('esbuild'), ['app.ts', '--bundle', '--format=esm', '--outfile=app.js'], { cwd: project });
  server = spawn(process.execPath, ['--no-warnings', 'server.ts'], { cwd: project, env, stdio: 'inherit' });
  const url = `http://localhost:${env['PORT']}`;
  await waitFor('the app serves', async () => (await fetch(url).catch(() => undefined))?.ok, { deadlineMs: 15_000 });
  page = await chromium.newPage();
  await page.goto(url);
});

const status = (text: RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor();

it('of the guide say what the provider says when the user denies', async () => {
  const popup = page.waitForEvent('popup');
  await page.getByRole('button', { name: 'Connect your CRM' }).click();
  await (await popup).getByRole('button', { name: 'Deny' }).click();
  await status(/access_denied/);
});

it('of the guide connect an account and read with it', async () => {
  const popup = page.waitForEvent('popup');
  await page.getByRole('button', { name: 'Connect your CRM' }).click();
  await (await popup).getByRole('button', { name: 'Allow' }).click();
  await status(/^Connected: [^,]+, [^,]+, [^,]+$/);
});

it('of the guide connect another account in the connect page', async () => {
  await page.reload();
  await page.getByRole('button', { name: 'See what can be connected' }).click();
  const popup = page.waitForEvent('popup');
  await page.frameLocator('#connect-ui').getByRole('button', { name: 'Connect', exact: true }).click();
  await (await popup).getByRole('button', { name: 'Allow' }).click();
  await status(/^Connected: /);
  expect((await system.api.ok<{ connections: unknown[] }>('GET', '/connections')).connections).toHaveLength(3);
});

// The examples of docs/sdk.md, docs/from-nango.md and the SDK packages' READMEs, as they stand there: compiled, run against an
// instance, tested. The published command line's is in published-cli.test.ts.
import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shellBlock } from '../house/page-blocks.ts';
import { runCli } from './deploy.ts';
import { ownEnvironment } from './instance-process.ts';
import { joinSystem, type SharedSystem } from './join-system.ts';
import { createIntegration, importConnection, waitForRun } from './syncs.ts';
import { createFolder } from './system.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const { path: project, remove } = createFolder();
const secret = `whsec_${Buffer.from('a secret of 24 bytes....').toString('base64')}`;

let system: SharedSystem;

beforeAll(async () => {
  system = await joinSystem('sdk-pages');
  await playDemo();
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  write('package.json', '{"type":"module"}');
  write('tsconfig.json', JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['**/*.ts'] }));
  write('vitest.config.ts', `export default { cacheDir: '.vite', test: { include: ['**/*.test.ts'] } };\n`);
  writePage('docs/sdk.md', 'guide.ts');
  writePage('docs/from-nango.md', 'from-nango.ts');
  for (const name of ['functions', 'node', 'testing']) writePage(`sdk/${name}/README.md`, `${name}.ts`);
});

afterAll(async () => {
  await system?.end();
  remove();
});

/** What the pages suppose: as `npm start` leaves it. */
async function playDemo(): Promise<void> {
  const place = { integration: 'simulator', connection: 'demo', sync: 'contacts' };
  await createIntegration(system.api, place.integration);
  const demo = join(root, 'templates', 'demo');
  const { code, output } = await runCli(
    ['deploy', 'dev', '--dir', demo, '--auto-confirm', '--no-typecheck'],
    system.settings,
  );
  expect(code, output).toBe(0);
  await importConnection(system.api, { ...place, simulator: system.simulator });
  await waitForRun(system.api, place, 1);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), text);
}

/** A block with a file's name is that file; the others of a page are one script, since later ones use what earlier ones made. */
function writePage(page: string, script: string): void {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/http:\/\/(localhost|127\.0\.0\.1):3003/g, system.url);
  const blocks = [...text.matchAll(/^```(?:ts|json)(?: (\S+))?\n([\s\S]*?)^```$/gm)];
  expect(blocks.length, page).toBeGreaterThan(0);
  for (const [, file, code] of blocks) if (file !== undefined) write(file, code!);
  const unnamed = blocks.filter(([, file]) => file === undefined).map(([, , code]) => code);
  if (unnamed.length > 0) write(script, unnamed.join('\n'));
}

async function runScript(file: string): Promise<string> {
  const env = ownEnvironment({ SYNCLINE_SECRET_KEY: system.key });
  return (await run(process.execPath, ['--no-warnings', file], { cwd: project, env })).stdout;
}

it('compile', async () => {
  const problems = await run(bin('tsc'), ['-p', project]).then(
    () => '',
    ({ stdout }) => stdout as string,
  );
  expect(problems).toBe('');
});

it('of the package’s page do what they say', async () => {
  const lines = (await runScript('node.ts')).trim().split('\n');
  expect(lines.length).toBeGreaterThan(1_000);
  expect(lines[0]).toMatch(/^c\d+ ADDED$/);
  expect(lines.at(-1)).toMatch(/^404 not_found /);
});

it('of the guide do what they say', async () => {
  const output = await runScript('guide.ts');
  expect(output).toMatch(/^\d{4} contacts$/m);
  expect(output).toMatch(/^\S+@\S+$/m);
  expect(output).toContain('200 Ada\n');
  expect(output).toContain('action_script_runtime_error invalid_email\n');
  expect(output).toMatch(/^contacts 1 succeeded/m);
});

it('of those who come from Nango: an integration, their client, a project of nango.yaml', async () => {
  const env = {
    ...ownEnvironment({ URL: system.url, KEY: system.key, SYNCLINE_SECRET_KEY_DEV: system.key }),
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  };
  const block = (text: string) => shellBlock('docs/from-nango.md', text).replace('curl ', 'curl -fsS ');
  const created = await run('bash', ['-euc', block('/integrations')], { env });
  expect(JSON.parse(created.stdout)).toMatchObject({ data: { unique_key: 'github', provider: 'github' } });
  const keys = block('/connect/public-key')
    .replace(/"<the UUID[^"]*"/, `"${randomUUID()}"`)
    .replace('<the HMAC', 'the HMAC');
  const switched = await run('bash', ['-euc', keys], { env });
  expect(JSON.parse(switched.stdout)).toMatchObject({ data: { enabled: true } });
  const listed = await run(process.execPath, ['--no-warnings', 'from-nango.ts'], { cwd: project, env });
  expect(listed.stdout).toContain("unique_key: 'github'");

  const action = join('yaml', 'crm', 'actions', 'ping.ts');
  write('yaml/nango.yaml', 'integrations:\n  crm:\n    actions:\n      ping:\n        endpoint: POST /ping\n');
  write(action, 'export default async function runAction(): Promise<void> {}\n');
  await run('bash', ['-euc', block('syncline migrate')], { cwd: join(project, 'yaml'), env });
  expect(readFileSync(join(project, action), 'utf8')).toContain('createAction({');
});

it('of webhooks take what is signed, once, and refuse the rest', async () => {
  process.env['SYNCLINE_WEBHOOK_SECRET'] = secret;
  const { receive } = (await import(join(project, 'webhooks.ts'))) as { receive(request: Request): Promise<Response> };
  const body = '{"type":"sync"}';
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = `v1,${createHmac('sha256', key).update(`evt_1.${timestamp}.${body}`).digest('base64')}`;
  const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  const send = (text: string) => receive(new Request('http://app/webhooks', { method: 'POST', body: text, headers }));
  expect([(await send(body)).status, (await send(body)).status, (await send(`${body} `)).status]).toEqual([
    204, 204, 401,
  ]);
});

it('of tests pass', async () => {
  const env = ownEnvironment({ NO_COLOR: '1' });
  const { stdout } = await run(bin('vitest'), ['run', '--root', project], { cwd: project, env });
  expect(stdout).toMatch(/Tests +3 passed/);
});

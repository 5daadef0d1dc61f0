// The catalogue on the command line; credentials are tried against the simulator.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/index.ts';
import { main } from '../main.ts';

const simulator = createSimulator();
const cwd = mkdtempSync(path.join(tmpdir(), 'providers-'));
let connectionConfig: string;

beforeAll(async () => {
  await simulator.listen();
  connectionConfig = JSON.stringify({ base_url: simulator.url });
});

afterAll(async () => {
  await simulator.close();
  rmSync(cwd, { recursive: true });
});

async function syncline(args: string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(['providers', ...args], {
    env,
    cwd,
    stdin: {},
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
  });
  return { code, out: out.join(''), err: err.join('') };
}

it('lists the catalogue by a part of a name', async () => {
  const { code, out } = await syncline(['list', 'simulator']);
  expect(code).toBe(0);
  expect(out).toMatch(/^NAME +API +AUTH +CATEGORIES\nsimulator +Simulator +OAUTH2 +other\n/);
  const { out: json } = await syncline(['list', 'github', '--json']);
  expect(JSON.parse(json).map(({ name }: { name: string }) => name)).toContain('github');
});

it('shows what an entry needs, and what an overlay lacks', async () => {
  expect((await syncline(['show', 'greenhouse-harvest'])).out).toContain('GET /v1/users?per_page=1');
  writeFileSync(path.join(cwd, 'mine.yaml'), 'display_name: Mine\nauth_mode: API_KEY\n');
  const { code, err } = await syncline(['show', 'mine', '--providers', '.'], {});
  expect(code).toBe(0);
  expect(err).toContain("docs: add the provider's page on authentication");
  expect(err).toContain('credentials: auth_mode API_KEY needs it');
});

it('takes a good credential and shows what was sent, without it', async () => {
  const { code, out, err } = await syncline([
    'test',
    'simulator-api-key',
    '--credentials',
    '{"apiKey":"sim-key"}',
    '--connection-config',
    connectionConfig,
  ]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(`GET ${simulator.url}/me\n`);
  expect(out).toContain('x-api-key: [secret]');
  expect(out).toContain('→ 200');
  expect(out).toContain('✔ Simulator (API key) takes this credential.');
  expect(out).not.toContain('sim-key');
});

it('says that a wrong one is refused, with the exit code of a failure', async () => {
  const env = {
    SYNCLINE_CREDENTIALS: '{"username":"sim-user","password":"a-wrong-password"}',
    SYNCLINE_CONNECTION_CONFIG: connectionConfig,
  };
  const { code, out, err } = await syncline(['test', 'simulator-basic'], env);
  expect(code).toBe(1);
  expect(err).toContain('Simulator (Basic) refuses this credential. The answer was 401.');
  expect(out + err).not.toMatch(/wrong-password|sim-user/);
  const { out: json } = await syncline(['test', 'simulator-basic', '--json'], env);
  expect(JSON.parse(json)).toMatchObject({
    error: { code: 'credential_refused' },
    verdict: 'refused',
    attempts: [{ status: 401, headers: { authorization: 'Basic [secret]' } }],
  });
});

it('tries an entry at another base URL, with its own headers', async () => {
  const given = ['--credentials', '{"apiKey":"sim-key"}', '--base-url', simulator.url, '--endpoint', '/me'];
  // Anthropic puts its key where the simulator takes one.
  expect(await syncline(['test', 'anthropic', ...given])).toMatchObject({ code: 0 });
  expect(simulator.requests.list().at(-1)?.headers['anthropic-version']).toBe('2023-06-01');
});

it('takes credentials from a file', async () => {
  writeFileSync(path.join(cwd, 'key.json'), '{"apiKey":"sim-key"}');
  const args = ['test', 'simulator-api-key', '--credentials', '@key.json', '--connection-config', connectionConfig];
  expect(await syncline(args)).toMatchObject({ code: 0 });
});

it.each<[string, string[], string]>([
  ['a provider that is not there', ['test', 'simul'], 'There is: simulator, simulator-api-key'],
  ['a value that is missing', ['test', 'simulator-api-key'], '"apiKey" (API key) is missing.'],
  ['an entry without a call', ['test', 'simulator'], 'Name one: --endpoint /path'],
  ['what is no JSON', ['test', 'simulator-api-key', '--credentials', 'sim-key'], 'this is no JSON'],
  ['a file that is not there', ['test', 'simulator-api-key', '--credentials', '@gone.json'], 'cannot be read'],
  [
    'a value that its field refuses',
    ['test', 'simulator-api-key', '--credentials', '{"apiKey":"k"}', '--connection-config', '{"base_url":"x"}'],
    'connection_config.base_url: Address must match',
  ],
])('says what to do about %s', async (_, args, expected) => {
  const { code, err } = await syncline(args);
  expect(code).toBe(1);
  expect(err).toContain(expected);
  expect(err).not.toContain('sim-key');
});

it('lists every fault of a broken folder', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'broken-'));
  writeFileSync(path.join(dir, 'a.yaml'), 'display_name: A\nauth_mode: WOOD\n');
  const { code, err } = await syncline(['list', '--providers', dir]);
  rmSync(dir, { recursive: true });
  expect(code).toBe(1);
  expect(err).toMatch(/1 problem:\n- .*a\.yaml: auth_mode: /);
});

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { type Instance, instancePath } from './instance-file.ts';
import { createPrint } from './print.ts';
import { startedAtOf } from './process-identity.ts';
import { type Embedded, startEmbedded } from './start-embedded.ts';

const root = mkdtempSync(join(tmpdir(), 'embedded-'));
chmodSync(root, 0o755); // else, as root, the database's files go to /var/lib/syncline
afterAll(() => rmSync(root, { recursive: true, force: true }));
const running: Embedded[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((embedded) => embedded.stop()));
});

// Stand-ins that speak the contract of api/main.ts and simulator/main.ts; the real ones are started by the end-to-end tests.
const script = (name: string, source: string) => {
  const path = join(root, name);
  writeFileSync(path, source);
  return path;
};
const drains = `
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', () => { console.log('drained'); process.exit(0); });
  setInterval(() => {}, 1000);`;
const api = script(
  'api.mjs',
  `import { appendFileSync, existsSync } from 'node:fs';
  const env = process.env;
  const seen = env.SYNCLINE_DATA + '/stub-api.json';
  const environment = (name, key) => ({ name, id: 'id-' + name, secretKey: existsSync(seen) ? null : (key ?? 'made-' + name), webhookSigningKey: 'w' });
  process.send({ type: 'ready', url: 'http://' + env.SYNCLINE_HOST + ':' + env.SYNCLINE_PORT, environments: [environment('dev', env.SYNCLINE_SECRET_KEY_DEV), environment('prod')] });
  appendFileSync(seen, JSON.stringify(env) + '\\n');
  ${drains}`,
);
const simulator = script(
  'simulator.mjs',
  `process.send({ type: 'ready', url: 'http://127.0.0.1:' + process.env.SYNCLINE_SIMULATOR_PORT }); ${drains}`,
);
const worker = script('worker.mjs', `process.send({ type: 'ready' }); ${drains}`);
const wrongKey = script(
  'wrong-key.mjs',
  `process.stderr.write('SYNCLINE_ENCRYPTION_KEY does not open this data.\\n'); process.exitCode = 78;`,
);

const entries = { api, simulator, worker };
const external = { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x', TEMPORAL_ADDRESS: '127.0.0.1:1' };

async function settings(more: Record<string, string> = {}) {
  const dataDir = mkdtempSync(join(root, 'data-'));
  const env = {
    PATH: process.env['PATH'],
    SYNCLINE_HOST: '127.0.0.1',
    SYNCLINE_PORT: String(await freePort()),
    SYNCLINE_DATA: dataDir,
    SYNCLINE_ROLES: 'api',
    ...more,
  };
  const lines: string[] = [];
  return {
    dataDir,
    lines,
    options: { env, entries, print: createPrint({ format: 'json', write: (line: string) => lines.push(line) }) },
  };
}
async function start(options: Parameters<typeof startEmbedded>[0]): Promise<Embedded> {
  const embedded = await startEmbedded(options);
  running.push(embedded);
  return embedded;
}
const read = (dataDir: string) => JSON.parse(readFileSync(instancePath(dataDir), 'utf8')) as Instance;
const apiEnvs = (dataDir: string) =>
  readFileSync(join(dataDir, 'stub-api.json'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);

it('writes instance.json for the owner while it serves, and removes it at a clean stop', async () => {
  const { dataDir, options, lines } = await settings(external);
  const embedded = await start(options);
  expect(statSync(instancePath(dataDir)).mode & 0o777).toBe(0o600);
  const instance = read(dataDir);
  expect(Object.keys(instance)).toEqual([
    'url',
    'dashboardUrl',
    'temporalUiUrl',
    'temporalAddress',
    'databaseUrl',
    'environments',
    'processes',
  ]);
  expect(instance.environments[0]).toEqual({
    name: 'dev',
    id: 'id-dev',
    secretKey: 'made-dev',
    webhookSigningKey: 'w',
  });
  expect(instance.processes).toEqual([
    { name: 'simulator', pid: embedded.childPid('simulator') },
    { name: 'api', pid: embedded.childPid('api') },
  ]);
  expect(lines.join('')).not.toContain('made-dev'); // JSON output ends in a log
  await embedded.stop();
  expect(existsSync(instancePath(dataDir))).toBe(false);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

it('remembers the keys that the API says once, and hands them over at later starts', async () => {
  const { dataDir, options } = await settings(external);
  await (await start(options)).stop();
  const again = await start(options);
  expect(again.instance.environments.map(({ secretKey }) => secretKey)).toEqual(['made-dev', 'made-prod']);
  const [first, second] = apiEnvs(dataDir);
  expect(first?.['SYNCLINE_SECRET_KEY_DEV']).toBeUndefined();
  expect(second?.['SYNCLINE_SECRET_KEY_PROD']).toBe('made-prod');
  expect(second?.['SYNCLINE_ENCRYPTION_KEY']).toBe(first?.['SYNCLINE_ENCRYPTION_KEY']);
  expect(second?.['SYNCLINE_ALLOW_EGRESS']).toBe(new URL(again.simulatorUrl!).host);
  expect(second?.['SYNCLINE_ALLOW_EGRESS']).toBe(first?.['SYNCLINE_ALLOW_EGRESS']);
});

it('writes the new pid of a killed child', async () => {
  const { dataDir, options } = await settings(external);
  const embedded = await start(options);
  const killed = embedded.childPid('api')!;
  process.kill(killed, 'SIGKILL');
  const written = () => read(dataDir).processes.find(({ name }) => name === 'api')?.pid;
  await expect.poll(() => [killed, undefined].includes(written()), { timeout: 5000 }).toBe(false);
  expect(written()).toBe(embedded.childPid('api'));
});

it('passes on in one sentence why a child will never start', async () => {
  const { dataDir, options } = await settings(external);
  const failing = startEmbedded({ ...options, entries: { ...entries, api: wrongKey } });
  await expect(failing).rejects.toThrow('SYNCLINE_ENCRYPTION_KEY does not open this data.');
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

it('says which port is in use before it starts anything', async () => {
  const { options, lines } = await settings(external);
  const server = createServer().listen(Number(options.env.SYNCLINE_PORT), '127.0.0.1');
  await expect(startEmbedded(options)).rejects.toThrow(`Port ${options.env.SYNCLINE_PORT} on 127.0.0.1 is in use`);
  expect(lines).toEqual([]);
  server.close();
});

it('tells a failure after the start without ending the instance', async () => {
  const { options, lines } = await settings(external);
  const embedded = await start({ ...options, afterReady: () => Promise.reject(new Error('no demo today')) });
  expect(embedded.childPid('api')).toBeDefined();
  expect(lines.join('')).toContain('no demo today');
});

it('brings its own Postgres and Temporal and stops them last', async () => {
  const { dataDir, options, lines } = await settings({ SYNCLINE_DEMO: '0' });
  const embedded = await start(options);
  const { databaseUrl, temporalAddress, temporalUiUrl } = embedded.instance;
  const [env] = apiEnvs(dataDir);
  expect(env).toMatchObject({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    SYNCLINE_TEMPORAL_UI_URL: temporalUiUrl,
  });
  await expect
    .poll(() => embedded.instance.processes.map(({ name }) => name).toSorted(), { timeout: 30_000 })
    .toEqual(['api', 'postgres', 'temporal']);
  const pids = embedded.instance.processes.map(({ pid }) => pid);
  const startedAt = performance.now();
  await embedded.stop();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(pids.map(startedAtOf)).toEqual([null, null, null]);
  expect(lines.join('')).not.toMatch(/FATAL|killed by/);
}, 60_000);

it('leaves nothing running when it is killed itself, and starts again on the same data', async () => {
  const { dataDir, options } = await settings({ SYNCLINE_DEMO: '0' });
  const main = script(
    'main.ts',
    `import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'start-embedded.ts'))};
    await startEmbedded({ env: process.env, entries: ${JSON.stringify(entries)} });`,
  );
  const supervisor = spawn(process.execPath, [main], { env: options.env, stdio: 'ignore' });
  await expect.poll(() => existsSync(instancePath(dataDir)), { timeout: 30_000 }).toBe(true);
  const { processes, databaseUrl } = read(dataDir);
  supervisor.kill('SIGKILL');
  await expect
    .poll(() => processes.map(({ pid }) => startedAtOf(pid)), { timeout: 10_000 })
    .toEqual(processes.map(() => null));
  const embedded = await start(options);
  expect(embedded.instance.databaseUrl).toBe(databaseUrl);
}, 90_000);

it('exits 0 on SIGTERM in the middle of a start', async () => {
  const { dataDir, options } = await settings();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts')], { env: options.env, stdio: 'ignore' });
  await expect.poll(() => existsSync(join(dataDir, 'lock')), { timeout: 10_000, interval: 5 }).toBe(true);
  child.kill('SIGTERM');
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
}, 30_000);

it('prints one table for a wrong configuration and exits 1', async () => {
  const env = { PATH: process.env['PATH'], SYNCLINE_PORT: 'http', SYNCLINE_ENCRYPTION_KEY: 'short' };
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'start.ts')], {
    env,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stdout).toMatch(/2 mistakes:\n {2}SYNCLINE_PORT .*\n {2}SYNCLINE_ENCRYPTION_KEY /);
});

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildTemporal } from './build-temporal.ts';
import { cacheFolder } from './cache-folder.ts';
import { downloadTemporal } from './download-temporal.ts';
import { findInstalled } from './find-temporal.ts';
import { freePort } from './free-port.ts';
import { createPrint } from './print.ts';
import { searchAttributes, startTemporal } from './temporal.ts';
import { isRecentEnough } from './temporal-version.ts';

const root = mkdtempSync(join(tmpdir(), 'temporal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = () => mkdtempSync(join(root, 'd'));
const lines: string[] = [];
const print = createPrint({ format: 'json', write: (line) => lines.push(line) });
const installed = await findInstalled({ cacheDir: cacheFolder(root), print });
const hasGo = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'go')));

const program = (folder: string, output: string) => {
  const path = join(folder, 'temporal');
  writeFileSync(path, `#!/bin/sh\necho '${output}'\n`);
  chmodSync(path, 0o755);
  return path;
};

it.each([
  ['temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)', true],
  ['temporal version 0.0.0-DEV (Server 1.29.0, UI 2.50.1)', true],
  ['temporal version 1.0.0 (Server 1.24.2, UI 2.28.0)', false],
  ['temporal version 3.0.0 (Server 2.1.0, UI 3.0.0)', true],
  ['something else', false],
])('judges "%s"', (version, recent) => {
  expect(isRecentEnough(version)).toBe(recent);
});

it('takes the first on the PATH that is recent enough', async () => {
  const [broken, old, good] = [newFolder(), newFolder(), newFolder()];
  writeFileSync(join(broken, 'temporal'), 'not a program');
  chmodSync(join(broken, 'temporal'), 0o755);
  program(old, 'temporal version 0.9 (Server 1.20.0)');
  const path = program(good, 'temporal version 1.8.2 (Server 1.31.2)');
  const found = await findInstalled({ cacheDir: newFolder(), print, path: [broken, old, good].join(':') });
  expect(found).toEqual({ path, version: 'temporal version 1.8.2 (Server 1.31.2)' });
  expect(lines.join('')).toContain('is too old');
});

it.runIf(installed)(
  'serves namespace, search attributes and UI; keeps its file; comes back after a SIGKILL',
  async () => {
    const dataDir = newFolder();
    const port = await freePort();
    const uiPort = await freePort({ taken: [port] });
    const codecEndpoint = 'http://127.0.0.1:3003/temporal/codec/token';
    const options = { dataDir, binary: installed!, port, uiPort, namespace: 'syncline', codecEndpoint, print };
    const temporal = await startTemporal(options);
    const read = async (path: string) =>
      (await fetch(`${temporal.uiUrl}${path}`)).json() as Promise<Record<string, unknown>>;
    try {
      const attributes = () => read('/api/v1/namespaces/syncline/search-attributes').catch(() => ({}));
      const expected = Object.fromEntries(searchAttributes.map((name) => [name, 'INDEXED_VALUE_TYPE_KEYWORD']));
      await expect.poll(attributes, { timeout: 10_000 }).toMatchObject({ customAttributes: expected });
      expect(await read('/api/v1/settings')).toMatchObject({ Codec: { Endpoint: codecEndpoint } });
      process.kill(temporal.process.pid!, 'SIGKILL');
      await expect.poll(attributes, { timeout: 10_000 }).toMatchObject({ customAttributes: expected });
    } finally {
      await temporal.stop();
    }
  },
);

it.runIf(installed)('drops the file of another server version', async () => {
  const dataDir = newFolder();
  mkdirSync(join(dataDir, 'temporal'));
  writeFileSync(join(dataDir, 'temporal', 'version'), 'an older one');
  writeFileSync(join(dataDir, 'temporal', 'temporal.db'), 'which this server could not read');
  const port = await freePort();
  const uiPort = await freePort({ taken: [port] });
  const temporal = await startTemporal({ dataDir, binary: installed!, port, uiPort, namespace: 'syncline', print });
  await temporal.stop();
  expect(readFileSync(join(dataDir, 'temporal', 'version'), 'utf8')).toBe(installed!.version);
});

it('gives up a download that cannot be, in seconds and without a trace', async () => {
  const folder = newFolder();
  const target = join(folder, 'temporal-none');
  // No such version exists, so this fails with and without a network.
  expect(await downloadTemporal({ target, print, version: 'v0.0.0-none' })).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
  expect(lines.at(-1)).toMatch(/no download: \S/);
}, 40_000);

it.runIf(hasGo)(
  'builds from Go sources into the cache, once, leaving nothing else',
  async () => {
    const moduleDir = newFolder();
    writeFileSync(join(moduleDir, 'go.mod'), 'module example/hello\n\ngo 1.21\n');
    writeFileSync(join(moduleDir, 'main.go'), 'package main\n\nfunc main() { println("built") }\n');
    const folder = newFolder();
    const target = join(folder, 'temporal-test');
    const options = { target, print, moduleDir, package: '.' };
    const both = await Promise.all([
      buildTemporal(options),
      buildTemporal({ ...options, signal: AbortSignal.timeout(100_000) }),
    ]);
    expect(both).toEqual([true, true]);
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual(['temporal-test']); // the rest goes in the background
    expect(lines.filter((line) => line.includes('sources are here'))).toHaveLength(1);
  },
  120_000,
);

it.runIf(hasGo)(
  'stops a build when asked, with its compilers',
  async () => {
    const folder = newFolder();
    const stop = AbortSignal.timeout(300);
    const startedAt = performance.now();
    expect(await buildTemporal({ target: join(folder, 'temporal-test'), print, signal: stop })).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual([]);
  },
  30_000,
);

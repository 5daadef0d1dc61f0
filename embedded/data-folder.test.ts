import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { openDataFolder } from './data-folder.ts';
import { takeLock } from './lock-file.ts';
import { startedAtOf } from './process-identity.ts';

const root = mkdtempSync(join(tmpdir(), 'data-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(root, 'd')), '.syncline');
});

it('is for one start at a time', () => {
  const data = openDataFolder(path);
  expect(() => openDataFolder(path)).toThrow(`Process ${process.pid} already runs on ${path}`);
  data.release();
  openDataFolder(path).release();
});

it('is free again when its process was killed', () => {
  const { pid } = spawnSync('true');
  openDataFolder(path).release();
  writeFileSync(join(path, 'lock'), JSON.stringify({ pid, startedAt: '1' }));
  openDataFolder(path).release();
});

it('is free again when a later process got the pid of the killed one', () => {
  openDataFolder(path).release();
  writeFileSync(join(path, 'lock'), JSON.stringify({ pid: process.ppid, startedAt: `${startedAtOf(process.ppid)}0` }));
  openDataFolder(path).release();
  expect(readdirSync(path)).toEqual([]);
});

it('is given to one of many that find a stale lock at once', () => {
  const lock = `${path}.lock`;
  writeFileSync(lock, 'garbage');
  const script = `
    import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'lock-file.ts'))};
    const lock = takeLock(${JSON.stringify(lock)});
    console.log('heldBy' in lock ? 'held' : 'taken');
    setTimeout(() => {}, 1500);`;
  const entry = `${path}.ts`;
  writeFileSync(entry, script);
  const shell = `"${process.execPath}" "${entry}" &\n`.repeat(4);
  const { stdout } = spawnSync('sh', ['-c', `${shell}wait`], { encoding: 'utf8' });
  expect(stdout.trim().split('\n').toSorted()).toEqual(['held', 'held', 'held', 'taken']);
});

it('makes an encryption key once, for the owner only', () => {
  const data = openDataFolder(path);
  const key = data.encryptionKey();
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect(data.encryptionKey()).toBe(key);
  expect(statSync(join(path, 'encryption.key')).mode & 0o777).toBe(0o600);
  data.release();
});

it('does not make a new key for data that an old one encrypted', () => {
  const first = openDataFolder(path);
  first.encryptionKey();
  writeFileSync(join(path, 'postgres.json'), '{}');
  first.release();
  rmSync(join(path, 'encryption.key'));
  const data = openDataFolder(path);
  expect(() => data.encryptionKey()).toThrow('encryption.key is gone');
  data.release();
});

it('keeps ports and keys', () => {
  const data = openDataFolder(path);
  data.savePorts({ postgres: 20_001 });
  data.saveSecretKeys({ dev: 'k' });
  data.release();
  const again = openDataFolder(path);
  expect([again.readPorts(), again.readSecretKeys()]).toEqual([{ postgres: 20_001 }, { dev: 'k' }]);
  expect(statSync(join(path, 'keys.json')).mode & 0o777).toBe(0o600);
  again.release();
});

it('leaves no lock behind that it did not take', () => {
  const lock = takeLock(`${path}.lock`);
  if ('heldBy' in lock) throw new Error('held');
  writeFileSync(`${path}.lock`, JSON.stringify({ pid: 1, startedAt: null }));
  lock.release();
  expect(JSON.parse(readFileSync(`${path}.lock`, 'utf8')).pid).toBe(1);
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { readEnv } from './read-env.ts';
import { resolveTarget } from './resolve-target.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'target-'));
});

function writeInstance(url: string) {
  const environments = [{ name: 'dev', secretKey: 'own-dev', id: 1 }];
  writeFileSync(path.join(data, 'instance.json'), JSON.stringify({ url, environments }));
}

const resolve = (env: Record<string, string>, environment?: string) =>
  resolveTarget({ env, dataFolders: [data], ...(environment !== undefined && { environment }) });

it('prefers our names to the peer’s, and the environment’s own key to the general one', () => {
  const env = {
    NANGO_HOSTPORT: 'https://peer.example',
    SYNCLINE_HOSTPORT: 'https://ours.example/',
    SYNCLINE_SECRET_KEY: 'general',
    NANGO_SECRET_KEY_PROD: 'peer-prod',
    SYNCLINE_SECRET_KEY_DEV: 'ours-dev',
  };
  expect(resolve(env)).toEqual({ url: 'https://ours.example', environment: 'dev', secretKey: 'ours-dev' });
  expect(resolve(env, 'prod').secretKey).toBe('peer-prod');
  expect(resolve(env, 'staging').secretKey).toBe('general');
});

it('takes url and key of the instance that runs on this machine when nothing is set', () => {
  writeInstance('http://127.0.0.1:4123');
  expect(resolve({})).toEqual({ url: 'http://127.0.0.1:4123', environment: 'dev', secretKey: 'own-dev' });
  expect(resolve({ SYNCLINE_HOSTPORT: 'localhost:4123' }).secretKey).toBe('own-dev');
});

it('never gives the instance’s key to another server', () => {
  writeInstance('http://127.0.0.1:4123');
  expect(() => resolve({ SYNCLINE_HOSTPORT: 'https://elsewhere.example' })).toThrow(/No key/);
  expect(() => resolve({ SYNCLINE_HOSTPORT: 'http://127.0.0.1:4124' })).toThrow(/No key/);
});

it('says which variable to set, or which environments there are', () => {
  expect(() => resolve({}, 'prod')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('SYNCLINE_SECRET_KEY_PROD') }),
  );
  writeInstance('http://127.0.0.1:4123');
  expect(() => resolve({}, 'prod')).toThrow(expect.objectContaining({ hint: 'The running instance has: dev.' }));
});

it('reads the project’s .env under the process’s environment', () => {
  writeFileSync(path.join(data, '.env'), 'A=file\nB="file b"\n# C=no\n');
  expect(readEnv(data, { A: 'process' })).toEqual({ A: 'process', B: 'file b' });
});

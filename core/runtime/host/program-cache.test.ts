import { chmodSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepProgram, readProgram, statesOf } from './program-cache.ts';

let home: string;
let source: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'program-cache-'));
  vi.stubEnv('TMPDIR', home);
  source = join(home, 'source.ts');
  writeFileSync(source, 'one');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const keep = () => keepProgram('here', { inputs: statesOf([source]), main: 'main', realm: 'realm' });

it('gives back what was kept under a name, as long as its sources are the same', () => {
  expect(readProgram('here')).toBeUndefined();
  keep();
  expect(readProgram('here')).toMatchObject({ main: 'main', realm: 'realm' });
  expect(readProgram('elsewhere')).toBeUndefined();
  utimesSync(source, 1, 1);
  expect(readProgram('here')).toBeUndefined();
  keep();
  rmSync(source);
  expect(readProgram('here')).toBeUndefined();
});

it('trusts no folder that somebody else can write to, and puts nothing there', () => {
  keep();
  const [folder] = readdirSync(home).filter((name) => name.startsWith('syncline-guest-'));
  chmodSync(join(home, folder!), 0o777);
  expect(readProgram('here')).toBeUndefined();
  rmSync(join(home, folder!), { recursive: true });
  const victim = mkdtempSync(join(home, 'victim-'));
  chmodSync(victim, 0o755);
  keep();
  expect(readdirSync(victim)).toEqual([]);
});

// A recording into the project: `<integration>/tests/<name>.test.json`, and a test of it where there is none.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Fixture } from '@syncline/testing';
import type { CompiledFunction } from '../compile/compile-functions.ts';
import { renderActionTest, renderSyncTest } from '../generate/render-test.ts';

/** @returns what was written, relative to the project */
export function writeRecording(dir: string, { entry, definition }: CompiledFunction, fixture: Fixture): string[] {
  const { providerConfigKey, name } = entry;
  const folder = `${providerConfigKey}/tests`;
  const recording = `${folder}/${name}.test.json`;
  mkdirSync(path.join(dir, folder), { recursive: true });
  writeFileSync(path.join(dir, recording), `${JSON.stringify(fixture, null, 2)}\n`);

  const test = `${folder}/${name}.test.ts`;
  if (existsSync(path.join(dir, test))) return [recording]; // it is the author's by now
  const module = path.posix.relative(folder, entry.path.replace(/\.ts$/, '.js'));
  const tested = { integration: providerConfigKey, name, module };
  if (definition.type === 'sync')
    writeFileSync(path.join(dir, test), renderSyncTest({ ...tested, models: definition.models }));
  else if (definition.type === 'action') writeFileSync(path.join(dir, test), renderActionTest(tested));
  else return [recording];
  return [recording, test];
}

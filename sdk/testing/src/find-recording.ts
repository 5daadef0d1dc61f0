// Which recording belongs to a test: beside the running test file, else by the function's name, else of the older form.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJsonRecording } from './json-recording.ts';
import { legacyRecording } from './legacy-recording.ts';
import type { Recording } from './recording.ts';

export interface Place {
  /** Folder of the test: `<integration>/tests`. */
  dirname: string;
  /** The function's. */
  name: string;
}

/** @throws Error that lists where it looked */
export function findRecording({ dirname: folder, name }: Place, testFile = runningTestFile()): Recording {
  const beside = testFile?.replace(/\.[cm]?[jt]sx?$/, '.json');
  const files = [...(beside === undefined ? [] : [beside]), join(folder, `${name}.test.json`)];
  const file = files.find((candidate) => existsSync(candidate));
  if (file !== undefined) return readJsonRecording(file);
  const legacy = join(dirname(folder), 'mocks');
  if (existsSync(legacy)) return legacyRecording(legacy, name);
  throw new Error(`There is no recording for '${name}': neither ${[...new Set(files), legacy].join(' nor ')}.`);
}

/** From the stack, since every test runner has one. */
function runningTestFile(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const file = /(?:file:\/\/)?[^\s()]*\.(?:test|spec)\.[cm]?[jt]sx?(?=[:?])/.exec(stack)?.[0];
  return file?.startsWith('file://') ? fileURLToPath(file) : file;
}

// A recording in one file, `<name>.test.json`.
import { readFileSync } from 'node:fs';
import type { Fixture, Recording } from './recording.ts';

/** @throws Error naming the file when it is not JSON */
export function readJsonRecording(file: string): Recording {
  try {
    return jsonRecording(JSON.parse(readFileSync(file, 'utf8')) as Fixture, file);
  } catch (cause) {
    throw new Error(`${file} is not a recording: ${(cause as Error).message}`, { cause });
  }
}

export function jsonRecording(fixture: Fixture, where = 'the given recording'): Recording {
  const { api = {}, nango = {} } = fixture;
  const byPath = (method: string) => api[method as keyof typeof api] ?? {};
  return {
    where,
    input: () => fixture.input,
    output: () => fixture.output,
    expected: (call, model) => nango[call]?.[model],
    value: (member) => (Object.hasOwn(nango, member) ? nango[member] : undefined),
    paths: (method) => Object.keys(byPath(method)),
    entries: (method, path) => (Object.hasOwn(byPath(method), path) ? [byPath(method)[path]!].flat() : []),
  };
}

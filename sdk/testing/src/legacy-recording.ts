// A recording of the older form: a folder `mocks/` beside `tests/`, with a file for each answer.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, Recording } from './recording.ts';
import type { Undeclared } from './undeclared.ts';

/** @param folder `<integration>/mocks` */
export function legacyRecording(folder: string, name: string): Recording {
  const read = (...parts: string[]) => readIfThere(join(folder, ...parts));
  const known = new Map<string, Entry[]>(); // an entry is the same object each time: who was served is noted by it
  const entriesOf = (method: string, path: string): Entry[] => {
    const place = join(folder, 'nango', method, 'proxy', ...path.split('/'));
    const entries = known.get(place) ?? entriesIn(place, name);
    known.set(place, entries);
    return entries;
  };
  return {
    where: folder,
    input: () => read(name, 'input.json'),
    output: () => read(name, 'output.json'),
    expected: (call, model) => read(name, model, `${call}.json`),
    value: (member) => read('nango', `${member}.json`),
    paths: (method) => [...pathsBelow(join(folder, 'nango', method, 'proxy'), name)],
    entries: entriesOf,
  };
}

/** `<endpoint>/<name>.json` is the answer itself, to any parameters; `<endpoint>/<name>/<hash>.json` is one of several. */
function entriesIn(folder: string, name: string): Entry[] {
  const whole = readIfThere(join(folder, `${name}.json`));
  const hashed = jsonFiles(join(folder, name)).map((file) => ({
    ...toEntry(readIfThere(join(folder, name, file))),
    hash: file.replace(/\.json$/, ''),
  }));
  return whole === undefined ? hashed : [...hashed, toEntry(whole)];
}

const envelope = new Set([
  'method',
  'endpoint',
  'requestIdentityHash',
  'requestIdentity',
  'response',
  'status',
  'headers',
]);

/** Some files hold the body alone, others the body with status and headers. */
function toEntry(content: Undeclared): Entry {
  const isEnvelope =
    typeof content === 'object' &&
    content !== null &&
    'response' in content &&
    Object.keys(content).every((key) => envelope.has(key));
  if (!isEnvelope) return { response: content };
  const { response, status, headers } = content as Entry;
  return { response, ...(status !== undefined && { status }), ...(headers && { headers }) };
}

function* pathsBelow(folder: string, name: string, path = ''): Generator<string> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (
      entry.name === `${name}.json` ||
      (entry.isDirectory() && entry.name === name && jsonFiles(join(folder, name)).length > 0)
    )
      yield path === '' ? '/' : path;
    if (entry.isDirectory()) yield* pathsBelow(join(folder, entry.name), name, `${path}/${entry.name}`);
  }
}

const jsonFiles = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];

function readIfThere(file: string): Undeclared {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

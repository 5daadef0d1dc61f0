// Keeps the guest's program on this machine, so that a server that starts again loads no bundler: 20 MB and 0.1 s of each process.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CachedProgram {
  /** Files that it was made of, with what tells that they are still the same. */
  inputs: Record<string, string>;
  main: string;
  realm: string;
}

/** @returns undefined where nothing that we find could be trusted */
function folder(): string | undefined {
  const uid = process.getuid?.();
  const path = join(tmpdir(), `syncline-guest-${uid}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode, uid: owner } = lstatSync(path);
  return owner === uid && (mode & 0o170077) === 0o040000 ? path : undefined; // a folder, ours, and nobody else's to write to
}

const pathIn = (home: string, name: string) =>
  join(home, `${createHash('sha256').update(`${name} ${process.version}`).digest('hex').slice(0, 16)}.json`);

/** What changes when the file does. */
const stateOf = (file: string): string => {
  const { mtimeMs, size } = statSync(file);
  return `${mtimeMs} ${size}`;
};

export const statesOf = (files: readonly string[]): Record<string, string> =>
  Object.fromEntries(files.map((file) => [file, stateOf(file)]));

/** @param name of the program: where its sources are */
export function readProgram(name: string): CachedProgram | undefined {
  try {
    const home = folder();
    if (home === undefined) return undefined;
    const cached = JSON.parse(readFileSync(pathIn(home, name), 'utf8')) as CachedProgram;
    const isSame = Object.entries(cached.inputs).every(([file, state]) => stateOf(file) === state);
    return isSame ? cached : undefined;
  } catch {
    return undefined; // none yet, or a source is gone
  }
}

export function keepProgram(name: string, program: CachedProgram): void {
  try {
    const home = folder();
    if (home === undefined) return;
    const draft = join(home, `${process.pid}.draft`);
    writeFileSync(draft, JSON.stringify(program), { mode: 0o600 });
    renameSync(draft, pathIn(home, name)); // whole or not at all, whoever else is building it
  } catch {
    // a full or read-only disk: it is built again the next time
  }
}

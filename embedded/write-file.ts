// Files that are whole or not there at all; private unless said otherwise.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export function writeAtomically(path: string, text: string, mode = 0o600): void {
  const next = `${path}.${process.pid}.new`;
  try {
    const file = openSync(next, 'w', mode);
    try {
      writeFileSync(file, text);
      fsyncSync(file); // before the rename, or a power cut leaves an empty file under the final name
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** Undefined when there is no such file. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

// Tells a process from a later one with the same pid, and whose it is: by start time and command line.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ps = (pid: number, column: string): string | null => {
  try {
    return (
      execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || null
    );
  } catch {
    return null;
  }
};

const proc = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** Null when no such process lives (a zombie does not). */
export function startedAtOf(pid: number): string | null {
  if (process.platform !== 'linux') return ps(pid, 'lstart');
  const stat = proc(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name in brackets may hold spaces; field 3 comes first
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** With spaces between the arguments; null when no such process lives. */
export function commandLineOf(pid: number): string | null {
  if (process.platform !== 'linux') return ps(pid, 'command');
  return proc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() || null;
}

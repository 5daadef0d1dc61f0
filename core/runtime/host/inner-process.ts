// Behind the fences Node is not our child but our child's: a shell waits for it outside of its namespace.
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Of `node`, as this process sees it. */
export function innerPid({ pid }: ChildProcess): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim() || pid);
  } catch {
    return pid!;
  }
}

const patienceMs = 1_000;

/**
 * From the inside: then the shell sees it end and ends too. The other way round nobody would wait for it where we are the
 * container's first process, and it would stay as a zombie.
 */
export function killInside(child: ChildProcess, pid: number | undefined): void {
  if (!signalInside(child, pid, 'SIGKILL')) return;
  const late = setTimeout(() => child.kill('SIGKILL'), patienceMs).unref();
  child.once('exit', () => clearTimeout(late));
}

/** @returns whether there is an inside: else the child itself got it */
export function signalInside(child: ChildProcess, pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined || parentOf(pid) !== child.pid) {
    child.kill(signal);
    return false;
  }
  process.kill(pid, signal);
  return true;
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]); // field 4 of proc(5); 3 is the state
  } catch {
    return undefined; // gone, or no Linux
  }
}

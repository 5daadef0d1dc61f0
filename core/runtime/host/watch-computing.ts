// Finds a script that computes without end: its process uses CPU and says nothing. Linux tells a process's CPU time; elsewhere
// the time limits of a run are all there is.
import { readFileSync } from 'node:fs';

/** A tick is 10 ms on every Linux that Node runs on (proc(5), `utime`). */
const tickMs = 10;
const everyMs = 5_000;

export interface ComputingWatch {
  /** It said something: its time begins anew. */
  heard(): void;
  stop(): void;
}

export function watchComputing(pid: number, limitMs: number, onLimit: () => void): ComputingWatch {
  let from: number | undefined;
  let silent = false;
  const timer = setInterval(
    () => {
      const used = readCpuMs(pid);
      if (!silent) from = used;
      silent = true;
      if (used !== undefined && from !== undefined && used - from > limitMs) onLimit();
    },
    Math.min(everyMs, limitMs / 2),
  );
  timer.unref();
  return {
    heard() {
      silent = false;
    },
    stop: () => clearInterval(timer),
  };
}

function readCpuMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on, the state
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return undefined;
  }
}

// The highest sum of resident memory while something runs, and who held it. What counts is `bytes`: pages that processes share
// (Postgres' buffers, Node's own code) once. The plain sum counts them once per process and is printed beside it.
import { type Root, readProportionalBytes, readUsage } from './process-usage.ts';
import { megabytes } from './report.ts';

export interface Peak {
  rssBytes: number;
  /** Shared pages counted once; where the kernel does not tell, the plain sum. */
  bytes: number;
  text: string;
}

export function readMemory(roots: readonly Root[]): Peak {
  const { rssBytes, byName } = readUsage(roots);
  const pids = Object.values(byName).flatMap((one) => one.pids);
  const text = Object.entries(byName)
    .sort(([, a], [, b]) => b.rssBytes - a.rssBytes)
    .map(([name, one]) => `${name} ${megabytes(one.rssBytes)}${one.processes > 1 ? ` (${one.processes})` : ''}`)
    .join(', ');
  return { rssBytes, bytes: readProportionalBytes(pids) ?? rssBytes, text };
}

/** Call the result to end it. */
export function watchMemory(roots: () => readonly Root[], everyMs = 500): () => Peak {
  let peak = readMemory(roots());
  const timer = setInterval(() => {
    const now = readUsage(roots());
    if (now.rssBytes > peak.rssBytes) peak = readMemory(roots());
  }, everyMs);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

// A file that says "process N works here". It outlives a SIGKILL, so a lock whose process is gone counts for nothing.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { startedAtOf } from './process-identity.ts';

export interface Lock {
  release(): void;
}

interface Holder {
  pid: number;
  startedAt: string | null;
}

/** The lock, or the pid of the living process that has it. */
export function takeLock(path: string): Lock | { heldBy: number } {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startedAt: startedAtOf(process.pid) } satisfies Holder), {
    mode: 0o600,
  });
  try {
    for (;;) {
      try {
        linkSync(mine, path); // fails when it exists, and is never seen half-written
        return { release: () => releaseLock(path) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder && lives(holder)) return { heldBy: holder.pid };
      discard(path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A container's pids begin at 1 each time: the same pid is the same process only with the same start time. */
const lives = ({ pid, startedAt }: Holder) => {
  const found = startedAtOf(pid);
  return found !== null && (startedAt === null || found === startedAt);
};

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined; // gone in between, or garbage: nobody's
  }
}

/** By rename, so that of two processes that found it stale one moves it and the other looks again. */
function discard(path: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const moved = readHolder(aside);
  if (moved && lives(moved))
    renameSync(aside, path); // somebody took it between our look and our rename
  else rmSync(aside, { force: true });
}

function releaseLock(path: string): void {
  if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
}

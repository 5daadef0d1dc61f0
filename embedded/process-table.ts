// Which of our processes live, told to everybody who keeps a note of it: instance.json, the reaper, the next start.
import { type NamedProcess, saveProcesses } from './left-overs.ts';
import { startReaper } from './reaper.ts';

export interface ProcessTable {
  /** For `supervise`: pass as `onPid`. */
  follow(name: string, stopSignal?: NodeJS.Signals): (pid: number | undefined) => void;
  list(): NamedProcess[];
  pid(name: string): number | undefined;
  close(): void;
}

export function createProcessTable(dataDir: string, onChange: () => void): ProcessTable {
  const reaper = startReaper();
  const rows = new Map<string, { pid: number; signal: NodeJS.Signals }>();
  const list = () => [...rows].map(([name, { pid }]) => ({ name, pid }));
  return {
    follow:
      (name, signal = 'SIGTERM') =>
      (pid) => {
        if (pid === undefined) rows.delete(name);
        else rows.set(name, { pid, signal });
        reaper.watch([...rows.values()]);
        try {
          saveProcesses(dataDir, list());
          if (pid !== undefined) onChange();
        } catch {
          // A full disk must not end the supervisor: the notes are stale until the next change, the processes run.
        }
      },
    list,
    pid: (name) => rows.get(name)?.pid,
    close: () => reaper.dismiss(),
  };
}

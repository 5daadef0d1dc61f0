// After a SIGKILL of supervisor and reaper, processes of the last start may still run: they would hold ports and files.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Print } from './print.ts';
import { commandLineOf } from './process-identity.ts';
import { readIfThere, writeAtomically } from './write-file.ts';

export interface NamedProcess {
  name: string;
  pid: number;
}

const fileIn = (dataDir: string) => join(dataDir, 'processes.json');

export const saveProcesses = (dataDir: string, processes: readonly NamedProcess[]) =>
  writeAtomically(fileIn(dataDir), JSON.stringify(processes));

/** Only with the data folder locked. Every child's command line names the folder, so that no stranger's pid is hit. */
export async function endLeftOvers(dataDir: string, print: Print): Promise<void> {
  const saved = JSON.parse(readIfThere(fileIn(dataDir)) ?? '[]') as NamedProcess[];
  const alive = () => saved.filter(({ pid }) => commandLineOf(pid)?.includes(dataDir));
  const found = alive();
  if (found.length === 0) return;
  print.step('supervisor', `ending what the last start left: ${found.map(({ name }) => name).join(', ')}`);
  // The database is last, by its own start (postgres.ts): the others still write to it while they drain.
  const others = () => alive().filter(({ name }) => name !== 'postgres');
  for (const { pid } of others()) kill(pid, 'SIGTERM');
  for (let waitedMs = 0; others().length > 0 && waitedMs < 8000; waitedMs += 50) await sleep(50);
  for (const { pid } of others()) kill(pid, 'SIGKILL');
  while (others().length > 0) await sleep(20);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has just ended
  }
}

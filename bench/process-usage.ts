// Memory and CPU of process trees as the kernel counts them, from /proc: Linux only.
import { readdirSync, readFileSync } from 'node:fs';

/** A clock tick is 10 ms on every Linux that Node runs on. */
const tickMs = 10;
const pageBytes = 4096;

export interface Root {
  name: string;
  pid: number;
}

interface Entry {
  pid: number;
  parent: number;
  /** With that of its children that have ended. */
  cpuMs: number;
  rssBytes: number;
}

export interface Usage {
  processes: number;
  rssBytes: number;
  cpuMs: number;
  /** By root; a descendant counts to the nearest root above it. */
  byName: Record<string, { rssBytes: number; cpuMs: number; processes: number; pids: number[] }>;
}

/** All processes under the roots, each counted once. */
export function readUsage(roots: readonly Root[]): Usage {
  const table = new Map(listProcesses().map((entry) => [entry.pid, entry]));
  const names = new Map(roots.map(({ pid, name }) => [pid, name]));
  const usage: Usage = { processes: 0, rssBytes: 0, cpuMs: 0, byName: {} };
  for (const entry of table.values()) {
    const name = ownerOf(entry, table, names);
    if (name === undefined) continue;
    usage.byName[name] ??= { rssBytes: 0, cpuMs: 0, processes: 0, pids: [] };
    const sum = usage.byName[name];
    for (const total of [usage, sum]) {
      total.processes++;
      total.rssBytes += entry.rssBytes;
      total.cpuMs += entry.cpuMs;
    }
    sum.pids.push(entry.pid);
  }
  return usage;
}

function ownerOf(entry: Entry, table: Map<number, Entry>, names: Map<number, string>): string | undefined {
  for (let at: Entry | undefined = entry; at !== undefined; at = table.get(at.parent)) {
    const name = names.get(at.pid);
    if (name !== undefined) return name;
  }
  return undefined;
}

function listProcesses(): Entry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

function readProcess(pid: number): Entry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 of proc(5), state
    const field = (number: number) => Number(fields[number - 3]);
    const cpuMs = (field(14) + field(15) + field(16) + field(17)) * tickMs;
    return { pid, parent: field(4), cpuMs, rssBytes: field(24) * pageBytes };
  } catch {
    return undefined; // it ended meanwhile
  }
}

/** Shared pages divided among those that share them; undefined where the kernel does not let us look. */
export function readProportionalBytes(pids: readonly number[]): number | undefined {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'ESRCH')
        return undefined;
    }
  }
  return kilobytes * 1024;
}

/** CPU time that everything on this machine has used since it booted. */
export function readMachineCpuMs(): { busyMs: number; stolenMs: number } {
  const line = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { busyMs: (user + nice + system + irq + softirq) * tickMs, stolenMs: stolen * tickMs };
}

/** @throws Error when there is no such process */
export function parentOf(pid: number): number {
  const entry = readProcess(pid);
  if (!entry) throw new Error(`There is no process ${pid}.`);
  return entry.parent;
}

/** What was used between two readings by whom, a unit: `api 9.01, postgres 2.77`. */
export function describeCpu(from: Usage, to: Usage, units: number): string {
  return Object.entries(to.byName)
    .map(([name, { cpuMs }]) => ({ name, each: (cpuMs - (from.byName[name]?.cpuMs ?? 0)) / units }))
    .filter(({ each }) => each > (to.cpuMs - from.cpuMs) / units / 50)
    .sort((a, b) => b.each - a.each)
    .map(({ name, each }) => `${name} ${Number(each.toPrecision(3))}`)
    .join(', ');
}

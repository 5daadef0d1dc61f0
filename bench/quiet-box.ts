// Who else uses this machine: a figure taken beside a busy neighbour is marked, not believed.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Root, readMachineCpuMs, readUsage } from './process-usage.ts';

const quietPercent = 12;
const noisyPercent = 30;

/** CPU of processes that are not ours, percent of one core, stolen time included. */
export interface Others {
  percent: number;
  noisy: boolean;
}

/** Starts a watch; call the result for what the others used since. */
export function watchOthers(ours: () => readonly Root[]): () => Others {
  const read = () => {
    const { busyMs, stolenMs } = readMachineCpuMs();
    return { othersMs: busyMs + stolenMs - readUsage(ours()).cpuMs, at: performance.now() };
  };
  const from = read();
  return () => {
    const to = read();
    const percent = Math.max(0, Math.round(((to.othersMs - from.othersMs) / (to.at - from.at)) * 100));
    return { percent, noisy: percent > noisyPercent };
  };
}

/** Waits until the others leave us alone; gives up loudly and lets the run be marked. */
export async function awaitQuiet(ours: () => readonly Root[], patienceMs = 30_000): Promise<Others> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const read = watchOthers(ours);
    await sleep(1_000);
    const others = read();
    if (others.percent < quietPercent) return others;
    if (performance.now() < until) continue;
    console.log(`Others use ${others.percent} % of a core and did not stop: figures of this run are marked noisy.`);
    return { ...others, noisy: true };
  }
}

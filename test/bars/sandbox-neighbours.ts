// Runs of other environments while the bar attacks: each answers a question of its own, over and over.
import { setTimeout as sleep } from 'node:timers/promises';
import { createGuestPool } from '../../core/runtime/host/guest-pool.ts';
import { runScript } from '../../core/runtime/host/test-guests.ts';

const everyMs = 300;

export interface Neighbours {
  stop(): Promise<{ runs: number; wrong: string[]; restarts: number }>;
}

export async function startNeighbours(count: number): Promise<Neighbours> {
  const pool = createGuestPool({ size: count, heapMb: 128 });
  const wrong: string[] = [];
  let runs = 0;
  let restarts = 0;
  let stopped = false;
  const died = () => restarts++;
  process.on('uncaughtExceptionMonitor', died);

  async function live(number: number): Promise<void> {
    while (!stopped) {
      const guest = await pool.acquire(`neighbour ${number}`, 60_000);
      const run = ++runs;
      const outcome = await runScript(
        guest,
        `const { data } = await nango.get({ endpoint: '/ask' }); return [data, ${run}, z.string().parse('y'), typeof left];`,
        {
          handle: async () => ({
            result: { status: 200, statusText: '', headers: {}, url: 'x' },
            body: Buffer.from(`"${number}"`),
          }),
        },
      );
      pool.release(guest, { reuse: true });
      const answer = JSON.stringify(outcome);
      const right = JSON.stringify({ output: [String(number), run, 'y', 'undefined'] });
      if (answer !== right) wrong.push(`neighbour ${number} answered ${answer}`);
      await sleep(everyMs);
    }
  }

  const living = Array.from({ length: count }, (_, number) => live(number));
  return {
    async stop() {
      stopped = true;
      await Promise.all(living);
      pool.close();
      process.off('uncaughtExceptionMonitor', died);
      return { runs, wrong, restarts };
    },
  };
}

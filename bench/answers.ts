// `GET /connections/{id}` (its token) and `POST /connect/sessions`, by 16 connections; beside each `GET /health`, the floor.
import type postgres from 'postgres';
import type { Load } from './load-main.ts';
import type { Options } from './options.ts';
import { describe, measure } from './proxy.ts';
import { awaitQuiet, watchOthers } from './quiet-box.ts';
import { createSeries, type Figure, figure, median, round } from './report.ts';
import { type System, startSystem } from './system.ts';

const connections = 16;

interface Asked {
  name: string;
  minRate: number;
  maxP99Ms?: number;
  /** After the warm-up nothing may be written for an answer. */
  readsOnly?: true;
  prepare(system: System): Promise<Omit<Load, 'connections' | 'warmMs' | 'measureMs' | 'origin'>>;
}

export const benchTokens = (options: Options): Promise<Figure[]> =>
  benchAnswers(options, {
    name: 'tokens',
    minRate: 3_000,
    maxP99Ms: 25,
    readsOnly: true,
    async prepare(system) {
      await system.connect('read');
      const path = `/connections/read?provider_config_key=${system.integration}`;
      return { path, method: 'GET', headers: { authorization: `Bearer ${system.key}` } };
    },
  });

export const benchSessions = (options: Options): Promise<Figure[]> =>
  benchAnswers(options, {
    name: 'sessions',
    minRate: 500,
    async prepare({ key, integration }) {
      const body = {
        end_user: { id: 'user-1', email: 'user@example.com', display_name: 'User' },
        allowed_integrations: [integration],
      };
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      return { path: '/connect/sessions', method: 'POST', headers, body: JSON.stringify(body) };
    },
  });

async function benchAnswers(options: Options, { name, minRate, maxP99Ms, readsOnly, prepare }: Asked) {
  const system = await startSystem(options);
  try {
    const asked = { origin: system.url, connections, ...(await prepare(system)) };
    const floor = { origin: system.url, connections, path: '/health', headers: {} };
    let { noisy } = await awaitQuiet(system.started);
    const series = createSeries();
    for (let number = 1; number <= options.rounds; number++) {
      const readOthers = watchOthers(system.started);
      const from = await countWrites(system.sql);
      const ours = await measure(system, options, asked);
      const writes = (await countWrites(system.sql)) - from;
      const health = await measure(system, { ...options, seconds: 3 }, floor);
      const others = readOthers();
      noisy ||= others.noisy;
      series.add('rate', ours.perSecond);
      series.add('p50', ours.p50Ms);
      series.add('p99', ours.p99Ms);
      series.add('cpu', ours.cpuMsPerRequest);
      series.add('writes', writes / ours.requests);
      series.add('floor', health.perSecond);
      series.add('ofFloor', ours.cpuMsPerRequest / health.cpuMsPerRequest);
      console.log(
        `round ${number}, others: ${others.percent} %\n  ${describe(ours)}; ${round(writes / ours.requests)} rows written a request\n  floor ${describe(health)}`,
      );
    }
    return [
      figure(`${name}.${connections}`, series.of('rate'), {
        unit: 'req/s',
        noisy,
        target: { min: minRate },
        p50Ms: round(median(series.of('p50'))),
        cpuMsPerRequest: round(median(series.of('cpu'))),
      }),
      figure(`${name}.p99.${connections}`, series.of('p99'), {
        unit: 'ms',
        noisy,
        ...(maxP99Ms && { target: { max: maxP99Ms } }),
      }),
      // The batched marks (last used, last fetched) are a few rows in a round.
      figure(`${name}.writes`, series.of('writes'), {
        unit: 'rows/req',
        noisy,
        ...(readsOnly && { target: { max: 0.01 } }),
      }),
      figure(`${name}.cpuOfFloor`, series.of('ofFloor'), { unit: 'x', noisy }),
      figure('reference.health', series.of('floor'), { unit: 'req/s', noisy }),
    ];
  } finally {
    await system.stop();
  }
}

/** Rows written in this database so far; backends report once a second. */
async function countWrites(sql: ReturnType<typeof postgres>): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const [row] = await sql<{ n: string }[]>`
    SELECT tup_inserted + tup_updated + tup_deleted AS n FROM pg_stat_database WHERE datname = current_database()`;
  return Number(row!.n);
}

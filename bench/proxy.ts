// `GET /proxy/echo` by 64, 16 and 1 connections, beside the upstream itself and the least a proxy can do.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runChild, startChild } from './child-process.ts';
import type { Load, LoadResult } from './load-main.ts';
import type { Options } from './options.ts';
import { describeCpu, readUsage } from './process-usage.ts';
import { awaitQuiet, watchOthers } from './quiet-box.ts';
import { type Figure, figure, median, round } from './report.ts';
import { type System, startSystem } from './system.ts';

export const connectionCounts = [64, 16, 1];
const sides = ['ours', 'minimal', 'direct'] as const;
type Side = (typeof sides)[number];

interface Measured extends LoadResult {
  /** Of the instance, Postgres included. */
  cpuMsPerRequest: number;
  /** The largest shares of it. */
  cpuText: string;
}

export async function benchProxy(options: Options): Promise<Figure[]> {
  const system = await startSystem(options);
  const minimal = await startChild(join(import.meta.dirname, 'minimal-proxy-main.ts'), [system.upstreamUrl]);
  system.add({ name: 'minimal', pid: minimal.pid });
  try {
    await system.connect('proxied');
    const headers = {
      authorization: `Bearer ${system.key}`,
      'provider-config-key': system.integration,
      'connection-id': 'proxied',
    };
    const targets: Record<Side, Pick<Load, 'origin' | 'path' | 'headers'>> = {
      ours: { origin: system.url, path: '/proxy/echo', headers },
      minimal: { origin: minimal.ready as string, path: '/echo', headers: {} },
      direct: { origin: system.upstreamUrl, path: '/echo', headers: {} },
    };
    let { noisy } = await awaitQuiet(system.started);
    const all = new Map<string, Measured[]>();
    for (let number = 1; number <= options.rounds; number++) {
      for (const connections of connectionCounts) {
        const readOthers = watchOthers(system.started);
        const parts: string[] = [];
        for (const side of sides) {
          const result = await measure(system, options, { ...targets[side], connections });
          all.set(`${side}.${connections}`, [...(all.get(`${side}.${connections}`) ?? []), result]);
          parts.push(`${side} ${describe(result)}`);
        }
        const others = readOthers();
        noisy ||= others.noisy;
        console.log(
          `round ${number}, ${connections} connections, others: ${others.percent} %\n  ${parts.join('\n  ')}`,
        );
      }
    }
    const transactionsPerCall = await countTransactions(system, options, targets.ours);
    return figuresOf(all, { noisy, transactionsPerCall });
  } finally {
    await minimal.stop();
    await system.stop();
  }
}

type Target = Pick<Load, 'origin' | 'path' | 'headers'> & Partial<Load> & { connections: number };

/** @throws Error for anything but 2xx: a figure with failures in it is none */
export async function measure(system: System, { seconds }: Options, target: Target): Promise<Measured> {
  const load: Load = { method: 'GET', warmMs: Math.min(5_000, seconds * 500), measureMs: seconds * 1_000, ...target };
  const from = readUsage(system.ours());
  const at = performance.now();
  const result = await runChild<LoadResult>(join(import.meta.dirname, 'load-main.ts'), load, (pid) =>
    system.add({ name: 'load', pid }),
  );
  const to = readUsage(system.ours());
  if (result.not2xx + result.errors > 0 || result.requests === 0) {
    throw new Error(
      `${load.origin}${load.path}: ${result.not2xx} not 2xx, ${result.errors} errors of ${result.requests}. ${result.why}`,
    );
  }
  const requests = (result.perSecond * (performance.now() - at)) / 1000; // with those of the warm-up
  const cpuText = describeCpu(from, to, requests);
  return { ...result, cpuMsPerRequest: (to.cpuMs - from.cpuMs) / requests, cpuText };
}

export const describe = ({
  perSecond,
  p50Ms,
  p99Ms,
  cpuMsPerRequest,
  cpuText,
  cpuPercent,
  not2xx,
  errors,
}: Measured): string =>
  `${round(perSecond)}/s, p50 ${round(p50Ms)} ms, p99 ${round(p99Ms)} ms, ${not2xx} not 2xx, ${errors} errors, ` +
  `${round(cpuMsPerRequest)} ms of our CPU a request (${cpuText}), load generator ${cpuPercent} % of a core`;

/** pg_stat_statements is not there by default: transactions of the whole database, less those of an idle one. */
async function countTransactions(
  system: System,
  options: Options,
  target: Omit<Target, 'connections'>,
): Promise<number> {
  const read = async () => {
    await sleep(1_500); // backends report once a second
    const [row] = await system.sql<{ n: string }[]>`
      SELECT xact_commit + xact_rollback AS n FROM pg_stat_database WHERE datname = current_database()`;
    return { n: Number(row!.n), at: performance.now() };
  };
  const first = await read();
  await sleep(5_000);
  const quiet = await read();
  const result = await measure(system, options, { ...target, connections: 16, warmMs: 1 });
  const last = await read();
  const idlePerMs = (quiet.n - first.n) / (quiet.at - first.at);
  const perCall = (last.n - quiet.n - idlePerMs * (last.at - quiet.at)) / result.requests;
  console.log(`${round(perCall)} transactions a call; idle ${round(idlePerMs * 1000)} a second`);
  return Math.max(0, round(perCall));
}

function figuresOf(all: Map<string, Measured[]>, more: { noisy: boolean; transactionsPerCall: number }): Figure[] {
  const rounds = (side: Side, connections: number, read: (one: Measured) => number) =>
    all.get(`${side}.${connections}`)!.map(read);
  const { noisy, transactionsPerCall } = more;
  const rate = (one: Measured) => one.perSecond;
  const figures = connectionCounts.flatMap((connections) =>
    sides.map((side) =>
      figure(`proxy.${side}.${connections}`, rounds(side, connections, rate), {
        unit: 'req/s',
        noisy,
        p50Ms: round(median(rounds(side, connections, (one) => one.p50Ms))),
        p99Ms: round(median(rounds(side, connections, (one) => one.p99Ms))),
        ...(side === 'ours' && {
          cpuMsPerRequest: round(median(rounds(side, connections, (one) => one.cpuMsPerRequest))),
        }),
        ...(side === 'ours' && connections === 64 && { target: { min: 8_000 } }),
      }),
    ),
  );
  const ratio = rounds('ours', 64, rate).map((value, at) => value / rounds('minimal', 64, rate)[at]!);
  const added = (connections: number, read: (one: Measured) => number) =>
    rounds('ours', connections, read).map((value, at) => value - rounds('direct', connections, read)[at]!);
  return [
    ...figures,
    figure('proxy.ofMinimal', ratio, { unit: 'x', target: { min: 0.4 }, noisy }),
    figure(
      'proxy.added.1',
      added(1, (one) => one.p50Ms),
      { unit: 'ms p50', target: { max: 3 }, noisy },
    ),
    figure(
      'proxy.added.16',
      added(16, (one) => one.p50Ms),
      { unit: 'ms p50', target: { max: 3 }, noisy },
    ),
    figure(
      'proxy.added99.16',
      added(16, (one) => one.p99Ms),
      { unit: 'ms p99', target: { max: 25 }, noisy },
    ),
    figure('proxy.transactions', [transactionsPerCall], { unit: 'a call', target: { max: 0.01 }, noisy }),
  ];
}

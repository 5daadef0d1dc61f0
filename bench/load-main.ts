// The load generator, a process of its own: keep-alive connections, each with one request at a time, timed to the microsecond.
import { Client } from 'undici';

export interface Load {
  origin: string;
  path: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  connections: number;
  warmMs: number;
  measureMs: number;
}

export interface LoadResult {
  perSecond: number;
  requests: number;
  p50Ms: number;
  p99Ms: number;
  not2xx: number;
  errors: number;
  /** What went wrong first. */
  why: string | null;
  /** Of this process; at 100 the figure is its limit. */
  cpuPercent: number;
}

const load = JSON.parse(process.argv[2]!) as Load;
const latenciesMs: number[] = [];
let not2xx = 0;
let errors = 0;
let why: string | null = null;
let measuring = false;
let ended = false;

/** By `dispatch`: undici's promise API costs as much again as the request. */
function send(client: Client): Promise<void> {
  const from = performance.now();
  return new Promise((resolve) => {
    let status = 0;
    let shown = '';
    const done = (error?: Error) => {
      if (measuring) {
        latenciesMs.push(performance.now() - from);
        if (error) errors++;
        else if (status < 200 || status > 299) not2xx++;
        if (error || status < 200 || status > 299) why ??= error?.message ?? `${status} ${shown}`;
      }
      resolve();
    };
    client.dispatch(
      { method: load.method, path: load.path, headers: load.headers, body: load.body ?? null },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          if (status > 299) shown += chunk.toString().slice(0, 300);
        },
        onResponseEnd: () => done(),
        onResponseError: (_controller, error) => done(error),
      },
    );
  });
}

async function lane(): Promise<void> {
  const client = new Client(load.origin, { pipelining: 1, keepAliveTimeout: 60_000 });
  while (!ended) await send(client);
  await client.close();
}

const lanes = Array.from({ length: load.connections }, lane);
await new Promise((resolve) => setTimeout(resolve, load.warmMs));
measuring = true;
const from = performance.now();
const cpuFrom = process.cpuUsage();
await new Promise((resolve) => setTimeout(resolve, load.measureMs));
measuring = false;
ended = true;
const ms = performance.now() - from;
const { user, system } = process.cpuUsage(cpuFrom);
await Promise.all(lanes);

const sorted = Float64Array.from(latenciesMs).sort();
const at = (quantile: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
const result: LoadResult = {
  perSecond: (sorted.length / ms) * 1000,
  requests: sorted.length,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  not2xx,
  errors,
  why,
  cpuPercent: Math.round((user + system) / 10 / ms),
};
process.send!(result, () => process.disconnect());

// A caller in a process of its own: asks as often as it is told for as long as it is told, and says how it went.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { makeApiKey } from '../../core/environments/api-key-format.ts';

export interface Calls {
  origin: string;
  forMs: number;
  /** One request after the other with this key; absent: `perSecond` with keys that nobody has, whatever the answers say. */
  key?: string;
  perSecond?: number;
  /** So many addresses of this machine send them. */
  addresses?: number;
}

export interface Called {
  /** By status. */
  answers: Record<string, number>;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

const path = '/api-keys';
const clientsPerAddress = 16;
const unknownKeys = 5_000;

let latenciesMs: number[] = [];
let answers: Record<string, number> = {};

/** By `dispatch`: the promise API costs as much again as the request. */
function send(client: Client, key: string): Promise<void> {
  const fromMs = performance.now();
  return new Promise((resolve) => {
    let status = 0;
    const done = () => {
      latenciesMs.push(performance.now() - fromMs);
      answers[status] = (answers[status] ?? 0) + 1;
      resolve();
    };
    client.dispatch(
      { method: 'GET', path, headers: { authorization: `Bearer ${key}` } },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData() {},
        onResponseEnd: done,
        onResponseError: done,
      },
    );
  });
}

const open = (origin: string, localAddress?: string) =>
  new Client(origin, { keepAliveTimeout: 60_000, ...(localAddress && { localAddress }) });

async function askInTurn({ origin, forMs, key }: Calls & { key: string }): Promise<void> {
  const client = clients.at(0) ?? open(origin);
  clients = [client];
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) await send(client, key);
}

let clients: Client[] = [];
let keys: string[] = [];

async function flood({ origin, forMs, perSecond = 0, addresses = 1 }: Calls): Promise<void> {
  keys = keys.length > 0 ? keys : Array.from({ length: unknownKeys }, () => makeApiKey('dev'));
  const wanted = Math.max(clientsPerAddress, addresses);
  while (clients.length < wanted) {
    const at = clients.length % addresses;
    clients.push(open(origin, addresses === 1 ? undefined : `127.7.${at >> 8}.${(at & 255) + 1}`));
  }
  const fromMs = performance.now();
  const sent: Promise<void>[] = [];
  const total = Math.round((perSecond * forMs) / 1000);
  while (sent.length < total) {
    const dueNow = Math.min(total, Math.ceil(((performance.now() - fromMs) * perSecond) / 1000));
    while (sent.length < dueNow)
      sent.push(send(clients[sent.length % clients.length]!, keys[sent.length % keys.length]!));
    await sleep(1);
  }
  await Promise.all(sent);
}

process.on('message', async (calls: Calls) => {
  latenciesMs = [];
  answers = {};
  const fromMs = performance.now();
  if (calls.key !== undefined) await askInTurn({ ...calls, key: calls.key });
  else await flood(calls);
  const tookMs = performance.now() - fromMs;
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (quantile: number) => sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN;
  const called: Called = { answers, perSecond: (sorted.length * 1000) / tookMs, p50Ms: at(0.5), p99Ms: at(0.99) };
  process.send!(called);
});

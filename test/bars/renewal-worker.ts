// A process that renews what it is told to, by our engine or by the broken one, and dies where it is told to.

import { flushCompileCache } from 'node:module';
import { createCredentials } from '../../core/credentials/credentials.ts';
import { type Client, type EnvironmentDb, openDatabase } from '../../core/db/database.ts';
import { createEgress, type Egress, type EgressRequest } from '../../core/egress/egress.ts';
import { installGlobalFetch } from '../../core/egress/global-fetch.ts';
import { renewByLease } from './lease-renewal.ts';
import type { Place } from './renewal-world.ts';

/** Points of the protocol: before it is sent; answered, not journalled; journalled, not parsed; not committed; committed. */
export type FailPoint = 'before-send' | 'before-journal' | 'before-parse' | 'before-commit' | 'after-commit';

export interface Task {
  connectionIds: string[];
  engine: 'ours' | 'lease';
  /** The provider's entry is one whose token requests are made by arctic, through `fetch`; otherwise we make them ourselves. */
  byLibrary?: boolean;
  /** Dies by its own SIGKILL when as many renewals as it has connections are there; the parser stops the first of them. */
  dieAt?: FailPoint;
}

export interface Told {
  renewed: number;
  /** Codes of the errors, each once. */
  errors: string[];
}

const place = JSON.parse(process.argv[2]!) as Place;
const database = await openDatabase({
  url: place.databaseUrl,
  encryptionKeys: [Buffer.from(place.encryptionKey, 'base64')],
  pools: { main: 2, pages: 1, platform: 1, locks: place.atOnce },
});
const egress = createEgress({ allow: [place.allow], env: 'development' });
const environment = await database.forEnvironment(place.environmentId);
installGlobalFetch(egress);
const guardedFetch = globalThis.fetch;

async function run({ connectionIds, engine, byLibrary = false, dieAt }: Task): Promise<Told> {
  const reach = createReach(dieAt, connectionIds.length);
  globalThis.fetch = async (...asked) => {
    await reach('before-send');
    return await guardedFetch(...asked);
  };
  const entry = { ...place.entry, ...(byLibrary && { token_request_auth_method: 'basic' as const }) };
  const catalogue = { get: () => entry };
  const credentials = createCredentials({
    database,
    catalogue,
    egress: dyingEgress(egress, reach),
    read(exchange, answers) {
      if (dieAt === 'before-parse') process.kill(process.pid, 'SIGKILL');
      return exchange.read(answers);
    },
  });
  const mine = dyingEnvironment(environment, reach);
  const renew = (connectionId: string) =>
    engine === 'ours'
      ? credentials.fresh(mine, { connectionId })
      : renewByLease({ environment, egress, connectionId, reach });
  const outcomes = await Promise.allSettled(connectionIds.map(renew));
  const errors = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason?.code ?? one.reason)] : []));
  return { renewed: outcomes.length - errors.length, errors: [...new Set(errors)] };
}

export type Reach = (point: FailPoint) => Promise<void>;

/** Those that come first wait for the others, so that one kill meets them all. */
function createReach(dieAt: FailPoint | undefined, count: number): Reach {
  let there = 0;
  return async function reach(point) {
    if (point !== dieAt) return;
    there += 1;
    if (there === count) process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  };
}

const dyingEgress = (real: Egress, reach: Reach): Egress => ({
  ...real,
  dispatcher: real.dispatcher,
  async request(request: EgressRequest) {
    await reach('before-send');
    return await real.request(request);
  },
});

/** Around the statement that journals an answer, and the transaction that holds the row's lock. */
function dyingEnvironment(real: EnvironmentDb, reach: Reach): EnvironmentDb {
  const pages = async (...statement: Parameters<Client>) => {
    await reach('before-journal');
    return await real.pages(...statement);
  };
  const begin = async (work: (sql: unknown) => Promise<unknown>) => {
    const result = await real.locks.begin(async (sql) => {
      const inner = await work(sql);
      await reach('before-commit');
      return inner;
    });
    await reach('after-commit');
    return result;
  };
  return { ...real, pages: pages as unknown as Client, locks: { begin } as unknown as Client };
}

process.on('message', (task: Task) => void run(task).then((told) => process.send!(told)));
process.on('disconnect', () => process.exit());
flushCompileCache(); // whoever is killed leaves nothing else for the next one
process.send!('ready');

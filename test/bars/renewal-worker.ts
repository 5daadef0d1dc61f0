// A process that renews what it is told to, by our engine or by the broken one, and dies where it is told to.

import { Readable } from 'node:stream';
import { createCredentials } from '../../core/credentials/credentials.ts';
import { type Client, type EnvironmentDb, openDatabase } from '../../core/db/database.ts';
import { createEgress, type Egress, type EgressRequest } from '../../core/egress/egress.ts';
import { readBody } from '../../core/egress/read-body.ts';
import { renewByLease } from './lease-renewal.ts';
import type { Place } from './renewal-world.ts';

/** Points of the protocol: before it is sent; answered, not journalled; journalled, not parsed; not committed; committed. */
export type FailPoint = 'before-send' | 'before-journal' | 'before-parse' | 'before-commit' | 'after-commit';

export interface Task {
  connectionIds: string[];
  engine: 'ours' | 'lease';
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
const catalogue = { get: () => place.entry };

async function run({ connectionIds, engine, dieAt }: Task): Promise<Told> {
  const reach = createReach(dieAt, connectionIds.length);
  const credentials = createCredentials({
    database,
    catalogue,
    egress: dyingEgress(egress, reach),
    read(exchange, answers) {
      if (dieAt === 'before-parse') process.kill(process.pid, 'SIGKILL');
      return exchange.read(answers);
    },
  });
  const mine = dyingLocks(environment, reach);
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
    const answer = await real.request(request);
    const bytes = await readBody(answer, { decompress: false });
    await reach('before-journal');
    return { ...answer, body: Readable.from([bytes]) };
  },
});

/** Around the transaction that holds the row's lock. */
function dyingLocks(real: EnvironmentDb, reach: Reach): EnvironmentDb {
  const begin = async (work: (sql: unknown) => Promise<unknown>) => {
    const result = await real.locks.begin(async (sql) => {
      const inner = await work(sql);
      await reach('before-commit');
      return inner;
    });
    await reach('after-commit');
    return result;
  };
  return { ...real, locks: { begin } as unknown as Client };
}

process.on('message', (task: Task) => void run(task).then((told) => process.send!(told)));
process.on('disconnect', () => process.exit());
process.send!('ready');

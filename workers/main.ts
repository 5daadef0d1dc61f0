// The worker process: reads its configuration, wires the parts, polls Temporal's queues, drains on SIGTERM.

import { fatalExitCode, readConfig } from '../core/config/read-config.ts';
import { createCredentials } from '../core/credentials/credentials.ts';
import { openDatabase } from '../core/db/database.ts';
import { migrate } from '../core/db/migrate.ts';
import { createEgress } from '../core/egress/egress.ts';
import { installGlobalFetch } from '../core/egress/global-fetch.ts';
import { fromUnknown } from '../core/errors.ts';
import { openCatalogue } from '../core/integrations/catalogue.ts';
import { createLogWriter } from '../core/logs/create-log-writer.ts';
import { missingFences } from '../core/runtime/host/fences.ts';
import { createGuestPool } from '../core/runtime/host/guest-pool.ts';
import { createReadVersion } from '../core/runtime/read-version.ts';
import { createTemporalClient } from '../core/temporal/client.ts';
import { createDataConverter } from '../core/temporal/data-converter.ts';
import { createPoke } from '../core/temporal/poke.ts';
import * as names from '../workflows/names.ts';
import { createActivities } from './activities.ts';
import { pruneLoop } from './prune-loop.ts';
import { reconcileLoop } from './reconcile-loop.ts';
import { runWorkers } from './run-workers.ts';

const config = readConfig();

/** One sentence for people; the supervisor shows it and does not start us again. An outage is waited out. */
async function whenReachable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      const error = fromUnknown(cause);
      if (error.code !== 'unavailable') {
        process.stderr.write(`${cause instanceof Error ? cause.message : error.message} ${error.hint ?? ''}\n`);
        process.exit(fatalExitCode);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

await whenReachable(() => migrate(config.databaseUrl));
const database = await whenReachable(() =>
  openDatabase({
    url: config.databaseUrl,
    encryptionKeys: config.encryptionKeys,
    applicationName: 'syncline-worker',
    pools: { main: 6, pages: Math.max(4, config.guests + 2), platform: 2, locks: 12 }, // locks: sweeps hold eight
  }),
);
const catalogue = openCatalogue(config);
const egress = createEgress({ allow: config.allowEgress, to: config.egressTo, env: config.env });
installGlobalFetch(egress);
const logs = createLogWriter({ database });
const guests = createGuestPool({
  size: config.guests,
  heapMb: config.guestHeapMb,
  onFence({ level }) {
    const missing = missingFences[level];
    if (missing !== undefined) process.stderr.write(`${missing}\n`);
  },
});
const dataConverter = createDataConverter(database.keys.purpose('temporal-codec'));
const client = createTemporalClient(config.temporal, dataConverter);
const poke = createPoke({ client, database, names });
const credentials = createCredentials({ database, catalogue, egress });
const activities = createActivities({
  database,
  catalogue,
  egress,
  logs,
  guests,
  readVersion: createReadVersion(),
  credentials,
  poke,
  publicUrl: config.publicUrl,
  limits: config.limits,
});
const reconciler = reconcileLoop({ database, client, poke });
const pruner = pruneLoop(database);

const shutdown = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => shutdown.abort());
process.once('disconnect', () => shutdown.abort()); // the supervisor is gone

await runWorkers({
  config,
  dataConverter,
  activities,
  signal: shutdown.signal,
  onReady() {
    guests.warm(); // says at once what the sandbox is like here
    process.send?.({ type: 'ready' });
  },
});
reconciler.stop();
pruner.stop();
guests.close();
await logs.flush();
await Promise.allSettled([client.connection.close(), egress.close(), database.close()]);
process.exit(0);

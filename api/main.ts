// The API process: reads its configuration, wires the parts, listens, drains on SIGTERM.
import { fatalExitCode, readConfig } from '../core/config/read-config.ts';
import { createValidateConnection } from '../core/connections/validate-connection.ts';
import { createCredentials } from '../core/credentials/credentials.ts';
import { openDatabase } from '../core/db/database.ts';
import { migrate } from '../core/db/migrate.ts';
import { createEgress } from '../core/egress/egress.ts';
import { installGlobalFetch } from '../core/egress/global-fetch.ts';
import { ensureEnvironments } from '../core/environments/ensure-environments.ts';
import { SynclineError } from '../core/errors.ts';
import { openCatalogue } from '../core/integrations/catalogue.ts';
import { createLogWriter } from '../core/logs/create-log-writer.ts';
import { createRunAction } from '../core/runtime/create-run-action.ts';
import { createGuestPool } from '../core/runtime/host/guest-pool.ts';
import { createReadVersion } from '../core/runtime/read-version.ts';
import { runOnEvent } from '../core/runtime/run-on-event.ts';
import { createTemporalClient, namespaceId } from '../core/temporal/client.ts';
import { createCodec } from '../core/temporal/codec.ts';
import { createDataConverter } from '../core/temporal/data-converter.ts';
import { createPoke } from '../core/temporal/poke.ts';
import * as names from '../workflows/names.ts';
import { createApp } from './app.ts';
import { createFlowSockets } from './flow-sockets.ts';
import { createPromptPoke } from './prompt-poke.ts';
import { createReadiness } from './readiness.ts';
import { createReport } from './report-error.ts';
import { serve } from './serve.ts';
import { createCodecEndpoint } from './temporal-codec.ts';

/** The supervisor kills after 8 s. */
const drainMs = 5_000;
const closeMs = 2_000;
/** Synchronous actions wait for their providers most of the time, and their callers wait for them. */
const actionsPerGuest = 4;

/** What no restart mends. */
const fatalCodes = new Set([
  'invalid_config',
  'wrong_encryption_key',
  'missing_encryption_key',
  'schema_too_new',
  'cannot_listen',
]);

async function start(): Promise<void> {
  const config = readConfig();
  const catalogue = openCatalogue(config);
  await migrate(config.databaseUrl);
  const database = await openDatabase({
    url: config.databaseUrl,
    encryptionKeys: config.encryptionKeys,
    applicationName: 'syncline-api',
  });
  const environments = await ensureEnvironments(database, { seedKeys: config.secretKeys, embedded: config.embedded });
  const egress = createEgress({ allow: config.allowEgress, to: config.egressTo, env: config.env });
  installGlobalFetch(egress);
  const secrets = environments.flatMap(({ secretKey, webhookSigningKey }) => [
    webhookSigningKey,
    ...(secretKey ? [secretKey] : []),
  ]);
  const logs = createLogWriter({ database, secrets });
  const guests = createGuestPool({
    size: actionsPerGuest * config.guests,
    keep: config.guests,
    heapMb: config.guestHeapMb,
  });
  const temporalKey = database.keys.purpose('temporal-codec');
  const client = createTemporalClient(config.temporal, createDataConverter(temporalKey));
  const poke = createPromptPoke(createPoke({ client, database, names }));
  const credentials = createCredentials({ database, catalogue, egress });
  const parts = {
    database,
    catalogue,
    egress,
    credentials,
    logs,
    guests,
    readVersion: createReadVersion(),
    poke,
    publicUrl: config.publicUrl,
    limits: config.limits,
  };
  const runAction = createRunAction(parts);
  const app = createApp(
    {
      config,
      database,
      catalogue,
      egress,
      credentials,
      logs,
      poke,
      runAction,
      validateConnection: createValidateConnection((execution) => runOnEvent({ ...parts, runAction }, execution)),
      readiness: createReadiness(database, { askTemporal: () => namespaceId(client), fence: () => guests.fence }),
    },
    {
      codec: createCodecEndpoint(createCodec(temporalKey), config.encryptionKeys[0]!),
      report: createReport({ log: config.log, write: (line) => process.stderr.write(line) }),
    },
  );
  const sockets = createFlowSockets(database);
  const serving = await serve({
    fetch: (request, env) => app.fetch(request, env as object),
    host: config.host,
    port: config.port,
    upgrade: sockets.accept,
  });

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await sockets.close();
    await serving.drain(drainMs);
    guests.close();
    setTimeout(() => process.exit(0), closeMs).unref();
    await logs.flush();
    await Promise.allSettled([client.connection.close(), egress.close(), database.close()]);
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  process.once('disconnect', () => void stop()); // the supervisor is gone
  guests.warm();
  process.send?.({ type: 'ready', url: serving.url, environments });
}

try {
  await start();
} catch (cause) {
  // A catalogue mistake is the operator's, and its message lists every file.
  const fatal =
    cause instanceof SynclineError ? fatalCodes.has(cause.code) : (cause as Error).name === 'CatalogueError';
  process.stderr.write(
    `${cause instanceof SynclineError || fatal ? (cause as Error).message : (cause as Error).stack}\n`,
  );
  process.exit(fatal ? fatalExitCode : 1);
}

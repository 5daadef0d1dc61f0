// The one-command default: database, workflow engine, API, worker and simulator, started in parallel and watched over.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Env, parseSupervisorConfig, type SupervisorConfig } from '../core/config/parse-config.ts';
import { cacheFolder } from './cache-folder.ts';
import * as children from './children.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { awaitTemporal } from './find-temporal.ts';
import { type Instance, instancePath, removeInstance, writeInstance } from './instance-file.ts';
import { endLeftOvers } from './left-overs.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { choosePorts, requireOwnPort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { createPrint, type Print } from './print.ts';
import { createProcessTable, type ProcessTable } from './process-table.ts';
import { createSecretKeys } from './secret-keys.ts';
import { StartError, sentenceFor } from './start-error.ts';
import { type ProcessSpec, supervise } from './supervise.ts';
import { startTemporal } from './temporal.ts';
import { buildWorkflowBundle } from './workflow-bundle.ts';

/** How long an operator's own Temporal may keep the announcement waiting. */
const temporalPatienceMs = 10_000;

export interface EmbeddedOptions {
  env: Env;
  print?: Print;
  /** Aborting it ends a start in progress. */
  signal?: AbortSignal;
  entries?: Partial<children.Entries>;
  /** Where Temporal and workflow bundles are kept. */
  cacheDir?: string;
  /** Everything serves and instance.json is there; the summary comes after it. Its failure is told, and ends nothing. */
  afterReady?(instance: Instance, more: { simulatorUrl: string | undefined }): Promise<void>;
}

export interface Embedded {
  readonly instance: Instance;
  simulatorUrl: string | undefined;
  childPid(name: string): number | undefined;
  /** Resolves when another start of a child would not help; then `stop` and exit 1. */
  fatal: Promise<StartError>;
  /** Drains; within 10 s. Idempotent. */
  stop(): Promise<void>;
}

/** @throws StartError, or SynclineError `invalid_config`; whatever was started is stopped again. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const config = parseSupervisorConfig(options.env);
  const print = options.print ?? createPrint({ format: config.log });
  const data = openDataFolder(config.dataDir);
  const life = createLifecycle();
  let announce = () => {};
  const table = createProcessTable(data.path, () => announce());
  const stop = () =>
    life.stop(() => {
      table.close();
      removeInstance(data.path);
      data.release();
    });
  const abort = () => life.fail(new StartError('Stopped.'));
  options.signal?.addEventListener('abort', abort);
  if (options.signal?.aborted) abort();
  try {
    const run = { options, config, print, data, life, table };
    const failed = life.failed.then((error) => Promise.reject(error));
    failed.catch(() => {});
    const { read, simulatorUrl } = await Promise.race([life.task(start(run)), failed]);
    announce = () => writeInstance(data.path, read());
    announce();
    const after = Promise.resolve(options.afterReady?.(read(), { simulatorUrl }));
    await Promise.race([after.catch((cause: unknown) => print.warn('demo', sentenceFor(cause))), failed]);
    print.ready(read(), { instance: instancePath(data.path), data: data.path });
    return {
      get instance() {
        return read();
      },
      simulatorUrl,
      childPid: table.pid,
      fatal: life.failed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Run {
  options: EmbeddedOptions;
  config: SupervisorConfig;
  print: Print;
  data: DataFolder;
  life: Lifecycle;
  table: ProcessTable;
}

async function start(run: Run): Promise<{ read(): Instance; simulatorUrl: string | undefined }> {
  const { options, config, print, data, life, table } = run;
  const { env } = options;
  const scripts = { ...children.entries, ...options.entries };
  const cacheDir = options.cacheDir ?? cacheFolder(data.path);
  const compileCache = env['NODE_COMPILE_CACHE'] ?? join(cacheDir, 'node');
  const { signal } = life;
  await endLeftOvers(data.path, print);
  if (config.roles.includes('api')) await requireOwnPort(config);
  const keyGiven = config.encryptionKeys.length > 0;
  const encryptionKey = keyGiven ? env['SYNCLINE_ENCRYPTION_KEY']! : data.encryptionKey();
  const activeKey = config.encryptionKeys[0] ?? Buffer.from(encryptionKey.split(',')[0]!, 'base64');
  const ports = await choosePorts(config, data);
  signal.throwIfAborted(); // from here on, what is started is known to `life`
  const secretKeys = createSecretKeys(config, data);
  const temporalAddress = config.temporal.address ?? `127.0.0.1:${ports.temporal}`;
  const ownUi = config.temporal.address === undefined ? `http://127.0.0.1:${ports.temporalUi}` : undefined;
  const temporalUiUrl = config.temporal.uiUrl ?? ownUi;
  const missing = Promise.withResolvers<void>();

  function child<T>(spec: ProcessSpec<T>, onReady?: (value: T) => void): Promise<T> {
    const process = supervise(spec, {
      print,
      onPid: table.follow(spec.name),
      onFatal: life.fail,
      ...(onReady && { onReady }),
    });
    life.keep('children', process.stop);
    return process.ready;
  }

  async function database(): Promise<string> {
    if (config.databaseUrl !== undefined) return config.databaseUrl;
    const onPid = table.follow('postgres', 'SIGINT');
    const takenPorts = [config.port, ports.temporal, ports.temporalUi, ports.simulator];
    const postgres = await startPostgres({
      dataDir: data.path,
      port: ports.postgres,
      takenPorts,
      print,
      signal,
      onPid,
      onFatal: life.fail,
    });
    life.keep('stores', postgres.stop);
    data.savePorts({ ...ports, postgres: postgres.port });
    print.step('postgres', `serves on 127.0.0.1:${postgres.port}`);
    return postgres.url;
  }

  async function engine(): Promise<void> {
    if (config.temporal.address !== undefined) return;
    const binary = await awaitTemporal({ cacheDir, print, signal, path: env['PATH'], onMissing: missing.resolve });
    const temporal = await startTemporal({
      dataDir: data.path,
      binary,
      port: ports.temporal,
      uiPort: ports.temporalUi,
      namespace: config.temporal.namespace,
      codecEndpoint: children.codecEndpoint(config.publicUrl, activeKey),
      print,
      signal,
      onPid: table.follow('temporal'),
      onFatal: life.fail,
    });
    life.keep('stores', temporal.stop);
    print.step('temporal', `serves on ${temporal.address}, UI on ${temporal.uiUrl}`);
  }

  async function simulator(): Promise<string | undefined> {
    if (!config.demo) return undefined;
    const { url } = await child(
      children.simulatorChild(scripts.simulator, ports.simulator, { dataDir: data.path, compileCache }),
    );
    print.step('simulator', `serves on ${url}`);
    return url;
  }

  const facts = async (): Promise<children.ServerFacts> => ({
    config,
    databaseUrl: await databaseReady,
    temporalAddress,
    temporalUiUrl,
    encryptionKey,
    simulatorPort: config.demo ? ports.simulator : undefined,
    compileCache,
  });

  let answer: children.ApiReady | undefined;
  async function api(): Promise<void> {
    if (!config.roles.includes('api')) return;
    const spec = children.apiChild(scripts.api, env, await facts(), secretKeys.env());
    await child(spec, (message) => {
      answer = secretKeys.complete(message);
    });
    print.step('api', `serves on ${answer!.url}`);
  }

  async function worker(): Promise<void> {
    if (!config.roles.includes('worker')) return;
    const bundle = life.task(buildWorkflowBundle({ cacheDir, print, signal }));
    await Promise.all([bundle, engineReady, apiServes]); // the API brings the schema up to date
    await child(children.workerChild(scripts.worker, env, await facts(), await bundle));
    print.step('worker', 'takes work');
  }

  const databaseReady = life.task(database());
  const engineReady = life.task(engine());
  const simulatorServes = life.task(simulator());
  const apiServes = life.task(api());
  const workerServes = life.task(worker());
  if (config.temporal.address !== undefined && config.roles.includes('worker')) {
    const late = Promise.all([databaseReady, apiServes]).then(() => sleep(temporalPatienceMs, 'late', { ref: false }));
    void Promise.race([workerServes, late]).then(
      (first) => {
        if (first !== 'late' || signal.aborted) return;
        print.warn('worker', `waits for Temporal at ${temporalAddress}: runs begin when it answers`);
        missing.resolve();
      },
      () => {},
    ); // whoever failed is waited for below
  }
  // Without Temporal the worker comes later; everything else is there.
  await Promise.all([databaseReady, simulatorServes, apiServes, Promise.race([workerServes, missing.promise])]);

  const databaseUrl = await databaseReady;
  return {
    simulatorUrl: await simulatorServes,
    read: () => ({
      url: answer?.url ?? config.publicUrl,
      dashboardUrl: answer?.dashboardUrl ?? answer?.url ?? config.publicUrl,
      temporalUiUrl: temporalUiUrl ?? null,
      temporalAddress,
      databaseUrl,
      environments: answer?.environments ?? [],
      processes: table.list(),
    }),
  };
}

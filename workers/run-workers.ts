// Polls the three queues until told to stop. While Temporal is away it waits and tries again: nothing is lost meanwhile.
import { setTimeout as delay } from 'node:timers/promises';
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, type LogEntry, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Config } from '../core/config/parse-config.ts';
import { failureConverterPath } from '../core/temporal/data-converter.ts';
import { queues } from '../workflows/names.ts';
import type { Activities } from './activities.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface RunWorkers {
  config: Config;
  dataConverter: DataConverter;
  activities: Activities;
  signal: AbortSignal;
  onReady(): void;
}

const platformSlots = 50;

/** The SDK warns of what we do on purpose: a worker for workflows alone, others for activities alone. */
function tell({ level, message, meta }: LogEntry): void {
  if (/^No (activities|workflows) registered/.test(message)) return;
  process.stderr.write(`temporal ${level}: ${message} ${meta ? JSON.stringify(meta) : ''}\n`);
}

export async function runWorkers({ config, dataConverter, activities, signal, onReady }: RunWorkers): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN', tell), shutdownSignals: [] });
  const bundle = await workflowBundle(config.workflowBundle, failureConverterPath);
  let announced = false;
  let toldAt = 0;
  while (!signal.aborted) {
    try {
      const connection = await NativeConnection.connect({ address: config.temporal.address });
      try {
        const shared = {
          connection,
          namespace: config.temporal.namespace,
          dataConverter,
          shutdownForceTime: '8s' as const,
          shutdownGraceTime: 0,
        };
        const workers = await Promise.all([
          Worker.create({
            ...shared,
            taskQueue: queues.sync,
            workflowBundle: bundle,
            maxCachedWorkflows: config.embedded ? 50 : 500,
            // What was meant for a killed worker's cache waits this long before another takes it; 10 s is the default.
            stickyQueueScheduleToStartTimeout: '2s',
            workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 4 },
          }),
          Worker.create({
            ...shared,
            taskQueue: queues.functions,
            activities: activities.functions,
            maxConcurrentActivityTaskExecutions: config.guests,
            maxHeartbeatThrottleInterval: '2s', // a stop travels with a heartbeat's answer
            activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
          }),
          Worker.create({
            ...shared,
            taskQueue: queues.platform,
            activities: activities.platform,
            maxConcurrentActivityTaskExecutions: platformSlots,
            activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 4 },
          }),
        ]);
        if (!announced) onReady();
        announced = true;
        const stop = () => {
          for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        };
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { once: true });
        await Promise.all(workers.map((worker) => worker.run().finally(stop)));
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (Date.now() - toldAt > 30_000) {
        toldAt = Date.now();
        const reason = error instanceof Error ? error.message : String(error);
        process.stderr.write(`Temporal is not reachable at ${config.temporal.address}: ${reason}. Trying again.\n`);
      }
      await delay(1_000, undefined, { signal }).catch(() => {});
    }
  }
}

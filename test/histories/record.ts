// Records the histories that workflows/replay.test.ts replays: `node test/histories/record.ts`. Existing ones are kept: a
// recording is evidence of what is open in the field. Add a scenario, record it, commit the file.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecretKey } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, NativeConnection, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { createDataConverter, failureConverterPath } from '../../core/temporal/data-converter.ts';
import { cacheFolder } from '../../embedded/cache-folder.ts';
import { findTemporal } from '../../embedded/find-temporal.ts';
import { freePort } from '../../embedded/free-port.ts';
import { createPrint } from '../../embedded/print.ts';
import { startTemporal } from '../../embedded/temporal.ts';
import { queues, workflowIds } from '../../workflows/names.ts';
import { recordingKey } from './recording-key.ts';
import { type Scenario, type Script, activitiesOf, scenarios } from './scenarios.ts';

const folder = import.meta.dirname;
const dataDir = mkdtempSync(join(tmpdir(), 'syncline-record-'));
const print = createPrint({ format: 'people' });
const binary = await findTemporal({ cacheDir: cacheFolder(dataDir), print });
if (!binary) throw new Error('No Temporal server was found.');
const temporal = await startTemporal({
  dataDir,
  binary,
  port: await freePort(),
  uiPort: await freePort(),
  namespace: 'syncline',
  print,
});
Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
const dataConverter = createDataConverter(createSecretKey(recordingKey));
const client = new Client({ connection: await Connection.connect({ address: temporal.address }), namespace: 'syncline', dataConverter });
const connection = await NativeConnection.connect({ address: temporal.address });
const workflowBundle = await bundleWorkflowCode({ workflowsPath: join(folder, '../../workflows/index.ts'), failureConverterPath, logger: new DefaultLogger('WARN') });

/** Process id and host name of whoever recorded say nothing about the workflow. */
const withoutMachine = (json: string) => json.replace(/"\d+@[^"]*"/g, '"syncline"');

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 20_000) throw new Error('The scenario did not get there.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function startOf({ workflow, runsPerHistory }: Scenario, id: string) {
  const environmentId = 'env';
  if (workflow?.type === 'action')
    return { type: 'action', workflowId: workflowIds.action(id), args: [{ environmentId, actionId: 'action' }] };
  if (workflow?.type === 'connection') {
    const { change } = workflow;
    const args = [{ environmentId, connectionId: 'connection', change }];
    return { type: 'connection', workflowId: workflowIds.connection(id, change), args };
  }
  const args = [{ environmentId, syncId: 'sync', ...(runsPerHistory && { runsPerHistory }) }];
  return { type: 'sync', workflowId: workflowIds.sync(id), args };
}

/** A cancellation comes with a heartbeat's answer. */
async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const { heartbeat } = Context.current();
  heartbeat();
  const beat = setInterval(heartbeat, 500);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

for (const [index, scenario] of scenarios.entries()) {
  const file = join(folder, `${scenario.name}.json`);
  if (existsSync(file)) continue;
  const made = scenario.script();
  const script: Script = {
    slices: [],
    finished: 0,
    ...made,
    row: { desired: 'active', environmentId: 'env', connectionId: 'connection', requested: null, runNo: 1, nextRunAt: 0, refreshAt: null, ...made.row },
  };
  const cancelled = () => Context.current().cancelled;
  const activities = activitiesOf(script, cancelled);
  const beating = {
    ...activities,
    runSlice: (at: never) => whileBeating(() => activities.runSlice(at)),
    runAsyncAction: (at: never) => whileBeating(() => activities.runAsyncAction(at)),
    runOnEvent: (at: never) => whileBeating(() => activities.runOnEvent(at)),
  };
  const shared = { connection, namespace: 'syncline', dataConverter };
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: queues.sync, workflowBundle }),
    Worker.create({ ...shared, taskQueue: queues.functions, activities: beating }),
    Worker.create({ ...shared, taskQueue: queues.platform, activities }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const { type, workflowId, args } = startOf(scenario, `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`);
  const handle = await client.workflow.start(type, { workflowId, taskQueue: queues.sync, args });
  await scenario.play(handle, script, until);
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // the last workflow task is recorded too
  const first = client.workflow.getHandle(workflowId, handle.firstExecutionRunId);
  writeFileSync(file, `${withoutMachine(historyToJSON(await first.fetchHistory()))}\n`);
  print.step('recorded', scenario.name);
  await client.workflow.getHandle(workflowId).terminate('recorded').catch(() => {});
  for (const worker of workers) worker.shutdown();
  await running;
}
await connection.close();
await client.connection.close();
await temporal.stop();
rmSync(dataDir, { recursive: true, force: true });
process.exit(0);

// Workflows that are open in the field were started by older code: today's must take every recorded history the same way.
import { createSecretKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, it } from 'vitest';
import { createDataConverter, failureConverterPath } from '../core/temporal/data-converter.ts';
import { recordingKey } from '../test/histories/recording-key.ts';

const folder = join(import.meta.dirname, '..', 'test', 'histories');
const histories = readdirSync(folder).filter((name) => name.endsWith('.json'));
let workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, 'index.ts'),
    failureConverterPath,
    logger: new DefaultLogger('ERROR'),
  });
});

it('has recordings to replay', () => {
  expect(histories.length).toBeGreaterThanOrEqual(9);
});

async function replay(file: string, change: (text: string) => string = (text) => text): Promise<void> {
  const history = historyFromJSON(JSON.parse(change(readFileSync(join(folder, file), 'utf8'))));
  const workflowId = `sync:${file}`;
  const dataConverter = createDataConverter(createSecretKey(recordingKey));
  for await (const { error } of Worker.runReplayHistories({ workflowBundle, dataConverter }, [{ workflowId, history }]))
    if (error) throw error;
}

it.each(histories)('replays %s', async (file) => {
  await replay(file);
});

it('notices a history that this code would not have made', async () => {
  await expect(replay('run.json', (text) => text.replaceAll('"readSync"', '"anotherActivity"'))).rejects.toThrow(
    /[Nn]ondeterminism/,
  );
});

// The positive controls: a secret of their own in each place, in each form, where they may be found.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { searchAttributes } from '../../workflows/names.ts';
import { createCanaries } from './canaries.ts';
import { readFiles, readHistories, readRows } from './canary-places.ts';
import type { CanaryWorld } from './canary-world.ts';

/** @returns in how many of their places they were found */
export async function plant(world: CanaryWorld): Promise<{ found: number; count: number }> {
  const canaries = createCanaries();
  const { make } = canaries;
  const forms: Record<string, string> = {
    plain: make('plain'),
    json: JSON.stringify({ a: make('json') }),
    url: encodeURIComponent(make('url')),
    base64: Buffer.from(`{"k": ${JSON.stringify(make('base64'))}}`).toString('base64'),
    hexadecimal: Buffer.from(make('hexadecimal')).toString('hex'),
  };
  const count = Object.keys(forms).length;
  // An end user's name is stored as it is.
  for (const [id, display_name] of Object.entries(forms))
    await world.api.ok('POST', '/connect/sessions', { body: { end_user: { id, display_name } } });
  const rows = canaries.find('rows', await readRows(world)).length;

  const file = join(world.dataDir, `planted-${world.environmentId}.log`);
  writeFileSync(file, `said ${Object.values(forms).join(' ')}`);
  const files = canaries.find('files', readFiles(world)).length;
  rmSync(file);

  const inHistory = createCanaries();
  const connection = await Connection.connect({ address: world.instance.temporalAddress });
  const { workflow } = new Client({ connection, namespace: 'syncline' });
  const handle = await workflow.start('planted', {
    taskQueue: 'nobody',
    workflowId: `planted-${world.environmentId}`,
    args: [inHistory.make('planted in a history')],
    typedSearchAttributes: [{ key: searchAttributes.environment, value: world.environmentId }],
  });
  const histories = inHistory.find('histories', await readHistories(world)).length;
  const stored = inHistory.find('files', readFiles(world)).length;
  await handle.terminate();
  await connection.close();
  console.log(`planted: ${rows}/${count} in rows, ${files}/${count} in a file, ${histories + stored}/2 in a history`);
  return { found: rows + files + histories + stored, count: 2 * count + 2 };
}

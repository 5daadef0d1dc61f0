// For tests: a deployed sync function with its sync, and the steps of a run as its workflow and slice take them.
import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb } from '../db/database.ts';
import { bundles, type FunctionDefinition, functions, functionVersions } from '../db/schema/functions.ts';
import { streams } from '../db/schema/records.ts';
import { runs, syncs } from '../db/schema/syncs.ts';
import { createPageWriter } from '../records/commit-page.ts';
import { openStream } from '../records/open-stream.ts';
import type { TestDatabase } from '../records/test-database.ts';
import { beginAttempt } from './begin-attempt.ts';
import { createSyncsForConnection, createSyncsForFunction } from './create-syncs.ts';
import { endWindow, openWindow } from './delete-windows.ts';
import { finishRun } from './finish-run.ts';

export interface Deploy {
  name?: string;
  definition?: Partial<FunctionDefinition>;
}

export interface TestSync extends Awaited<ReturnType<TestDatabase['environment']>> {
  syncId: string;
  functionId: string;
}

const definitionOf = (definition: Partial<FunctionDefinition> = {}): FunctionDefinition => ({
  models: ['Contact'],
  jsonSchema: null,
  scopes: [],
  endpoints: [],
  runs: 'every hour',
  ...definition,
});

async function insertVersion(env: EnvironmentDb, functionId: string, definition: FunctionDefinition): Promise<string> {
  const { environmentId } = env;
  const [versionId, hash] = [uuidv7(), randomBytes(8).toString('hex')];
  await env.transaction(async (tx) => {
    await tx.insert(bundles).values({ environmentId, hash, js: '// nothing' });
    await tx
      .insert(functionVersions)
      .values({ id: versionId, environmentId, functionId, number: 1, bundleHash: hash, source: '', definition });
  });
  return versionId;
}

/** A function of the connection's integration; no syncs yet. */
export async function deploy(
  env: EnvironmentDb,
  integrationId: string,
  { name = 'contacts', definition }: Deploy = {},
): Promise<string> {
  const functionId = uuidv7();
  const currentVersionId = await insertVersion(env, functionId, definitionOf(definition));
  await env.transaction((tx) =>
    tx.insert(functions).values({
      id: functionId,
      environmentId: env.environmentId,
      integrationId,
      type: 'sync',
      name,
      currentVersionId,
    }),
  );
  return functionId;
}

export async function deployAgain(
  env: EnvironmentDb,
  functionId: string,
  definition: Partial<FunctionDefinition> = {},
): Promise<string[]> {
  const currentVersionId = await insertVersion(env, functionId, definitionOf(definition));
  return env.transaction(async (tx) => {
    await tx.update(functions).set({ currentVersionId }).where(eq(functions.id, functionId));
    return createSyncsForFunction(tx, { environmentId: env.environmentId, functionId });
  });
}

export async function createTestSync(test: TestDatabase, deployed: Deploy = {}): Promise<TestSync> {
  const made = await test.environment();
  const { env, integrationId, connectionId } = made;
  const functionId = await deploy(env, integrationId, deployed);
  const [syncId] = await env.transaction((tx) =>
    createSyncsForConnection(tx, { environmentId: env.environmentId, connectionId, integrationId }),
  );
  return { ...made, functionId, syncId: syncId! };
}

export const readRow = async ({ env, syncId }: TestSync) =>
  (await env.transaction((tx) => tx.select().from(syncs).where(eq(syncs.id, syncId))))[0]!;

export const readRuns = ({ env, syncId }: TestSync) =>
  env.transaction((tx) => tx.select().from(runs).where(eq(runs.syncId, syncId)).orderBy(runs.number));

export const readStreams = ({ env, connectionId }: TestSync) =>
  env.transaction((tx) => tx.select().from(streams).where(eq(streams.connectionId, connectionId)));

const page = (ids: string[], text: string) => ({
  ids,
  bodies: ids.map((id) => Buffer.from(JSON.stringify({ id, text }))),
});

/** As a webhook function or an action saves: without a run. */
export async function saveWithoutRun({ env, connectionId }: TestSync, ids: string[], text = ''): Promise<void> {
  const stream = await openStream(env, { connectionId, model: 'Contact', variant: 'base' });
  await createPageWriter(env, null).save(stream, page(ids, text));
}

/** The next attempt of the sync's current run, and what its script may do. */
export async function begin(sync: TestSync) {
  const { env, syncId, connectionId } = sync;
  const { runNo } = await readRow(sync);
  const attempt = await beginAttempt(env, { syncId, runNo });
  const stream = await openStream(env, { connectionId, model: 'Contact', variant: attempt.variant });
  const owner = { syncId, runId: attempt.runId, fence: attempt.fence, bundleHash: attempt.bundleHash };
  const writer = createPageWriter(env, { syncId, runId: attempt.runId, fence: attempt.fence });
  return {
    attempt,
    save: (ids: string[], text = '') => writer.save(stream, page(ids, text)),
    trackDeletesStart: () => openWindow(env, stream.id, owner),
    trackDeletesEnd: () => endWindow(env, stream.id, owner),
    finish: (outcome: Parameters<typeof finishRun>[1]['outcome'] = { ok: true }) =>
      finishRun(env, { syncId, runNo, outcome }),
  };
}

/** A whole run that lists everything there is. */
export async function runComplete(sync: TestSync, ids: string[], text = '') {
  const run = await begin(sync);
  await run.trackDeletesStart();
  if (ids.length > 0) await run.save(ids, text);
  const deletedKeys = await run.trackDeletesEnd();
  return { ...(await run.finish()), runId: run.attempt.runId, deletedKeys };
}

export const ids = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `r${from + n}`);

export async function liveIds({ env, connectionId }: TestSync): Promise<string[]> {
  const rows = await env.pages.begin(async (tx) => {
    await tx`SELECT set_config('app.env_id', ${env.environmentId}, true)`;
    return tx<{ external_id: string }[]>`
      SELECT external_id FROM records r JOIN streams s ON s.id = r.stream_id
      WHERE s.connection_id = ${connectionId} AND r.deleted_at IS NULL`;
  });
  return rows.map(({ external_id }) => external_id).sort();
}

// A deploy: one transaction from what is there to what is wanted. Bundles are stored by content, versions are never changed.
import { and, asc, count, eq, inArray, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import { bundles, functions, functionVersions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import { createSyncsForFunction, markSyncsDeleted } from '../syncs/create-syncs.ts';
import type { Poke } from '../syncs/poke.ts';
import { checkCode } from './check-code.ts';
import type { DesiredFunction } from './desired-function.ts';
import { type DeployPlan, type DeployScope, type PlannedFunction, planDeploy } from './plan-deploy.ts';
import { type DeployedFunction, deployedFunctions } from './read-functions.ts';

export interface Deploy {
  desired: readonly DesiredFunction[];
  scope: DeployScope;
  /** Also remove what the payload lacks. */
  reconcile: boolean;
}

/** What a deploy would do, and how many connections each integration has. */
export interface DeployPreview extends DeployPlan {
  connections: ReadonlyMap<string, number>;
}

/** @throws SynclineError `provider_not_on_account`, `invalid_body` */
export async function previewDeploy(
  environment: EnvironmentDb,
  { desired, scope }: Omit<Deploy, 'reconcile'>,
): Promise<DeployPreview> {
  return environment.transaction(async (tx) => {
    const plan = await makePlan(tx, desired, scope);
    const counts = await tx
      .select({ id: connections.integrationId, connections: count() })
      .from(connections)
      .where(isNull(connections.deletedAt))
      .groupBy(connections.integrationId);
    return { ...plan, connections: new Map(counts.map((row) => [row.id, row.connections])) };
  });
}

/**
 * @returns the wanted functions as they are now
 * @throws SynclineError `compilation_error`, `provider_not_on_account`, `invalid_body`, `concurrent_deployment`
 */
export async function deploy(
  environment: EnvironmentDb,
  poke: Poke,
  { desired, scope, reconcile }: Deploy,
): Promise<DeployedFunction[]> {
  const { environmentId } = environment;
  for (const entry of desired) checkCode(entry);
  const done = await environment.transaction(async (tx) => {
    await lockDeploys(tx, environmentId);
    const plan = await makePlan(tx, desired, scope, { lock: true });
    const started: string[] = [];
    const stopped: string[] = [];
    await storeBundles(tx, environmentId, [...plan.created, ...plan.updated]);
    for (const planned of [...plan.created, ...plan.updated]) {
      const functionId = await putFunction(tx, environmentId, planned);
      if (planned.desired.type === 'sync')
        started.push(...(await createSyncsForFunction(tx, { environmentId, functionId })));
    }
    for (const { function: row } of reconcile ? plan.deleted : []) {
      await tx.update(functions).set({ deletedAt: new Date() }).where(eq(functions.id, row.id));
      if (row.type === 'sync') stopped.push(...(await markSyncsDeleted(tx, { functionId: row.id })));
    }
    return { started, stopped, now: await deployedFunctions(tx) };
  });
  await Promise.all([
    ...done.started.map((id) => poke.sync(environmentId, id)),
    ...done.stopped.map((id) => poke.sync(environmentId, id, { stopRun: true })),
  ]);
  return desired.flatMap(({ providerConfigKey, type, name }) =>
    done.now.filter(
      ({ function: row, integration }) =>
        row.type === type && row.name === name && integration.uniqueKey === providerConfigKey,
    ),
  );
}

/** Held until the transaction ends, however it ends. */
async function lockDeploys(tx: Transaction, environmentId: string): Promise<void> {
  const [lock] = await tx.execute<{ taken: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${`deploy/${environmentId}`}, 0)) AS taken`,
  );
  if (lock?.taken) return;
  throw new SynclineError('concurrent_deployment', 'Another deploy to this environment is in progress.', {
    status: 409,
    retryable: true,
    retryAfterMs: 2000,
    hint: 'Wait for it to end, then deploy again.',
  });
}

/** `lock`: no connection can be created meanwhile that would miss the new syncs (imports lock the same rows). */
async function makePlan(
  tx: Transaction,
  desired: readonly DesiredFunction[],
  scope: DeployScope,
  { lock = false } = {},
): Promise<DeployPlan> {
  const keys = [...new Set(desired.map(({ providerConfigKey }) => providerConfigKey))];
  const query = tx
    .select({ id: integrations.id, uniqueKey: integrations.uniqueKey })
    .from(integrations)
    .where(and(inArray(integrations.uniqueKey, keys), isNull(integrations.deletedAt)))
    .orderBy(asc(integrations.id));
  const found = keys.length === 0 ? [] : await (lock ? query.for('no key update') : query);
  const integrationIds = new Map(found.map(({ id, uniqueKey }) => [uniqueKey, id]));
  return planDeploy(desired, await deployedFunctions(tx), { integrationIds, scope });
}

async function storeBundles(tx: Transaction, environmentId: string, planned: PlannedFunction[]): Promise<void> {
  const byHash = new Map(planned.map(({ hash, desired }) => [hash, { environmentId, hash, js: desired.js }]));
  // One by one: a statement with all of them could be 75 MB.
  for (const bundle of byHash.values()) await tx.insert(bundles).values(bundle).onConflictDoNothing();
}

async function putFunction(
  tx: Transaction,
  environmentId: string,
  { desired, integrationId, hash, current }: PlannedFunction,
): Promise<string> {
  const functionId = current?.function.id ?? uuidv7();
  const versionId = uuidv7();
  await tx.insert(functionVersions).values({
    id: versionId,
    environmentId,
    functionId,
    number: (current?.version.number ?? 0) + 1,
    label: desired.label ?? null,
    bundleHash: hash,
    source: desired.source,
    definition: desired.definition,
  });
  if (current) {
    await tx.update(functions).set({ currentVersionId: versionId }).where(eq(functions.id, functionId));
  } else {
    const { type, name } = desired;
    await tx
      .insert(functions)
      .values({ id: functionId, environmentId, integrationId, type, name, currentVersionId: versionId });
  }
  return functionId;
}

// A deploy: one transaction from what is there to what is wanted. Bundles are stored by content, versions are never changed.
import { and, asc, count, eq, inArray, isNull, max } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { connections } from '../db/schema/connections.ts';
import type { DeployActor, DeployChange } from '../db/schema/deploys.ts';
import { bundles, functions, functionVersions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import type { Poke } from '../syncs/poke.ts';
import { checkCode } from './check-code.ts';
import { recordDeploy } from './deploy-history.ts';
import type { DesiredFunction } from './desired-function.ts';
import { lockDeploys } from './lock-deploys.ts';
import { makeCurrent, pokeTouched, removeFunction, type TouchedSyncs } from './make-current.ts';
import { type DeployPlan, type DeployScope, type PlannedFunction, planDeploy } from './plan-deploy.ts';
import { type DeployedFunction, deployedFunctions, namesOf, refOf } from './read-functions.ts';

export interface Deploy {
  desired: readonly DesiredFunction[];
  scope: DeployScope;
  /** Also remove what the payload lacks. */
  reconcile: boolean;
  actor?: DeployActor;
}

/** What a deploy would do, and how many connections each integration has. */
export interface DeployPreview extends DeployPlan {
  connections: ReadonlyMap<string, number>;
}

/** @throws SynclineError `provider_not_on_account`, `invalid_body` */
export async function previewDeploy(
  environment: EnvironmentDb,
  { desired, scope }: Pick<Deploy, 'desired' | 'scope'>,
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

export interface Deployed {
  /** The wanted functions as they are now. */
  functions: DeployedFunction[];
  /** What was done; `deleted` is empty without `reconcile`. */
  plan: DeployPlan;
}

/** @throws SynclineError `compilation_error`, `provider_not_on_account`, `invalid_body`, `concurrent_deployment` */
export async function deploy(
  environment: EnvironmentDb,
  poke: Poke,
  { desired, scope, reconcile, actor }: Deploy,
): Promise<Deployed> {
  const { environmentId } = environment;
  for (const entry of desired) checkCode(entry);
  const touched: TouchedSyncs = { started: [], stopped: [] };
  const { plan, now } = await environment.transaction(async (tx) => {
    await lockDeploys(tx, environmentId);
    const made = await makePlan(tx, desired, scope, { lock: true });
    if (!reconcile) made.deleted = [];
    const changes: DeployChange[] = [];
    await storeBundles(tx, environmentId, [...made.created, ...made.updated]);
    for (const planned of [...made.created, ...made.updated])
      changes.push(await putFunction(tx, environmentId, planned, touched));
    for (const gone of made.deleted) {
      await removeFunction(tx, gone.function, touched);
      changes.push({ ...namesOf(gone), from: refOf(gone.version), to: null });
    }
    await recordDeploy(tx, environmentId, { kind: 'deploy', changes, actor });
    return { plan: made, now: await deployedFunctions(tx) };
  });
  await pokeTouched(poke, environmentId, touched);
  const wanted = desired.flatMap(({ providerConfigKey, type, name }) =>
    now.filter(
      ({ function: row, integration }) =>
        row.type === type && row.name === name && integration.uniqueKey === providerConfigKey,
    ),
  );
  return { functions: wanted, plan };
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
  touched: TouchedSyncs,
): Promise<DeployChange> {
  const { type, name, providerConfigKey, label, source, definition } = desired;
  const functionId = current?.function.id ?? uuidv7();
  const to = { id: uuidv7(), number: current ? await nextNumber(tx, functionId) : 1 };
  await tx.insert(functionVersions).values({
    id: to.id,
    environmentId,
    functionId,
    number: to.number,
    label: label ?? null,
    bundleHash: hash,
    source,
    definition,
  });
  if (!current) {
    await tx
      .insert(functions)
      .values({ id: functionId, environmentId, integrationId, type, name, currentVersionId: to.id });
  }
  await makeCurrent(tx, { id: functionId, type, environmentId }, to.id, touched);
  return { functionId, providerConfigKey, type, name, from: current ? refOf(current.version) : null, to };
}

/** After a rollback the current version is not the newest one. */
async function nextNumber(tx: Transaction, functionId: string): Promise<number> {
  const [newest] = await tx
    .select({ number: max(functionVersions.number) })
    .from(functionVersions)
    .where(eq(functionVersions.functionId, functionId));
  return (newest?.number ?? 0) + 1;
}

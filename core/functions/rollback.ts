// Brings back what was deployed before: one function, or everything as it was right after an earlier deploy. A rollback is a
// deploy itself, so it is recorded, and can be rolled back.
import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import type { DeployActor, DeployChange } from '../db/schema/deploys.ts';
import { functions } from '../db/schema/functions.ts';
import { integrations } from '../db/schema/integrations.ts';
import { SynclineError } from '../errors.ts';
import type { Poke } from '../syncs/poke.ts';
import { deploysAfter, recordDeploy } from './deploy-history.ts';
import { findVersion } from './list-versions.ts';
import { lockDeploys } from './lock-deploys.ts';
import { makeCurrent, pokeTouched, removeFunction, type TouchedSyncs } from './make-current.ts';
import { previousDeploy, takeBack } from './plan-rollback.ts';
import { type DeployedFunction, type FunctionName, findFunction, namesOf, refOf } from './read-functions.ts';

export interface Rollback {
  /** Number of the deploy whose state comes back; 0 = before the first. */
  to: number;
  changes: DeployChange[];
}

/** @throws SynclineError `nothing_to_roll_back`, `deploy_not_found` */
export async function previewRollback(environment: EnvironmentDb, to: number | undefined): Promise<Rollback> {
  return environment.transaction((tx) => makePlan(tx, to));
}

/** @throws SynclineError `nothing_to_roll_back`, `deploy_not_found`, `concurrent_deployment` */
export async function rollbackDeploys(
  environment: EnvironmentDb,
  poke: Poke,
  { to, actor }: { to?: number | undefined; actor?: DeployActor },
): Promise<Rollback> {
  const { environmentId } = environment;
  const touched: TouchedSyncs = { started: [], stopped: [] };
  const plan = await environment.transaction(async (tx) => {
    await lockDeploys(tx, environmentId);
    const made = await makePlan(tx, to, { lock: true });
    // Removals first: what comes back may have the name of what goes.
    for (const { functionId: id, type, to: version } of made.changes)
      if (!version) await removeFunction(tx, { id, type }, touched);
    for (const { functionId: id, type, to: version } of made.changes)
      if (version) await makeCurrent(tx, { id, type, environmentId }, version.id, touched);
    await recordDeploy(tx, environmentId, { kind: 'rollback', changes: made.changes, restored: made.to, actor });
    return made;
  });
  await pokeTouched(poke, environmentId, touched);
  return plan;
}

/**
 * @param version default: the newest one before the current one
 * @throws SynclineError `not_found`, `ambiguous_function`, `version_not_found`, `concurrent_deployment`
 */
export async function rollbackFunction(
  environment: EnvironmentDb,
  poke: Poke,
  { version: number, actor, ...named }: FunctionName & { version?: number | undefined; actor?: DeployActor },
): Promise<DeployedFunction> {
  const { environmentId } = environment;
  const touched: TouchedSyncs = { started: [], stopped: [] };
  const now = await environment.transaction(async (tx) => {
    await lockDeploys(tx, environmentId);
    const found = await findFunction(tx, named);
    const version = await findVersion(tx, found, number);
    if (version.id === found.version.id) return found;
    const change = { ...namesOf(found), from: refOf(found.version), to: refOf(version) };
    await withIntegration(tx, [change], true);
    await makeCurrent(tx, { ...found.function, environmentId }, version.id, touched);
    await recordDeploy(tx, environmentId, { kind: 'rollback', changes: [change], actor });
    return { ...found, version };
  });
  await pokeTouched(poke, environmentId, touched);
  return now;
}

async function makePlan(tx: Transaction, asked: number | undefined, { lock = false } = {}): Promise<Rollback> {
  const history = await deploysAfter(tx, 0);
  const to = asked ?? previousDeploy(history);
  const oldest = history.at(-1)?.number ?? 0;
  if (to < oldest - 1 || to >= (history[0]?.number ?? 0)) {
    const reach = history.length > 0 ? `${oldest - 1} to ${history[0]!.number - 1}` : 'none';
    throw new SynclineError('deploy_not_found', `There is no going back to deploy ${to}.`, {
      status: 404,
      hint: `A rollback can reach: ${reach}.`,
    });
  }
  const changes = takeBack(history.filter(({ number }) => number > to));
  return { to, changes: await withIntegration(tx, changes, lock) };
}

/**
 * Leaves out functions whose integration was deleted meanwhile: they have nowhere to come back to. The lock is a deploy's:
 * no connection can be created meanwhile that would miss the syncs that come back.
 */
async function withIntegration(tx: Transaction, changes: DeployChange[], lock: boolean): Promise<DeployChange[]> {
  if (changes.length === 0) return [];
  const ids = changes.map(({ functionId }) => functionId);
  const query = tx
    .select({ id: functions.id })
    .from(functions)
    .innerJoin(integrations, eq(integrations.id, functions.integrationId))
    .where(and(inArray(functions.id, ids), isNull(integrations.deletedAt)))
    .orderBy(integrations.id);
  const live = new Set((await (lock ? query.for('no key update', { of: integrations }) : query)).map(({ id }) => id));
  return changes.filter(({ functionId }) => live.has(functionId));
}

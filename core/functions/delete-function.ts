// Removes one function that no repository manages.
import type { EnvironmentDb } from '../db/database.ts';
import type { DeployActor } from '../db/schema/deploys.ts';
import { SynclineError } from '../errors.ts';
import type { Poke } from '../syncs/poke.ts';
import { recordDeploy } from './deploy-history.ts';
import { lockDeploys } from './lock-deploys.ts';
import { pokeTouched, removeFunction, type TouchedSyncs } from './make-current.ts';
import { type FunctionName, findFunction, namesOf, refOf } from './read-functions.ts';

/** @throws SynclineError `not_found`, `function_managed_by_deploy`, `concurrent_deployment` */
export async function deleteFunction(
  environment: EnvironmentDb,
  poke: Poke,
  { actor, ...named }: FunctionName & { actor?: DeployActor },
): Promise<void> {
  const { environmentId } = environment;
  const touched: TouchedSyncs = { started: [], stopped: [] };
  await environment.transaction(async (tx) => {
    await lockDeploys(tx, environmentId);
    const found = await findFunction(tx, named);
    if ((found.version.definition.source ?? 'repo') === 'repo') {
      throw new SynclineError('function_managed_by_deploy', `'${named.name}' was deployed from a repository.`, {
        status: 400,
        hint: 'Remove it there and deploy again.',
      });
    }
    await removeFunction(tx, found.function, touched);
    const change = { ...namesOf(found), from: refOf(found.version), to: null };
    await recordDeploy(tx, environmentId, { kind: 'deploy', changes: [change], actor });
  });
  await pokeTouched(poke, environmentId, touched);
}

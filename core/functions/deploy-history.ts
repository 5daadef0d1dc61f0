// What deploys have done, newest first: read by people, and by a rollback that takes it back.
import { desc, gt, lt, max } from 'drizzle-orm';
import { uuidv7 } from '../crypto/uuid.ts';
import type { EnvironmentDb, Transaction } from '../db/database.ts';
import { type DeployActor, type DeployChange, deploys } from '../db/schema/deploys.ts';
import { pruneVersions } from './prune-versions.ts';

export type Deployment = typeof deploys.$inferSelect;

/** How far back a rollback can reach; versions that only older deploys knew are pruned. */
export const keptDeploys = 50;

export interface DeployRecord {
  kind: Deployment['kind'];
  changes: DeployChange[];
  actor?: DeployActor | undefined;
  /** See the schema. */
  restored?: number;
}

/** In the transaction of the change, under the deploy lock. A deploy that changed nothing leaves nothing. */
export async function recordDeploy(
  tx: Transaction,
  environmentId: string,
  { kind, changes, actor, restored }: DeployRecord,
): Promise<void> {
  if (changes.length === 0) return;
  const [last] = await tx.select({ number: max(deploys.number) }).from(deploys);
  const number = (last?.number ?? 0) + 1;
  await tx.insert(deploys).values({
    id: uuidv7(),
    environmentId,
    number,
    kind,
    restored: restored ?? null,
    actor: actor ?? null,
    changes,
  });
  if (number <= keptDeploys) return;
  await tx.delete(deploys).where(lt(deploys.number, number - keptDeploys + 1));
  await pruneVersions(tx);
}

export async function deploysAfter(tx: Transaction, number: number): Promise<Deployment[]> {
  return tx.select().from(deploys).where(gt(deploys.number, number)).orderBy(desc(deploys.number));
}

export async function listDeploys(
  environment: EnvironmentDb,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<Deployment[]> {
  return environment.transaction((tx) =>
    tx
      .select()
      .from(deploys)
      .where(before === undefined ? undefined : lt(deploys.number, before))
      .orderBy(desc(deploys.number))
      .limit(limit),
  );
}
